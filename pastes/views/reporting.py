"""The page on which a reader tells the moderators what is wrong with a paste."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from pastes import answers, services
from pastes.forms import ReportForm
from pastes.services import PasteError
from pastes.views.owning import PasteFormView


class ReportView(PasteFormView):
    """A form for everybody with the link; a locked paste needs no password for it."""

    form_class = ReportForm
    template_name = "pastes/report.html"

    def get_form(self, form_class: Any = None) -> ReportForm:
        form = super().get_form(form_class)
        if not services.is_mail_on():
            # Nobody would be answered.
            del form.fields["contact"]
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        span = services.say_span(settings.ADDRESS_RETENTION)
        return super().get_context_data(**kwargs) | {"address_retention": span}

    def form_valid(self, form: ReportForm) -> HttpResponseBase:
        try:
            services.report_paste(
                self.paste.slug,
                **form.cleaned_data,
                client=answers.client_of(self.request),
            )
        except PasteError as error:
            return self.refuse(form, error)
        messages.success(self.request, _("The moderators have your report. Thank you."))
        return redirect(self.paste)
