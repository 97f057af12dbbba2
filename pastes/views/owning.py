"""Pages for a paste's owner: edit, delete, lock, burn; and what this browser made."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import FormView, TemplateView

from pastes import answers, services
from pastes.forms import BurnForm, DeleteForm, EditForm, LockForm, boxed, kind_of
from pastes.models import Paste
from pastes.services import (
    ConsentRequired,
    EditConflict,
    Forbidden,
    Held,
    Invalid,
    PasswordRequired,
    PasteError,
)
from pastes.views import cookies, sending
from pastes.views.creating import add_error
from pastes.views.errors import PasteErrorMixin


class PasteFormView(PasteErrorMixin, FormView):
    """A form about one paste, with what was typed kept through each refusal."""

    http_method_names = ["get", "head", "post", "options"]
    paste: Paste

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = super().dispatch(request, *args, **kwargs)
        return answers.keep_privately(response, may_revalidate=False)

    # What find_paste lets pass for this page.
    passing: dict[str, bool] = {}

    def find(self) -> None:
        """Look the paste up, before there is a form about it."""
        self.paste = services.find_paste(self.kwargs["slug"], **self.passing)

    def get_form(self, form_class: Any = None) -> Any:
        self.find()
        return super().get_form(form_class)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"paste_url": self.paste.get_absolute_url()}

    def form_invalid(self, form: Any) -> HttpResponseBase:
        response = super().form_invalid(form)
        response.status_code = Invalid.status
        return response

    def refuse(self, form: Any, error: PasteError) -> HttpResponseBase:
        self.add_error(form, error)
        response = self.refused(form, error)
        return answers.add_error_headers(response, error)

    def add_error(self, form: Any, error: PasteError) -> None:
        add_error(form, error)

    def refused(self, form: Any, error: PasteError) -> HttpResponseBase:
        response = self.render_to_response(self.get_context_data(form=form))
        response.status_code = error.status
        return response


class OwnerView(PasteFormView):
    """For the browser that made the paste, or for its owner token."""

    own_token = ""
    # Hidden fields with other values for the next try.
    renewed: dict[str, str] = {}

    def find(self) -> None:
        super().find()
        self.own_token = cookies.owner_token(self.request, self.paste)

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        if self.own_token:
            del form.fields["owner_token"]
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "is_maker": bool(self.own_token),
            "is_locked": self.paste.is_locked,
            "is_burn": self.paste.is_burn,
        }

    def answer_error(self, error: PasteError) -> HttpResponseBase:
        """Lead its maker to the page of a held paste, which says what may be done."""
        if isinstance(error, Held) and self.request.method in ("GET", "HEAD"):
            paste = services.find_paste(self.kwargs["slug"], with_held=True)
            if cookies.owner_token(self.request, paste):
                return redirect(paste)
        return super().answer_error(error)

    def given_token(self, form: Any) -> str:
        return self.own_token or form.cleaned_data["owner_token"].strip()

    def add_error(self, form: Any, error: PasteError) -> None:
        if isinstance(error, Forbidden) and "owner_token" in form.fields:
            form.add_error("owner_token", error.sentence)
        else:
            super().add_error(form, error)

    def refused(self, form: Any, error: PasteError) -> HttpResponseBase:
        if not sending.is_by_script(self.request):
            return super().refused(form, error)
        return sending.refused_form(form, status=error.status, fields=self.renewed)


class EditView(OwnerView):
    gives_back = True
    form_class = EditForm
    template_name = "pastes/edit.html"

    @cached_property
    def readable_text(self) -> str | None:
        """The text, if whoever asks may read it without the owner token."""
        try:
            return services.open_paste(
                self.kwargs["slug"],
                grant=self.request.COOKIES.get(answers.GRANT_COOKIE, ""),
                client=None,
            ).text
        except (PasswordRequired, ConsentRequired):
            return None

    @property
    def shown_text(self) -> str | None:
        """The text, if it may be read and a text area can hold it."""
        text = self.readable_text
        bare = (text or "").replace("\r\n", "")
        return None if "\r" in bare or "\0" in bare else text

    @property
    def empty_keeps(self) -> bool:
        """Whether title and language are secret here, so that empty ones mean "keep"."""
        return not self.own_token and self.readable_text is None

    def get_initial(self) -> dict[str, Any]:
        if self.empty_keeps:
            return {}
        return {
            "text": self.shown_text or "",
            "title": self.paste.title,
            "syntax": self.paste.syntax,
            "line_ends": kind_of(self.shown_text or ""),
        } | EditForm.seen(self.shown_text)

    def get_form_kwargs(self) -> dict[str, Any]:
        kinds = {"is_locked": self.paste.is_locked, "is_burn": self.paste.is_burn}
        return super().get_form_kwargs() | kinds

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_shown = self.shown_text is not None
        return super().get_context_data(**kwargs) | {"is_shown": is_shown}

    def form_valid(self, form: EditForm) -> HttpResponseBase:
        data = form.cleaned_data
        password = "" if data["unlock"] else data["password"] or None
        try:
            paste = services.edit_paste(
                self.kwargs["slug"],
                owner_token=self.given_token(form),
                client=answers.client_of(self.request),
                text=self.changed_text(form),
                seen_sha256=data["seen_sha256"] or None,
                title=self.changed(form, "title"),
                syntax=self.changed(form, "syntax"),
                lifetime=data["lifetime"] or None,
                password=password,
                burn=data.get("burn") or None,
            )
        except PasteError as error:
            return self.refuse(form, error)
        response = redirect(paste)
        if password and paste.state == Paste.State.LIVE:
            keep_open(response, paste, password)
        return sending.sent(self.request, response)

    def refuse(self, form: EditForm, error: PasteError) -> HttpResponseBase:
        if isinstance(error, EditConflict):
            # Whoever sends it once more has been told of the text that is there now.
            self.__dict__.pop("readable_text", None)
            self.renewed = EditForm.seen(self.shown_text)
            form.renew(self.renewed)
            self.extra_context = {"is_conflict": True}
        if not sending.is_by_script(self.request):
            form.prepare_for_another_try()
        return super().refuse(form, error)

    def changed(self, form: EditForm, name: str) -> str | None:
        """Return a field's new value, or None if it stays as it is."""
        if form.is_untouched(name):
            return None
        return form.cleaned_data[name] or (None if self.empty_keeps else "")

    def changed_text(self, form: EditForm) -> str | None:
        """Return the new text, or None if it is the one shown, or the one there now.

        A text area gives all line ends back as one kind: an untouched text that mixes
        them is not rewritten.
        """
        text = form.cleaned_data["text"]
        if form.is_untouched("text"):
            return None
        if not text and not form.cleaned_data["seen_sha256"]:
            return None
        there = self.shown_text
        return None if there is not None and boxed(there) == boxed(text) else text


class DeleteView(OwnerView):
    form_class = DeleteForm
    template_name = "pastes/delete.html"
    passing = {"with_held": True}

    def form_valid(self, form: DeleteForm) -> HttpResponseBase:
        try:
            services.delete_paste(
                self.kwargs["slug"], owner_token=self.given_token(form)
            )
        except PasteError as error:
            return self.refuse(form, error)
        messages.success(self.request, _("The paste is deleted."))
        return redirect("pastes:mine" if self.own_token else "pastes:create")


class LockView(OwnerView):
    """Sets a password, or another one."""

    form_class = LockForm
    template_name = "pastes/lock.html"

    def form_valid(self, form: LockForm) -> HttpResponseBase:
        password = form.cleaned_data["password"]
        was_locked = self.paste.is_locked
        try:
            paste = services.edit_paste(
                self.kwargs["slug"],
                owner_token=self.given_token(form),
                client=answers.client_of(self.request),
                password=password,
            )
        except PasteError as error:
            return self.refuse(form, error)
        said = (
            _("The password is changed.") if was_locked else _("The paste is locked.")
        )
        messages.success(self.request, said)
        response = redirect(paste)
        keep_open(response, paste, password)
        return response


def keep_open(response: HttpResponseBase, paste: Paste, password: str) -> None:
    """Let the owner read on in this browser, past the password just set."""
    grant = services.unlock_paste(paste.slug, password=password, client=None)
    cookies.keep_grant(response, paste.get_absolute_url(), grant)


class BurnView(OwnerView):
    """Turns the paste into one that is read once."""

    form_class = BurnForm
    template_name = "pastes/burn.html"

    def form_valid(self, form: BurnForm) -> HttpResponseBase:
        try:
            paste = services.edit_paste(
                self.kwargs["slug"],
                owner_token=self.given_token(form),
                client=answers.client_of(self.request),
                burn=True,
            )
        except PasteError as error:
            return self.refuse(form, error)
        messages.success(self.request, _("From now on the paste can be read once."))
        return redirect(paste)


class MineView(PasteErrorMixin, TemplateView):
    """The pastes made in this browser. POST deletes them all."""

    template_name = "pastes/mine.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        key = cookies.maker_key(self.request)
        pastes = services.list_made_pastes(maker_key=key)
        for paste in pastes:
            paste.say_size = services.say_size(paste.size)
        return super().get_context_data(**kwargs) | {"pastes": pastes}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().get(request, *args, **kwargs)
        return answers.keep_privately(response, may_revalidate=False)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if request.POST.get("sure") != "yes":
            messages.error(
                request, _("Nothing is deleted: tick the box to say you mean it.")
            )
            return redirect("pastes:mine")
        count = services.delete_made_pastes(maker_key=cookies.maker_key(request))
        said = ngettext(
            "%(count)d paste is deleted.", "%(count)d pastes are deleted.", count
        )
        messages.success(request, said % {"count": count})
        return redirect("pastes:mine")
