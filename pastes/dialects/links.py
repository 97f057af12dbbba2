"""What the form posts of other pastebins share: texts in, a link a line out."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pastes import answers, bodies, services
from pastes.dialects.base import DialectView, text_answer
from pastes.services import Invalid, Malformed

OPTIONS = ("title", "syntax", "lifetime", "burn", "password")
# Fields of a request to /, of whatever pastebin, that a form has to heed or to refuse:
# each holds a text, or says who may read it or for how long.
WEIGHTY = re.compile(
    r"title|syntax|lifetime|burn|password|text|sprunge|content|data|rm"
    r"|(?:f|id|read):[0-9]{1,9}"
    r"|file|oneshot|oneshot_url|url|shorten|remote|expires?|expiry|expiry_days"
)
LINKS = ("url", "shorten", "remote", "oneshot_url")
NO_LINKS = gettext_lazy(
    "This site keeps texts: it fetches no files and shortens no links."
)
STRAY = gettext_lazy(
    "“%(name)s” is of another form. This site's own has the field “text”, and beside it "
    "any of %(options)s."
)
STRAYS = gettext_lazy(
    "“%(name)s” and “%(other)s” belong to different forms. This site's own has the field "
    "“text”, and beside it any of %(options)s."
)
# Fields whose file parts are texts.
FILES = re.compile(r"sprunge|content|data|file|oneshot|f:[0-9]{1,9}")
# Each text may cost a guess at its language.
MOST = 20
# A field of a form that holds a text: the field's name, the file's own name, the bytes.
Part = bodies.File


class LinksView(DialectView):
    """POST / with texts in a form: stores all of them or none.

    A subclass names its fields, and says in `read` what they ask for.
    """

    http_method_names = ["post"]
    own = re.compile("")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = bodies.read_form(request, begins=lambda name: True)
        if form is None:
            raise Invalid({"text": [bodies.HALF_A_FORM]})
        self.refuse_strays(form)
        pastes = self.read(form)
        if not pastes:
            raise Malformed(_("There is no text in this form."))
        if len(pastes) > MOST:
            words = _("Send at most %(count)s texts at once.")
            raise Malformed(words % {"count": MOST})
        if len(pastes) == 1:
            new = [self.create(**pastes[0])]
        else:
            client = answers.client_of(request)
            new = services.create_pastes(pastes, client=client)
        links = [self.link_of(each.paste.slug) for each in new]
        response = text_answer("".join(f"{link}\n" for link in links))
        # One for each link, in their order.
        tokens = ", ".join(each.owner_token for each in new)
        response["X-Owner-Token"] = response["X-Token"] = tokens
        if any(each.is_held for each in new):
            held = ["yes" if each.is_held else "no" for each in new]
            response["X-Held"] = ", ".join(held)
        expires_at = new[0].paste.expires_at
        if expires_at is not None:
            response["X-Expires"] = str(int(expires_at.timestamp() * 1000))
        return response

    def read(self, form: bodies.Form) -> list[dict[str, Any]]:
        """Return what create_paste takes, for each text of a form."""
        raise NotImplementedError

    def refuse_strays(self, form: bodies.Form) -> None:
        """Refuse what would be ignored, yet says who reads a text or for how long."""
        sent = [*form.fields, *(file.field for file in form.files)]
        own = [name for name in sent if self.own.fullmatch(name)]
        unheeded = [n for n in sent if WEIGHTY.fullmatch(n) and n not in own]
        unheeded += self.request.GET
        unheeded += [
            name for name in answers.LOCK_HEADERS if name in self.request.headers
        ]
        unheeded += [
            file.field for file in form.files if not FILES.fullmatch(file.field)
        ]
        if "expire" in self.request.headers and "expire" not in self.heeded:
            unheeded.append("expire")
        if any(name in LINKS for name in unheeded):
            raise Malformed(NO_LINKS)
        if unheeded:
            quoted = {
                "name": services.shown(unheeded[0]),
                "other": own[0] if own else "",
                "options": ", ".join(OPTIONS),
            }
            raise Malformed((STRAYS if own else STRAY) % quoted)


def parts_of(form: bodies.Form, names: re.Pattern[str]) -> list[Part]:
    """Return the texts that a form holds in fields or files of these names."""
    fields = [
        Part(name, "", data)
        for name, values in form.fields.items()
        for data in values
        if names.fullmatch(name)
    ]
    return fields + [file for file in form.files if names.fullmatch(file.field)]


def named(part: Part, name: str = "") -> dict[str, Any]:
    """Return what create_paste takes of a part; a name is its title, and helps guess."""
    name = name or part.name
    # curl calls a file that it reads from a pipe so.
    name = "" if name == "-" else name
    return {"text": part.data, "title": name[:200], "file_name": name}
