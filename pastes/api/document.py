"""The OpenAPI document, and the page on which one tries the calls."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView, View

from pastes import answers
from pastes.api.calls import api
from pastes.api.problems import PREFIX, components, error_answer
from pastes.api.schemas import Problem
from pastes.services import MethodNotAllowed


@cache
@translation.override("en")
def described() -> bytes:
    """Return the document as JSON; the settings that it tells of do not change.

    It is in English whoever asks first: it is kept, and developers share its words.
    """
    document = json.loads(json.dumps(api.get_openapi_schema(path_prefix=PREFIX)))
    del document["servers"]
    if settings.SITE_PATH:
        document["servers"] = [{"url": settings.SITE_PATH}]
    document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    document["components"]["responses"] = components()
    for each in document["components"]["schemas"].values():
        each.pop("title", None)
    return json.dumps(document, indent=1).encode()


@method_decorator(csrf_exempt, name="dispatch")
class DocumentView(View):
    """GET /api/v1/openapi.json: OpenAPI 3.1."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return answers.revalidated(
            request, HttpResponse(described(), content_type="application/json")
        )

    def options(self, request: HttpRequest) -> HttpResponseBase:
        return answers.options(self._allowed_methods())

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        return error_answer(MethodNotAllowed(self._allowed_methods()))


class DocsView(TemplateView, DocumentView):
    """GET /api/v1/docs: the calls, explained and tried, from the site's own files."""

    template_name = "pastes/docs.html"
