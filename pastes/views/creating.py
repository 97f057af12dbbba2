"""The form, and what becomes of it."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.middleware.csrf import REASON_BAD_ORIGIN, get_token
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.generic import FormView, View

from pastes import answers, bodies, services, tokens
from pastes.forms import PasteForm, boxed
from pastes.services import EditConflict, Invalid, PasteError, TooLarge
from pastes.views import cookies, sending
from pastes.views.errors import PasteErrorMixin, error_page

FORMS = (bodies.FORM, bodies.MULTIPART)


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

    gives_back = True
    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return redirect("pastes:create")

    def form_valid(self, form: PasteForm) -> HttpResponseBase:
        key = cookies.maker_key(self.request) or tokens.new_maker_key()
        try:
            new = services.create_paste(
                **form.cleaned_data | {"text": self.exact_text(form)},
                maker_key=key,
                client=replace(answers.client_of(self.request), signs=form.signs),
            )
        except PasteError as error:
            return self.refuse(form, error)
        paste_url = new.paste.get_absolute_url()
        response = redirect(paste_url)
        cookies.keep_maker(response, key)
        cookies.mark_created(response, paste_url)
        if new.grant:
            cookies.keep_grant(response, paste_url, new.grant)
        return sending.sent(self.request, response)

    def exact_text(self, form: PasteForm) -> str | bytes:
        """Return what was sent, or the forked paste's own bytes if they are untouched.

        A text area changes line ends and NUL. The parent is opened as this reader may;
        one that cannot be opened any more gives nothing.
        """
        text, slug = form.cleaned_data["text"], form.cleaned_data["fork_of"]
        if isinstance(text, bytes) or not tokens.is_slug(slug):
            return text
        grant = self.request.COOKIES.get(cookies.fork_cookie(slug), "")
        try:
            parent = services.open_paste(slug, grant=grant, client=None)
        except PasteError:
            return text
        return parent.data if boxed(parent.text) == boxed(text) else text

    def form_invalid(self, form: PasteForm) -> HttpResponseBase:
        return self.refused(form, status=422)

    def refuse(self, form: PasteForm, error: PasteError) -> HttpResponseBase:
        add_error(form, error)
        response = self.refused(form, status=error.status)
        return answers.add_error_headers(response, error)

    def refused(self, form: PasteForm, *, status: int) -> HttpResponseBase:
        """Return the form with everything that was typed still in it.

        A script is told only what is wrong: its page has all of it, the password too.
        """
        if sending.is_by_script(self.request):
            return sending.refused_form(form, status=status)
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
        is_of_text = isinstance(error, TooLarge | EditConflict)
        form.add_error("text" if is_of_text else None, error.sentence)


class GuessView(PasteErrorMixin, View):
    """POST /guess says in which language a text seems to be; nothing is kept of it."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        language = services.guess_language(
            text=request.POST.get("text", ""),
            file_name=request.POST.get("file_name", ""),
        )
        name = services.say_language(language)
        response = JsonResponse({"key": language.key, "name": name})
        return answers.keep_privately(response, may_revalidate=False)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Give a form back that came without its token, with the text still in it.

    Its script gets a fresh token instead, and sends the form again.
    """
    error = PasteError(
        _(
            "This form was open for too long, or your browser keeps no cookies. "
            "Nothing was stored; please send it again."
        )
    )
    error.status = 403
    if reason.startswith(REASON_BAD_ORIGIN[:20]):
        return error_page(request, error)
    if sending.is_by_script(request):
        return sending.refused(error, csrf_token=get_token(request))
    try:
        return give_back(request, error) or error_page(request, error)
    except PasteError as gone:
        return error_page(request, gone)


def give_back(request: HttpRequest, error: PasteError) -> HttpResponseBase | None:
    """Return the form that was sent, with its texts and the error; None if it was none.

    Raises PasteError where what the form is about is not there.
    """
    match = request.resolver_match
    view_class = getattr(match.func, "view_class", None) if match else None
    if request.method != "POST" or not getattr(view_class, "gives_back", False):
        return None
    view = view_class()
    view.setup(request, **match.kwargs)
    form = view.get_form()
    form.full_clean()
    return view.refuse(form, error)


def typed_text(request: HttpRequest) -> str:
    """Return what somebody typed into a form's text area, if anything."""
    is_by_page = request.method == "POST" and request.content_type in FORMS
    sent = request.POST if is_by_page else {}
    return sent.get("text") or sent.get("details") or ""
