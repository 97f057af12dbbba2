"""The page on which an owner downloads what the site keeps about a paste."""

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponseBase, JsonResponse

from pastes import answers, services
from pastes.forms import DataForm
from pastes.services import PasteError, WrongPassword
from pastes.views.owning import OwnerView


class DataView(OwnerView):
    """Also for a paste that is held or was taken down: it is its owner's data still."""

    form_class = DataForm
    template_name = "pastes/data.html"
    passing = {"with_hidden": True}

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        if not self.paste.is_locked or self.is_hidden:
            del form.fields["password"]
        return form

    @property
    def is_hidden(self) -> bool:
        return self.paste.state == self.paste.State.HIDDEN

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"is_hidden": self.is_hidden}

    def form_valid(self, form: DataForm) -> HttpResponseBase:
        try:
            kept = services.export_paste(
                self.paste.slug,
                owner_token=self.given_token(form),
                password=form.cleaned_data.get("password") or None,
                grant=self.request.COOKIES.get(answers.GRANT_COOKIE, ""),
                client=answers.client_of(self.request),
            )
        except PasteError as error:
            return self.refuse(form, error)
        paste_url = answers.full_link(self.request, self.paste.get_absolute_url())
        words = {"ensure_ascii": False, "indent": 1}
        response = JsonResponse(
            {"url": paste_url} | kept, DjangoJSONEncoder, json_dumps_params=words
        )
        name = f"paste-{self.paste.slug}.json"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def add_error(self, form: Any, error: PasteError) -> None:
        if isinstance(error, WrongPassword) and "password" in form.fields:
            form.add_error("password", error.sentence)
        else:
            super().add_error(form, error)
