"""What the clients of pastebin.com send: POST /api/api_post.php and its neighbours.

As on pastebin.com/doc_api. There are no accounts here, so whatever needs a user's key
is refused. Clients know a failure by the text's beginning.
"""

import re

from django.http import HttpRequest, HttpResponseBase

from pastes import bodies
from pastes.dialects.base import DialectView, Route, text_answer, with_owner
from pastes.services import Invalid, PasteError

PREFIX = "Bad API request, "
# By the error's code, and by the field that create_paste refused.
WORDS = {
    "blocked": "IP blocked",
    "malformed": "invalid POST parameters",
    "method_not_allowed": "use POST request, not GET",
    "rate_limited": "Post limit, maximum pastes per 24h reached",
    "too_large": "maximum paste file size exceeded",
}
FIELD_WORDS = {
    "lifetime": "invalid api_paste_expire_date",
    "syntax": "invalid api_paste_format",
}
FIELDS = re.compile("api_[a-z_]+")
DAY = 24 * 60 * 60
LIFETIMES = {
    "": "",
    "N": "never",
    "10M": str(10 * 60),
    "1H": str(60 * 60),
    "1D": str(DAY),
    "1W": str(7 * DAY),
    "2W": str(14 * DAY),
    "1M": str(30 * DAY),
    "6M": str(180 * DAY),
    "1Y": str(365 * DAY),
}
NEEDS_USER = ("list", "userdetails", "delete")

# Names of pastebin.com's that find_language does not know, by the nearest language.
FORMATS = {
    "ada": "spark",
    "batch": "dos",
    "c": "c_loadrunner c_mac c_winapi klonec upc",
    "cpp": "cpp-qt cpp-winapi klonecpp",
    "debsources": "apt_sources",
    "delphi": "oxygene",
    "foxpro": "visualfoxpro",
    "glsl": "godot-glsl",
    "groff": "roff",
    "html": "html4strict html5",
    "java": "java5",
    "javascript": "ecmascript jquery",
    "lisp": "cadlisp",
    "lsl": "lsl2",
    "ocaml": "ocaml-brief",
    "php": "php-brief",
    "po": "gettext",
    "pov": "povray",
    "python": "pys60",
    "qbasic": "gwbasic",
    "r": "rsplus",
    "rexx": "netrexx oorexx",
    "ruby": "rails",
    "sml": "standardml",
    "spec": "rpmspec",
    "sql": "oracle11 oracle8 plsql",
    "supercollider": "sclang",
    "xml": "fo",
    "text": (
        "4cs 6502acme 6502kickass 6502tasm 68000devpac aimms algol68 arm asp autoconf "
        "avisynth bascomavr basic4gl caddcl cfdg cil cuesheet dcpu16 dcs div epc "
        "euphoria f1 falcon filemaker freebasic freeswitch gambas gdb genero genie gml "
        "hicest hq9plus inno intercal ispfpanel kixtart ksp lb locobasic lolcode "
        "lotusformulas lotusscript lscript m68k magiksf mapbasic mercury metapost mirc "
        "mk-61 mmix modula3 mpasm nagios oberon2 objeck oz parigp pcre per pf pic16 "
        "pixelbender pli powerbuilder proftpd providex purebasic rbs robots scl "
        "sdlbasic sqf sshconfig stonescript texgraph thinbasic urbi uscript vedit "
        "whitespace whois xbasic xojo xorg_conf z80 zxbasic"
    ),
}
SYNTAXES = {name: key for key, names in FORMATS.items() for name in names.split()}


class PastebinView(DialectView):
    """Tells every error as "Bad API request, ..."."""

    http_method_names = ["post", "options"]

    def refuse(self, error: PasteError) -> HttpResponseBase:
        words = WORDS.get(error.code) or error.sentence
        if isinstance(error, Invalid):
            field, sentences = next(iter(error.errors.items()))
            words = FIELD_WORDS.get(field) or sentences[0]
        status = 422 if error.status in (400, 413) else error.status
        return text_answer(PREFIX + words, status=status)


class PostView(PastebinView):
    """POST /api/api_post.php: api_option=paste, and refusals of the other options."""

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = bodies.decode_form(request, fields=FIELDS)
        option = form.word("api_option")
        if option != "paste":
            field = "api_user_key" if option in NEEDS_USER else "api_option"
            raise Invalid({field: [f"invalid {field}"]})
        check_readers(form)
        self.refuse_unheeded(form.fields)
        text = form.data("api_paste_code") or b""
        if not text.decode(errors="replace").strip():
            raise Invalid({"text": ["api_paste_code was empty"]})
        expiry = form.word("api_paste_expire_date")
        if expiry not in LIFETIMES:
            raise Invalid({"lifetime": []})
        name = form.word("api_paste_format")
        new = self.create(
            text=text,
            title=form.word("api_paste_name"),
            syntax=SYNTAXES.get(name.lower(), name),
            lifetime=LIFETIMES[expiry],
        )
        return with_owner(text_answer(self.link_of(new.paste.slug)), new)


def check_readers(form: bodies.Form) -> None:
    """Raise Invalid for what would give the paste to a user alone, or into a folder.

    Public and unlisted pastes are the same here: who has the link reads.
    """
    private = form.word("api_paste_private", "0")
    if private not in ("", "0", "1", "2"):
        raise Invalid({"private": ["invalid api_paste_private"]})
    if private == "2" or form.data("api_user_key"):
        raise Invalid({"user": ["invalid api_user_key"]})
    if form.data("api_folder_key"):
        raise Invalid({"folder": ["you can't add paste to folder as guest"]})


class LoginView(PastebinView):
    """POST /api/api_login.php: nobody has an account."""

    def post(self, request: HttpRequest) -> HttpResponseBase:
        raise Invalid({"user": ["invalid login"]})


class UserRawView(PastebinView):
    """POST /api/api_raw.php: reads a user's own pastes, and nobody has any."""

    def post(self, request: HttpRequest) -> HttpResponseBase:
        words = "invalid permission to view this paste or invalid api_paste_key"
        raise Invalid({"user": [words]})


routes: list[Route] = [
    ("api/api_post.php", PostView, "pastebincom"),
    ("api/api_login.php", LoginView, "pastebincom-login"),
    ("api/api_raw.php", UserRawView, "pastebincom-raw"),
]
