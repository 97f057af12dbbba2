"""The languages on the menu, and how a word or a file extension names one.

The menu is short enough to scan. ``find_language`` also knows every other lexer of
Pygments, because people follow links like ``/<slug>.cobol`` and scripts send the
names they know from elsewhere.
"""

from dataclasses import dataclass
from functools import cache

from pygments.lexers import get_all_lexers

MAX_WORD_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Language:
    """One language: an alias of Pygments, a name for people, a file extension."""

    key: str
    name: str
    extension: str


PLAIN = Language("text", "Plain text", "txt")

_CODE = (
    Language("apache", "Apache config", "htaccess"),
    Language("gas", "Assembly (GAS)", "s"),
    Language("nasm", "Assembly (NASM)", "asm"),
    Language("awk", "Awk", "awk"),
    Language("bash", "Bash", "sh"),
    Language("batch", "Batch file", "bat"),
    Language("c", "C", "c"),
    Language("csharp", "C#", "cs"),
    Language("cpp", "C++", "cpp"),
    Language("clojure", "Clojure", "clj"),
    Language("cmake", "CMake", "cmake"),
    Language("coffeescript", "CoffeeScript", "coffee"),
    Language("lisp", "Common Lisp", "lisp"),
    Language("crystal", "Crystal", "cr"),
    Language("css", "CSS", "css"),
    Language("d", "D", "d"),
    Language("dart", "Dart", "dart"),
    Language("delphi", "Delphi / Pascal", "pas"),
    Language("diff", "Diff", "diff"),
    Language("html+django", "Django / Jinja HTML", "j2"),
    Language("docker", "Dockerfile", "dockerfile"),
    Language("elixir", "Elixir", "ex"),
    Language("elm", "Elm", "elm"),
    Language("emacs-lisp", "Emacs Lisp", "el"),
    Language("erlang", "Erlang", "erl"),
    Language("fsharp", "F#", "fs"),
    Language("fortran", "Fortran", "f90"),
    Language("go", "Go", "go"),
    Language("graphql", "GraphQL", "graphql"),
    Language("groovy", "Groovy", "groovy"),
    Language("haskell", "Haskell", "hs"),
    Language("html", "HTML", "html"),
    Language("http", "HTTP", "http"),
    Language("ini", "INI", "ini"),
    Language("java", "Java", "java"),
    Language("javascript", "JavaScript", "js"),
    Language("json", "JSON", "json"),
    Language("jsx", "JSX", "jsx"),
    Language("julia", "Julia", "jl"),
    Language("kotlin", "Kotlin", "kt"),
    Language("latex", "LaTeX", "tex"),
    Language("less", "Less", "less"),
    Language("lua", "Lua", "lua"),
    Language("make", "Makefile", "mk"),
    Language("markdown", "Markdown", "md"),
    Language("matlab", "MATLAB", "m"),
    Language("nginx", "nginx config", "nginx"),
    Language("nim", "Nim", "nim"),
    Language("nix", "Nix", "nix"),
    Language("objective-c", "Objective-C", "mm"),
    Language("ocaml", "OCaml", "ml"),
    Language("perl", "Perl", "pl"),
    Language("php", "PHP", "php"),
    Language("powershell", "PowerShell", "ps1"),
    Language("protobuf", "Protocol Buffers", "proto"),
    Language("python", "Python", "py"),
    Language("pycon", "Python console", "pycon"),
    Language("pytb", "Python traceback", "pytb"),
    Language("r", "R", "r"),
    Language("rst", "reStructuredText", "rst"),
    Language("ruby", "Ruby", "rb"),
    Language("rust", "Rust", "rs"),
    Language("scala", "Scala", "scala"),
    Language("scheme", "Scheme", "scm"),
    Language("scss", "SCSS", "scss"),
    Language("console", "Shell session", "console"),
    Language("solidity", "Solidity", "sol"),
    Language("sql", "SQL", "sql"),
    Language("swift", "Swift", "swift"),
    Language("tcl", "Tcl", "tcl"),
    Language("terraform", "Terraform / HCL", "tf"),
    Language("toml", "TOML", "toml"),
    Language("tsx", "TSX", "tsx"),
    Language("typescript", "TypeScript", "ts"),
    Language("verilog", "Verilog", "v"),
    Language("vhdl", "VHDL", "vhd"),
    Language("vim", "Vim script", "vim"),
    Language("vbnet", "Visual Basic .NET", "vb"),
    Language("vue", "Vue", "vue"),
    Language("xml", "XML", "xml"),
    Language("yaml", "YAML", "yaml"),
    Language("zig", "Zig", "zig"),
)

MENU: tuple[Language, ...] = (PLAIN, *_CODE)

# Extensions that Pygments does not list, or gives to a rarer language.
_EXTENSIONS = {
    "bash": "env",
    "batch": "cmd",
    "c": "h",
    "cpp": "cc cxx hh hpp hxx ino",
    "html": "htm xhtml",
    "html+django": "djhtml jinja jinja2",
    "ini": "cfg conf desktop service properties",
    "javascript": "cjs mjs",
    "json": "geojson har ipynb json5 jsonc jsonl map ndjson webmanifest",
    "lisp": "cl",
    "make": "mak",
    "objective-c": "objc",
    "perl": "pm t",
    "python": "pyi pyw",
    "sql": "ddl dml psql pgsql mysql",
    "terraform": "hcl tfvars",
    "text": "asc csv log plain text-only tsv",
    "typescript": "cts mts",
    "verilog": "sv svh vh",
    "xml": "plist rss svg xsd xsl",
}


def find_language(word: str) -> Language | None:
    """Return the language that a key, alias, name or extension stands for.

    Case and one leading dot do not matter. A word of the menu always wins over the
    same word of a language that is not on it. None means that nothing is known by
    that name; a word of more than 64 characters never is.
    """
    if len(word) > MAX_WORD_LENGTH:
        return None
    return _words().get(word.strip().lower().removeprefix("."))


@cache
def _words() -> dict[str, Language]:
    """Every known word, in lower case; the first meaning that is added stays."""
    lexers = list(get_all_lexers(plugins=False))
    menu = {language.key: language for language in MENU}
    words: dict[str, Language] = {}
    for language in MENU:
        words[language.key] = language
        words.setdefault(language.name.lower(), language)
    for language in MENU:
        words.setdefault(language.extension, language)
    for key, extensions in _EXTENSIONS.items():
        for extension in extensions.split():
            words.setdefault(extension, menu[key])
    found = [(_language(menu, lexer), lexer) for lexer in lexers if lexer[1]]
    found.sort(key=lambda pair: pair[0].key not in menu)
    for language, (_, aliases, _, _) in found:
        for alias in aliases:
            words.setdefault(alias.lower(), language)
    for language, (_, _, patterns, _) in found:
        for extension in _extensions(patterns):
            words.setdefault(extension, language)
    return words


def _language(
    menu: dict[str, Language],
    lexer: tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]],
) -> Language:
    """The menu's entry for a lexer, or an entry made from what Pygments says."""
    name, aliases, patterns, _ = lexer
    for alias in aliases:
        if alias in menu:
            return menu[alias]
    extension = next(iter(_extensions(patterns)), "txt")
    return Language(aliases[0], name, extension)


def _extensions(patterns: tuple[str, ...]) -> list[str]:
    """The plain ``*.ext`` of letters and digits among file name patterns."""
    ends = [pattern[2:].lower() for pattern in patterns if pattern.startswith("*.")]
    return [end for end in ends if end.isascii() and end.isalnum()]
