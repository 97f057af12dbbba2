"""The verbs: the only ways to write or to read a paste, the same for every door."""

from pastes.services.checking import default_lifetime, offered_lifetimes, shown
from pastes.services.client import Client
from pastes.services.counting import write_views
from pastes.services.creating import NewPaste, create_paste, edit_paste
from pastes.services.errors import (
    ConsentRequired,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    PasswordRequired,
    PasteError,
    RateLimited,
    Removed,
    TooLarge,
    TooManyAttempts,
    WrongPassword,
    say_size,
    say_wait,
)
from pastes.services.finding import find_parent, find_paste
from pastes.services.opening import GRANT_SECONDS, Opened, open_paste, unlock_paste
from pastes.services.removing import (
    delete_made_pastes,
    delete_paste,
    hide_paste,
    list_made_pastes,
    prune_pastes,
    restore_paste,
    take_lease,
)
from pastes.services.rendering import render_paste

__all__ = [
    "GRANT_SECONDS",
    "Client",
    "ConsentRequired",
    "Forbidden",
    "Invalid",
    "MethodNotAllowed",
    "NewPaste",
    "NotFound",
    "Opened",
    "PasswordRequired",
    "PasteError",
    "RateLimited",
    "Removed",
    "TooLarge",
    "TooManyAttempts",
    "WrongPassword",
    "create_paste",
    "default_lifetime",
    "delete_made_pastes",
    "delete_paste",
    "edit_paste",
    "find_parent",
    "find_paste",
    "hide_paste",
    "list_made_pastes",
    "offered_lifetimes",
    "open_paste",
    "prune_pastes",
    "render_paste",
    "restore_paste",
    "say_size",
    "say_wait",
    "shown",
    "take_lease",
    "unlock_paste",
    "write_views",
]
