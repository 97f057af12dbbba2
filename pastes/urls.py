"""The routes of the pastes, and which door a method goes through."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.generic import RedirectView

from pastes import dialects, terminal, tokens, views
from pastes.services import PasteError

View = Callable[..., HttpResponseBase]
Find = Callable[[HttpRequest], View | None]


class SlugConverter(StringConverter):
    regex = tokens.SLUG_PATTERN


class ExtensionConverter(StringConverter):
    regex = r"[A-Za-z0-9+#_-]{1,30}"


register_converter(SlugConverter, "paste")
register_converter(ExtensionConverter, "extension")

upload = terminal.UploadView.as_view()


def no_dialect(request: HttpRequest) -> View | None:
    return None


def with_upload(
    view: View, *, methods: tuple[str, ...] = ("PUT",), dialect: Find = no_dialect
) -> View:
    """Let PUT of any name reach the terminal's door; all else goes to the page.

    `curl -T file URL/` names the file as it likes, also "about" or "new". `dialect`
    finds the view of a request that another pastebin's client sent to this address.
    """
    page = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def by_method(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            found = dialect(request)
        except UnreadablePostError:
            return terminal.cut_off()
        except PasteError as error:
            return terminal.error_answer(error)
        if found is not None:
            # Whoever has to tell an error in its place speaks as it does.
            request.dialect = found
            return found(request, **kwargs)
        if request.method not in methods:
            return page(request, **kwargs)
        if request.method == "PUT":
            kwargs = {"name": request.path_info.removeprefix("/")}
        return upload(request, **kwargs)

    return by_method


def of_dialect(route: str, view: type[View]) -> View:
    """Return the view of a dialect's address; PUT of a single name stays an upload."""
    return view.as_view() if "/" in route else with_upload(view.as_view())


detail = with_upload(views.DetailView.as_view(), dialect=dialects.at_paste)
raw = terminal.RawView.as_view()
to_detail = RedirectView.as_view(pattern_name="pastes:detail", permanent=True)

app_name = "pastes"
urlpatterns = [
    path(
        "",
        with_upload(
            views.CreateView.as_view(),
            methods=("POST", "PUT"),
            dialect=dialects.at_root,
        ),
        name="create",
    ),
    path("new", with_upload(views.NewView.as_view()), name="new"),
    path("guess", with_upload(views.GuessView.as_view()), name="guess"),
    path("mine", with_upload(views.MineView.as_view()), name="mine"),
    path("about", with_upload(views.AboutView.as_view()), name="about"),
    path(
        "settings",
        with_upload(csrf_exempt(views.SettingsView.as_view())),
        name="settings",
    ),
    path("clients", with_upload(views.ClientsView.as_view()), name="clients"),
    path(
        "docs",
        with_upload(RedirectView.as_view(pattern_name="api:docs")),
        name="docs",
    ),
    path("robots.txt", with_upload(views.robots), name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security"),
    path("raw/<paste:slug>", raw, name="raw-alias"),
    path("raw/<paste:slug>.<extension:extension>", raw, name="raw-syntax"),
    path("<paste:slug>", detail, name="detail"),
    path("<paste:slug>/", to_detail, name="slash"),
    path("<paste:slug>.<extension:extension>", detail, name="syntax"),
    path("<paste:slug>/raw", raw, name="raw"),
    path("<paste:slug>/download", views.DownloadView.as_view(), name="download"),
    path("<paste:slug>/fork", views.ForkView.as_view(), name="fork"),
    path("<paste:slug>/edit", views.EditView.as_view(), name="edit"),
    path("<paste:slug>/diff/<paste:other>", views.DiffView.as_view(), name="diff"),
    path("<paste:slug>/delete", views.DeleteView.as_view(), name="delete"),
    path("<paste:slug>/lock", views.LockView.as_view(), name="lock"),
    path("<paste:slug>/burn", views.BurnView.as_view(), name="burn"),
    path("<paste:slug>/report", views.ReportView.as_view(), name="report"),
    path("<paste:slug>/data", views.DataView.as_view(), name="data"),
    path("<paste:slug>/qr.svg", views.CodeView.as_view(), name="qr"),
    *(
        path(route, of_dialect(route, view), name=name)
        for route, view, name in dialects.routes
    ),
    # Last: any other single name is only for PUT.
    path("<str:name>", with_upload(csrf_exempt(views.nothing_here)), name="upload"),
]
