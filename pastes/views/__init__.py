"""The browser's door: HTML pages, class-based."""

from pastes.views.codes import CodeView
from pastes.views.comparing import DiffView
from pastes.views.creating import (
    CreateView,
    GuessView,
    NewView,
    csrf_failure,
    give_back,
    typed_text,
)
from pastes.views.errors import broken_page, error_page, nothing_here
from pastes.views.exporting import DataView
from pastes.views.owning import BurnView, DeleteView, EditView, LockView, MineView
from pastes.views.pages import (
    AboutView,
    ClientsView,
    SettingsView,
    robots,
    security_txt,
    site,
)
from pastes.views.reading import DetailView, DownloadView, ForkView
from pastes.views.reporting import ReportView

__all__ = [
    "AboutView",
    "BurnView",
    "ClientsView",
    "CodeView",
    "CreateView",
    "DataView",
    "DeleteView",
    "DetailView",
    "DiffView",
    "DownloadView",
    "EditView",
    "ForkView",
    "GuessView",
    "LockView",
    "MineView",
    "NewView",
    "ReportView",
    "SettingsView",
    "broken_page",
    "csrf_failure",
    "error_page",
    "give_back",
    "nothing_here",
    "robots",
    "security_txt",
    "site",
    "typed_text",
]
