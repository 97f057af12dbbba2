"""Guess the language of a text: from its file name, from sure signs, by votes.

The sure signs are cheap and safe to look for here. The votes match many patterns
against a text that may be hostile, so they are counted in the child process.
"""

import json
import re
from pathlib import PurePosixPath

from .languages import MENU, PLAIN, find_language
from .process import SECONDS, ask

HEAD_LENGTH = 8192
MAX_JSON_LENGTH = 200_000
FIRST_LINES_LENGTH = 600

_ON_MENU = frozenset(language.key for language in MENU)

_FILE_NAMES = {
    ".bash_aliases": "bash",
    ".bash_profile": "bash",
    ".bashrc": "bash",
    ".editorconfig": "ini",
    ".emacs": "emacs-lisp",
    ".env": "bash",
    ".gitconfig": "ini",
    ".gitignore": "text",
    ".htaccess": "apache",
    ".profile": "bash",
    ".vimrc": "vim",
    ".zshrc": "bash",
    "apache2.conf": "apache",
    "build": "python",
    "cargo.lock": "toml",
    "cmakelists.txt": "cmake",
    "composer.lock": "json",
    "containerfile": "docker",
    "dockerfile": "docker",
    "gemfile": "ruby",
    "gnumakefile": "make",
    "httpd.conf": "apache",
    "jenkinsfile": "groovy",
    "makefile": "make",
    "nginx.conf": "nginx",
    "pipfile": "toml",
    "pipfile.lock": "json",
    "pkgbuild": "bash",
    "podfile": "ruby",
    "poetry.lock": "toml",
    "rakefile": "ruby",
    "uv.lock": "toml",
    "vagrantfile": "ruby",
    "vimrc": "vim",
}

# Extensions of two languages: what in the head speaks for the rarer one.
_SECOND_MEANINGS = {
    "h": (re.compile(r"^(?:namespace|template|class) |\bstd::", re.M), "cpp"),
    "m": (re.compile(r"^(?:#import|@interface|@implementation)", re.M), "objective-c"),
    "ts": (re.compile(r"\A<\?xml"), "xml"),
}

_INTERPRETERS = {
    "ash": "bash",
    "bash": "bash",
    "bun": "javascript",
    "dash": "bash",
    "deno": "typescript",
    "escript": "erlang",
    "gawk": "awk",
    "groovy": "groovy",
    "julia": "julia",
    "ksh": "bash",
    "lua": "lua",
    "make": "make",
    "node": "javascript",
    "nodejs": "javascript",
    "perl": "perl",
    "php": "php",
    "pwsh": "powershell",
    "python": "python",
    "rscript": "r",
    "ruby": "ruby",
    "sh": "bash",
    "tclsh": "tcl",
    "uv": "python",
    "zsh": "bash",
}

_SHEBANG = re.compile(r"#! ?(?:\S*/)?(?:env(?: -S)? +)?(?:\S*/)?([a-z]+)", re.I)
_MODELINE = re.compile(
    r"-\*-(?: *mode:)? *([a-z+-]+) *(?:;[^*]{0,80})?-\*-|"
    r"\bvim?: *(?:set? )?[^:\n]{0,60}?\b(?:ft|filetype|syntax)=([a-z]+)",
    re.I,
)

# Matched at the first line that is not blank, in this order.
_SIGNS = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        (r"<\?xml\b", "xml"),
        (r"<\?php\b", "php"),
        (r"(?i)<!doctype html|<html\b", "html"),
        (r"diff --git |Index: \S+\n=|--- \S.*\n\+\+\+ \S", "diff"),
        (r"From [0-9a-f]{40} [A-Z]", "diff"),
        (r"Traceback \(most recent call last\):|  File \".+\", line \d+", "pytb"),
        (r">>> \S", "pycon"),
        (r"(?:\[?[\w.-]+@[\w.-]+[: ][^\n$#]{0,60}\]?)?[$] [a-z./~_-]", "console"),
        (r"\[?[\w.-]+@[\w.-]+[: ][^\n$#]{0,60}\]?# [a-z./~_-]", "console"),
        (r"HTTP/[\d.]+ \d{3}\b|[A-Z]{3,7} \S+ HTTP/\d", "http"),
        (r"\{%-? *(?:extends|load|include|import|macro|block) ", "html+django"),
        (r"\\documentclass\b|\\begin\{document\}", "latex"),
        (r"syntax *= *[\"']proto[23]", "protobuf"),
        (r"(?i)cmake_minimum_required *\(", "cmake"),
        (r"@echo off\b", "batch"),
        (r"%YAML ", "yaml"),
        (r"(?:Return-Path|Received|MIME-Version|Delivered-To|From): ", "text"),
        (r"\{-# (?:LANGUAGE|OPTIONS)", "haskell"),
        (
            r"// SPDX-License-Identifier: .+\npragma solidity|pragma solidity",
            "solidity",
        ),
    )
)


def guess_language(text: str, file_name: str = "", *, seconds: float = SECONDS) -> str:
    """Return the key of the menu's language that the text is probably in.

    "text" when nothing speaks clearly for a language, for prose and server logs,
    and when the votes take more than ``seconds`` or the child is busy.
    """
    head = text[:HEAD_LENGTH].removeprefix("\ufeff").replace("\r\n", "\n")
    key = (
        _from_file_name(file_name, head)
        or _from_first_lines(head)
        or ("json" if _is_json(text) else None)
    )
    if key:
        return key
    if not head.strip():
        return PLAIN.key
    answer = ask({"do": "guess", "text": head}, seconds=seconds)
    return answer["result"] if answer["note"] == "none" else PLAIN.key


def _from_file_name(file_name: str, head: str) -> str | None:
    """The language that a whole name ("Makefile") or its extension stands for."""
    name = PurePosixPath(file_name[-255:].replace("\\", "/")).name.lower()
    if name in _FILE_NAMES:
        return _FILE_NAMES[name]
    stem, dot, extension = name.rpartition(".")
    if stem in ("dockerfile", "makefile"):  # As in Dockerfile.dev
        return _FILE_NAMES[stem]
    if not dot:
        return None
    sign, second = _SECOND_MEANINGS.get(extension, (None, ""))
    if sign and sign.search(head):
        return second
    return _on_menu(extension)


def _from_first_lines(head: str) -> str | None:
    """What a shebang, a mode line or the opening words say for certain."""
    start = head[:FIRST_LINES_LENGTH].lstrip("\n")
    if shebang := _SHEBANG.match(start):
        return _INTERPRETERS.get(shebang[1].lower())
    mode = _MODELINE.search("\n".join(start.split("\n", 2)[:2]))
    if mode and (key := _on_menu(mode[1] or mode[2])):
        return key
    for pattern, key in _SIGNS:
        if pattern.match(start):
            return key
    return None


def _on_menu(word: str) -> str | None:
    language = find_language(word)
    return language.key if language and language.key in _ON_MENU else None


def _is_json(text: str) -> bool:
    """Whether the text is a JSON object or array, or lines of them (JSON Lines)."""
    text = text.strip()
    if text[:1] not in ("{", "[") or len(text) > MAX_JSON_LENGTH:
        return False
    first, _, rest = text.partition("\n")
    for candidate in (text, first if rest.startswith("{") else ""):
        try:
            json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        return True
    return False
