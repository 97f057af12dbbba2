"""The routes of the pastes, and which door a method goes through."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.generic import RedirectView

from pastes import terminal, tokens, views

View = Callable[..., HttpResponseBase]


class SlugConverter(StringConverter):
    regex = tokens.SLUG_PATTERN


class ExtensionConverter(StringConverter):
    regex = r"[A-Za-z0-9+#_-]{1,30}"


register_converter(SlugConverter, "paste")
register_converter(ExtensionConverter, "extension")

upload = terminal.UploadView.as_view()


def with_upload(view: View, *, methods: tuple[str, ...] = ("PUT",)) -> View:
    """Let PUT of any name reach the terminal's door; all else goes to the page.

    `curl -T file URL/` names the file as it likes, also "about" or "new".
    """
    page = csrf_protect(view)

    @csrf_exempt
    def by_method(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if request.method not in methods:
            return page(request, **kwargs)
        if request.method == "PUT":
            kwargs = {"name": request.path_info.removeprefix("/")}
        return upload(request, **kwargs)

    return by_method


detail = views.DetailView.as_view()
raw = terminal.RawView.as_view()
to_detail = RedirectView.as_view(pattern_name="pastes:detail", permanent=True)

app_name = "pastes"
urlpatterns = [
    path(
        "",
        with_upload(views.CreateView.as_view(), methods=("POST", "PUT")),
        name="create",
    ),
    path("new", with_upload(views.NewView.as_view()), name="new"),
    path("mine", with_upload(views.MineView.as_view()), name="mine"),
    path("about", with_upload(views.AboutView.as_view()), name="about"),
    path("robots.txt", with_upload(views.robots), name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security"),
    path("raw/<paste:slug>", raw, name="raw-alias"),
    path("<paste:slug>", with_upload(detail), name="detail"),
    path("<paste:slug>/", to_detail, name="slash"),
    path("<paste:slug>.<extension:extension>", with_upload(detail), name="syntax"),
    path("<paste:slug>/raw", raw, name="raw"),
    path("<paste:slug>/download", views.DownloadView.as_view(), name="download"),
    path("<paste:slug>/fork", views.ForkView.as_view(), name="fork"),
    path("<paste:slug>/edit", views.EditView.as_view(), name="edit"),
    path("<paste:slug>/delete", views.DeleteView.as_view(), name="delete"),
    # Last: any other single name is only for PUT.
    path("<str:name>", with_upload(views.nothing_here), name="upload"),
]
