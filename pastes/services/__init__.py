"""The verbs: the only ways to write or to read a paste, the same for every door."""

from pastes.services.blocking import (
    add_block,
    change_block,
    check_block,
    pastes_from,
    remove_block,
)
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
from pastes.services.counting import count_view, write_views
from pastes.services.creating import NewPaste, create_paste, create_pastes, edit_paste
from pastes.services.errors import (
    Blocked,
    Broken,
    Busy,
    ConsentRequired,
    CutOff,
    EditConflict,
    Forbidden,
    Held,
    InsufficientStorage,
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
    Unavailable,
    UnsupportedMediaType,
    WrongPassword,
)
from pastes.services.exporting import export_paste
from pastes.services.faults import take_fault
from pastes.services.figures import refresh_figures
from pastes.services.finding import find_parent, find_paste
from pastes.services.guessing import guess_language
from pastes.services.laying import RAW_ROUTE, lay_text, tend_front
from pastes.services.likening import similar_pastes
from pastes.services.mailing import answer_reports, is_mail_on, send_due_mail
from pastes.services.missing import check_misses, has_anybody_missed, note_miss
from pastes.services.moderating import (
    Outcome,
    count_reach,
    hide_paste,
    look_at,
    moderate,
    restore_paste,
    say_most,
    undo_hiding,
)
from pastes.services.noting import known_figures
from pastes.services.opening import GRANT_SECONDS, Opened, open_paste, unlock_paste
from pastes.services.readiness import Check, check_readiness
from pastes.services.recording import find_moderator
from pastes.services.relating import past_decisions, related_pastes
from pastes.services.removing import (
    delete_made_pastes,
    delete_paste,
    list_made_pastes,
    prune_pastes,
    take_lease,
)
from pastes.services.rendering import render_beginning, render_paste
from pastes.services.reporting import (
    MAX_CONTACT,
    MAX_DETAILS,
    open_reasons,
    report_paste,
    report_reasons,
)
from pastes.services.saying import say_language, say_menu, say_size, say_span, say_wait
from pastes.services.screening import SIGN_WORDS, spam_checker
from pastes.services.selecting import Selection, select_pastes, slug_in
from pastes.services.space import keep_reserve, release_reserve

__all__ = [
    "GRANT_SECONDS",
    "MAX_CONTACT",
    "MAX_DETAILS",
    "MAX_PASSWORD",
    "MAX_TITLE",
    "RAW_ROUTE",
    "SIGN_WORDS",
    "Blocked",
    "Broken",
    "Busy",
    "Check",
    "Client",
    "ConsentRequired",
    "CutOff",
    "EditConflict",
    "Forbidden",
    "Held",
    "InsufficientStorage",
    "Invalid",
    "Malformed",
    "MethodNotAllowed",
    "NewPaste",
    "NotFound",
    "Opened",
    "Outcome",
    "OwnerTokenRequired",
    "PasswordRequired",
    "PasteError",
    "RateLimited",
    "Removed",
    "Selection",
    "TooLarge",
    "TooManyAttempts",
    "Unavailable",
    "UnsupportedMediaType",
    "WrongPassword",
    "add_block",
    "answer_reports",
    "change_block",
    "check_block",
    "check_misses",
    "check_readiness",
    "compare_pastes",
    "count_reach",
    "count_view",
    "create_paste",
    "create_pastes",
    "default_lifetime",
    "delete_made_pastes",
    "delete_paste",
    "edit_paste",
    "export_paste",
    "find_moderator",
    "find_parent",
    "find_paste",
    "guess_language",
    "has_anybody_missed",
    "hide_paste",
    "is_mail_on",
    "keep_reserve",
    "known_figures",
    "lay_text",
    "list_made_pastes",
    "look_at",
    "max_lifetime_seconds",
    "moderate",
    "note_miss",
    "offered_lifetimes",
    "open_paste",
    "open_reasons",
    "past_decisions",
    "pastes_from",
    "prune_pastes",
    "refresh_figures",
    "related_pastes",
    "release_reserve",
    "remove_block",
    "render_beginning",
    "render_paste",
    "report_paste",
    "report_reasons",
    "restore_paste",
    "say_language",
    "say_menu",
    "say_most",
    "say_size",
    "say_span",
    "say_wait",
    "select_pastes",
    "send_due_mail",
    "shown",
    "similar_pastes",
    "slug_in",
    "spam_checker",
    "take_fault",
    "take_lease",
    "tend_front",
    "undo_hiding",
    "unlock_paste",
    "write_views",
]
