"""The page on which a reader tells the moderators what is wrong with a paste."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.generic import FormView

from pastes import answers, services
from pastes.forms import ReportForm
from pastes.models import Paste
from pastes.services import PasteError
from pastes.views.creating import add_error
from pastes.views.errors import PasteErrorMixin


class ReportView(PasteErrorMixin, FormView):
    """A form for everybody with the link; a locked paste needs no password for it."""

    http_method_names = ["get", "head", "post", "options"]
    form_class = ReportForm
    template_name = "pastes/report.html"
    paste: Paste

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = super().dispatch(request, *args, **kwargs)
        return answers.keep_privately(response, may_revalidate=False)

    def get_form(self, form_class: Any = None) -> ReportForm:
        self.paste = services.find_paste(self.kwargs["slug"])
        return super().get_form(form_class)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"paste_url": self.paste.get_absolute_url()}

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

    def refuse(self, form: ReportForm, error: PasteError) -> HttpResponseBase:
        add_error(form, error)
        response = self.render_to_response(self.get_context_data(form=form))
        response.status_code = error.status
        return answers.add_error_headers(response, error)
