"""The guess at a text's language while somebody still writes it."""

import json

from pastes import highlight
from pastes.highlight import Language

MAX_GUESS_LENGTH = 8 * 1024
# What is cut anywhere ends within a number or a word of JSON, if not within a string.
CUT_LENGTH = 32


def guess_language(*, text: str, file_name: str = "") -> Language:
    """Return the language that create_paste would guess; nothing is kept of the text.

    Reads the first MAX_GUESS_LENGTH characters, as much as the guess itself reads of any
    text but JSON. Takes as long as the guess at a creation, at most a second or two.
    """
    head = text[:MAX_GUESS_LENGTH]
    is_cut = len(head) == MAX_GUESS_LENGTH
    key = highlight.guess_language(head, file_name)
    if is_cut and key == "text" and is_json_so_far(head):
        key = "json"
    return highlight.find_language(key) or highlight.MENU[0]


def is_json_so_far(head: str) -> bool:
    """Say whether a text's beginning could go on as a JSON object or array."""
    if not head.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(head)
    except json.JSONDecodeError as error:
        is_in_string = error.msg.startswith("Unterminated string")
        return is_in_string or error.pos >= len(head) - CUT_LENGTH
    except (ValueError, RecursionError):
        return False
    return True
