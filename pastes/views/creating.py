"""The form, and what becomes of it."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import redirect
from django.views.generic import FormView

from pastes import answers, services, tokens
from pastes.forms import PasteForm
from pastes.services import Invalid, PasteError, TooLarge
from pastes.views import cookies
from pastes.views.errors import PasteErrorMixin, error_page


class CreateView(PasteErrorMixin, FormView):
    """The form at /."""

    http_method_names = ["get", "head", "options"]

    form_class = PasteForm
    template_name = "pastes/create.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().get(request, *args, **kwargs)
        # Not no-store: "back" must find what was typed.
        return answers.keep_privately(response, may_revalidate=True)


class NewView(CreateView):
    """POST /new takes what the form sends. GET, as after a refusal, leads to it."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return redirect("pastes:create")

    def form_valid(self, form: PasteForm) -> HttpResponseBase:
        key = cookies.maker_key(self.request) or tokens.new_maker_key()
        try:
            new = services.create_paste(
                **form.cleaned_data,
                maker_key=key,
                client=answers.client_of(self.request),
            )
        except PasteError as error:
            return self.refuse(form, error)
        paste_url = new.paste.get_absolute_url()
        response = redirect(paste_url)
        cookies.keep_maker(response, key)
        cookies.mark_created(response, paste_url)
        if new.grant:
            cookies.keep_grant(response, paste_url, new.grant)
        return response

    def form_invalid(self, form: PasteForm) -> HttpResponseBase:
        return self.refused(form, status=422)

    def refuse(self, form: PasteForm, error: PasteError) -> HttpResponseBase:
        add_error(form, error)
        response = self.refused(form, status=error.status)
        return answers.add_error_headers(response, error)

    def refused(self, form: PasteForm, *, status: int) -> HttpResponseBase:
        """Return the form with everything that was typed still in it."""
        form.prepare_for_another_try()
        response = self.render_to_response(self.get_context_data(form=form))
        response.status_code = status
        return answers.keep_privately(response, may_revalidate=True)


def add_error(form: PasteForm, error: PasteError) -> None:
    """Put the error beside the field that it speaks of."""
    if isinstance(error, Invalid):
        for field, sentences in error.errors.items():
            form.add_error(field if field in form.fields else None, sentences)
    else:
        form.add_error("text" if isinstance(error, TooLarge) else None, error.sentence)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Give a form back that came without its token, with the text still in it."""
    error = PasteError(
        "This form was open for too long, or your browser keeps no cookies. "
        "Nothing was stored; please send it again."
    )
    error.status = 403
    is_form = request.method == "POST" and request.path_info == "/new"
    if not is_form or reason.startswith(REASON_BAD_ORIGIN[:20]):
        return error_page(request, error)
    view = NewView()
    view.setup(request)
    form = view.get_form()
    form.full_clean()
    return view.refuse(form, error)
