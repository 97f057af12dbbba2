"""The verbs: the only ways to write or to read a paste, the same for every door."""

from pastes.services.checking import (
    MAX_PASSWORD,
    MAX_TITLE,
    default_lifetime,
    max_lifetime_seconds,
    offered_lifetimes,
    shown,
)
from pastes.services.client import Client
from pastes.services.comparing import compare_pastes
from pastes.services.counting import write_views
from pastes.services.creating import NewPaste, create_paste, create_pastes, edit_paste
from pastes.services.errors import (
    Broken,
    Busy,
    ConsentRequired,
    CutOff,
    EditConflict,
    Forbidden,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    OwnerTokenRequired,
    PasswordRequired,
    PasteError,
    RateLimited,
    Removed,
    TooLarge,
    TooManyAttempts,
    UnsupportedMediaType,
    WrongPassword,
)
from pastes.services.finding import find_parent, find_paste
from pastes.services.guessing import guess_language
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
from pastes.services.reporting import MAX_DETAILS, report_paste, report_reasons
from pastes.services.saying import say_language, say_menu, say_size, say_span, say_wait

__all__ = [
    "GRANT_SECONDS",
    "MAX_DETAILS",
    "MAX_PASSWORD",
    "MAX_TITLE",
    "Broken",
    "Busy",
    "Client",
    "ConsentRequired",
    "CutOff",
    "EditConflict",
    "Forbidden",
    "Invalid",
    "Malformed",
    "MethodNotAllowed",
    "NewPaste",
    "NotFound",
    "Opened",
    "OwnerTokenRequired",
    "PasswordRequired",
    "PasteError",
    "RateLimited",
    "Removed",
    "TooLarge",
    "TooManyAttempts",
    "UnsupportedMediaType",
    "WrongPassword",
    "compare_pastes",
    "create_paste",
    "create_pastes",
    "default_lifetime",
    "delete_made_pastes",
    "delete_paste",
    "edit_paste",
    "find_parent",
    "find_paste",
    "guess_language",
    "hide_paste",
    "list_made_pastes",
    "max_lifetime_seconds",
    "offered_lifetimes",
    "open_paste",
    "prune_pastes",
    "render_paste",
    "report_paste",
    "report_reasons",
    "restore_paste",
    "say_language",
    "say_menu",
    "say_size",
    "say_span",
    "say_wait",
    "shown",
    "take_lease",
    "unlock_paste",
    "write_views",
]
