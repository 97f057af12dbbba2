"""pastebinit's profile for this site: saved in ~/.pastebin.d/, it makes -b <host> work.

It posts the terminal's own form, which carries more than any other pastebin's: title,
language, lifetime and password. Read from the script of pastebinit 1.5, 1.5.1, 1.6.2,
1.7.0 and 1.7.1, which all understand this one file.
"""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header

from pastes import answers, services
from pastes.dialects.base import DialectView, Route, text_answer

# 1.5 reads `regexp` where later ones read `paste_regexp` (and send it as one more field,
# which the form does not know), and heeds -f only where [defaults] has no format.
PROFILE = """\
; Save this file as ~/.pastebin.d/{file_name}, then:
;     pastebinit -b {basename} notes.txt
; -t gives a title, -f a language, -p a password that readers must know.
[pastebin]
basename = {basename}
{https}regexp = {regexp}
paste_regexp = (.*)
sizelimit = {size_limit}

[format]
content = text
title = title
format = syntax
expiry = lifetime
password = password
regexp = regexp

[defaults]
regexp = (.*)
; Empty means a guess. pastebinit 1.5 heeds -f only without this line.
format =
; How long a paste is kept: {lifetimes}. Empty means {default}.
expiry =
"""


class ProfileView(DialectView):
    """GET /pastebinit.conf."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        site = urlsplit(answers.full_link(request, reverse("pastes:create")))
        place = f"{site.netloc}{site.path}".rstrip("/")
        file_name = re.sub(r"[^A-Za-z0-9.-]+", "-", place).strip("-.") + ".conf"
        profile = PROFILE.format(
            basename=place,
            file_name=file_name,
            # pastebinit takes any word for yes, also "False".
            https="https = True\n" if site.scheme == "https" else "",
            regexp=re.escape(f"{site.scheme}://{place}"),
            size_limit=settings.PASTE_MAX_BYTES,
            lifetimes=", ".join(key for key, _ in services.offered_lifetimes()),
            default=services.default_lifetime(),
        )
        response = text_answer(profile)
        disposition = content_disposition_header(True, file_name)
        response["Content-Disposition"] = disposition
        return response


routes: list[Route] = [("pastebinit.conf", ProfileView, "pastebinit")]
