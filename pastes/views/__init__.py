"""The browser's door: HTML pages, class-based."""

from pastes.views.creating import CreateView, NewView, csrf_failure
from pastes.views.errors import broken_page, error_page, nothing_here
from pastes.views.owning import DeleteView, EditView, MineView
from pastes.views.pages import AboutView, ClientsView, robots, security_txt, site
from pastes.views.reading import DetailView, DownloadView, ForkView

__all__ = [
    "AboutView",
    "ClientsView",
    "CreateView",
    "DeleteView",
    "DetailView",
    "DownloadView",
    "EditView",
    "ForkView",
    "MineView",
    "NewView",
    "broken_page",
    "csrf_failure",
    "error_page",
    "nothing_here",
    "robots",
    "security_txt",
    "site",
]
