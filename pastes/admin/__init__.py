"""Moderation, in Django's own admin: look, decide, block; all on the record."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from pastes.admin.blocks import BlockAdmin
from pastes.admin.cases import CaseAdmin
from pastes.admin.pastes import PasteAdmin
from pastes.admin.record import DecisionAdmin
from pastes.admin.signing import sign_in
from pastes.admin.start import show_start
from pastes.forms import SignInForm

__all__ = ["BlockAdmin", "CaseAdmin", "DecisionAdmin", "PasteAdmin"]

admin.site.login_form = SignInForm
admin.site.login = sign_in
admin.site.index = show_start
admin.site.site_header = gettext_lazy("Moderation")
admin.site.site_title = gettext_lazy("Moderation")
admin.site.index_title = gettext_lazy("What people pasted")
admin.site.enable_nav_sidebar = False
