"""A paste's link as a QR code, to take it from a screen to a phone."""

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.generic import View

from pastes import answers, services
from pastes.views.errors import PasteErrorMixin

# Modules of light around the code (ISO/IEC 18004): without them scanners miss it.
QUIET_ZONE = 4


def draw_code(link: str) -> str:
    """Return an SVG image of the link, dark on light wherever it is shown.

    Error correction M: a code survives the loss of 15 % of it.
    """
    code = segno.make(link, error="m", micro=False, boost_error=False)
    image = code.svg_inline(
        border=QUIET_ZONE,
        dark="#000",
        light="#fff",
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
    # Within a page it would need none; a file of its own says that it is SVG.
    return image.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)


class CodeView(PasteErrorMixin, View):
    """The link of a paste that is there, also of one that is locked or burns.

    The link is no secret to whoever asks: it is in the address of the image.
    """

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        paste = services.find_paste(slug)
        link = answers.full_link(request, paste.get_absolute_url())
        response = HttpResponse(draw_code(link), content_type="image/svg+xml")
        if paste.is_public:
            response = answers.revalidated(request, response)
        else:
            response = answers.keep_privately(response, may_revalidate=False)
        # Also of a 304: its headers replace those that the browser has kept.
        response["Content-Security-Policy"] = answers.RAW_CSP
        return response
