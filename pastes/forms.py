"""Forms: the shape of input. What a paste may be, the verbs decide."""

from functools import lru_cache
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pastes import highlight, services, tokens
from pastes.lifetimes import NEVER
from pastes.models import Block, Paste
from pastes.services import PasteError, signing_in

KEEP = ""
CRLF = "crlf"
# Line ends of more than one kind, or characters that a text area changes.
ODD = "odd"
STAMP_SALT = "pastes.form"
NEXT_PAGES = [("", "detail"), ("fork", "fork"), ("download", "download")]


class Words(forms.Field):
    """Text exactly as it was sent: nothing stripped, changed or refused here."""

    def __init__(self, *, widget: forms.Widget, **options: str | Promise) -> None:
        super().__init__(required=False, widget=widget, **options)

    def clean(self, value: Any) -> str:
        return value or ""


class OwnerToken(Words):
    """What proves that a paste is somebody's, where the browser's cookie does not."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Owner token"),
            help_text=gettext_lazy(
                "This browser did not make the paste. The token was shown when it "
                "was made."
            ),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )


class Menu(forms.Select):
    """A menu whose HTML is kept: Django renders a template for each of its options.

    What is none of its choices, and so may be anything, is rendered anew each time.
    """

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: Any = None,
    ) -> SafeString:
        choices = tuple(self.choices)
        chosen = value or ""
        if chosen not in dict(choices):
            return super().render(name, value, attrs, renderer)
        return rendered_menu(name, chosen, tuple((attrs or {}).items()), choices)


@lru_cache(maxsize=128)
def rendered_menu(
    name: str,
    value: str,
    attrs: tuple[tuple[str, Any], ...],
    choices: tuple[tuple[str, str], ...],
) -> SafeString:
    return forms.Select(choices=choices).render(name, value, dict(attrs))


def language_choices(current: str | None) -> list[tuple[str, str]]:
    """Return the menu, with the language that is chosen now if it is not on it."""
    choices = [("", _("Guess")), *services.say_menu()]
    language = highlight.find_language(current or "")
    if language and language not in highlight.MENU:
        choices.append((language.key, services.say_language(language)))
    return choices


class PasteForm(forms.Form):
    """A new paste, as the browser sends it."""

    text = Words(
        label=gettext_lazy("Text"),
        widget=forms.Textarea(
            attrs={
                "rows": 18,
                "autofocus": True,
                "spellcheck": "false",
                "autocapitalize": "off",
                "placeholder": gettext_lazy("Paste or type text here, or drop a file"),
            }
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("or a file"), required=False, allow_empty_file=True
    )
    title = Words(
        label=gettext_lazy("Title"),
        widget=forms.TextInput(attrs={"maxlength": 200, "dir": "auto"}),
    )
    syntax = Words(label=gettext_lazy("Language"), widget=Menu)
    lifetime = Words(label=gettext_lazy("Expiry"), widget=Menu)
    password = Words(
        label=gettext_lazy("Password"),
        help_text=gettext_lazy(
            "Optional. Readers must know it; it cannot be recovered."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    burn = forms.BooleanField(
        label=gettext_lazy("Burn after reading"),
        help_text=gettext_lazy("The first reader gets the text, then it is gone."),
        required=False,
    )
    fork_of = Words(widget=forms.HiddenInput())
    file_name = Words(widget=forms.HiddenInput())
    line_ends = Words(widget=forms.HiddenInput())
    # When the page was made, signed.
    opened = Words(widget=forms.HiddenInput(attrs={"autocomplete": "off"}))
    # For programs that fill whatever there is; the page shows it to nobody.
    backlink = Words(
        label=gettext_lazy("Leave this empty"),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "tabindex": "-1",
                "data-1p-ignore": True,
                "data-lpignore": "true",
            }
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        if "opened" in self.fields:
            self.fields["opened"].initial = new_stamp
        self.fields["text"].widget.attrs["data-max-bytes"] = settings.PASTE_MAX_BYTES
        self.fields["syntax"].widget.choices = language_choices(self["syntax"].value())
        self.fields["lifetime"].widget.choices = services.offered_lifetimes()
        self.fields["lifetime"].initial = services.default_lifetime()
        if self["line_ends"].value() == ODD:
            self.fields["text"].help_text = _(
                "This text has mixed line ends, or characters that no text box can "
                "hold. Left as it is, it is kept exactly; once changed here, it gets "
                "line ends of one kind, and � for each such character."
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        # A browser sends CRLF for each line break of a text area, whatever was there.
        text = data["text"].replace("\r\n", "\n")
        is_crlf = data.pop("line_ends") == CRLF
        self.signs = signs_in(data.pop("opened", ""), data.pop("backlink", ""))
        data["text"] = text.replace("\n", "\r\n") if is_crlf else text
        upload = data.pop("file", None)
        if upload is not None and upload.size:
            if text.strip():
                self.add_error("file", _("Send either the text or the file, not both."))
            data["text"] = upload.read()
            data["file_name"] = upload.name
            data["title"] = data["title"] or upload.name[:200]
        return data

    def prepare_for_another_try(self) -> None:
        """Keep what a browser cannot: an uploaded text; and ask for the password again.

        The page holds no password, and sent once more without it the text would be
        open to everybody.
        """
        if self.data.get("password"):
            self.add_error("password", _("Type the password again."))
        upload = self.cleaned_data.get("text")
        if isinstance(upload, bytes) and not self.data.get("text", "").strip():
            text = upload.decode(errors="replace")
            self.data = self.data.copy()
            self.data["text"] = text
            self.data["line_ends"] = line_ends_of(text)


def new_stamp() -> str:
    """Return this moment, signed."""
    return signing.TimestampSigner(salt=STAMP_SALT).sign("")


def signs_in(stamp: str, backlink: str) -> tuple[str, ...]:
    """Return what is odd in how a form was filled, as keys of spam.SIGNS.

    A stamp that is missing, old or not of this site says nothing: a saved page, or
    another SECRET_KEY.
    """
    signs = ("honeypot",) if backlink else ()
    try:
        signing.TimestampSigner(salt=STAMP_SALT).unsign(
            stamp, max_age=settings.SPAM_MIN_SECONDS
        )
    except signing.BadSignature:
        return signs
    return (*signs, "hasty")


def boxed(text: str) -> str:
    """Return a text as a text area gives it back, its line ends all LF.

    Of what a page may hold, HTML's parser changes CR and NUL alone: it reads each CR and
    CRLF as LF, and NUL as U+FFFD (HTML, 13.2.3.5 and 13.2.5.2).
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def kind_of(text: str) -> str:
    """Return what the form keeps beside a text: CRLF, ODD or "" for a plain one."""
    line_ends = line_ends_of(text)
    given_back = boxed(text)
    if line_ends == CRLF:
        given_back = given_back.replace("\n", "\r\n")
    return line_ends if given_back == text else ODD


def line_ends_of(text: str) -> str:
    """Return CRLF if all lines of the text end so: a text area cannot tell it back."""
    has_only_crlf = "\r\n" in text and "\n" not in text.replace("\r\n", "")
    return CRLF if has_only_crlf else ""


class EditForm(PasteForm):
    """Changes to a paste; what is left empty stays as it is."""

    file = fork_of = file_name = opened = backlink = None
    unlock = forms.BooleanField(
        label=gettext_lazy("Remove the password"), required=False
    )
    owner_token = OwnerToken()
    # Which text the page showed: the paste's, and as a text area gives it back. Both are
    # empty where it showed none.
    seen_sha256 = Words(widget=forms.HiddenInput())
    boxed_sha256 = Words(widget=forms.HiddenInput())

    def __init__(
        self, *args: Any, is_locked: bool, is_burn: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("title", "syntax"):
            self.fields[name].show_hidden_initial = True
        if is_burn:
            del self.fields["burn"]
        else:
            self.fields["burn"].help_text = _(
                "The next reader gets the text, then it is gone. This cannot be "
                "taken back."
            )
        self.fields["password"].help_text = (
            _("Leave it empty to keep the old one.")
            if is_locked
            else _("Leave it empty for none.")
        )
        self.fields["text"].widget.attrs["placeholder"] = ""
        lifetimes = self.fields["lifetime"]
        lifetimes.widget.choices = [(KEEP, _("as it is"))] + [
            (key, _("%(span)s from now") % {"span": words} if key != NEVER else words)
            for key, words in services.offered_lifetimes()
        ]
        lifetimes.initial = KEEP

    @staticmethod
    def seen(text: str | None) -> dict[str, str]:
        """Return the fields that say which text the page shows, or that it shows none."""
        if text is None:
            return {"seen_sha256": "", "boxed_sha256": ""}
        return {
            "seen_sha256": tokens.digest(text),
            "boxed_sha256": tokens.digest(boxed(text)),
        }

    def renew(self, fields: dict[str, str]) -> None:
        """Put other values into hidden fields; what was typed stays."""
        self.data = self.data.copy()
        for name, value in fields.items():
            self.data[name] = value

    def is_untouched(self, name: str) -> bool:
        """Whether a field holds what the page showed in it, whatever the paste has now."""
        value = self.cleaned_data[name]
        if name == "text":
            shown = self.cleaned_data["boxed_sha256"]
            return bool(shown) and tokens.digest(boxed(value)) == shown
        return value == self.data.get(self[name].html_initial_name)


class UnlockForm(forms.Form):
    """The password check of a locked paste."""

    password = Words(
        label=gettext_lazy("Password"),
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "autofocus": True}
        ),
    )
    next = forms.ChoiceField(
        choices=NEXT_PAGES, required=False, widget=forms.HiddenInput()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class DeleteForm(forms.Form):
    owner_token = OwnerToken()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class LockForm(DeleteForm):
    """A password for a paste that is there already."""

    field_order = ["owner_token", "password"]
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        error_messages={"required": gettext_lazy("Type a password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class BurnForm(DeleteForm):
    """Nothing but whose paste it is: there is one thing to say yes to."""


class DataForm(DeleteForm):
    """Whose paste it is, and for a locked one's text its password."""

    field_order = ["owner_token", "password"]
    password = Words(
        label=gettext_lazy("Password"),
        help_text=gettext_lazy("Without it the file has everything but the text."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ReportForm(forms.Form):
    """What a reader tells the moderators; the verb knows how long it may be."""

    reason = Words(
        label=gettext_lazy("What is wrong with it"),
        widget=forms.RadioSelect(attrs={"required": True}),
    )
    details = Words(
        label=gettext_lazy("Details"),
        help_text=gettext_lazy(
            "Optional. What helps to judge it: which lines, whose data."
        ),
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    contact = Words(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy(
            "Optional, to hear what a moderator decided. It is forgotten with the "
            "answer."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["reason"].widget.choices = Paste.Reason.choices
        self.fields["details"].widget.attrs["maxlength"] = services.MAX_DETAILS
        self.fields["contact"].widget.attrs["maxlength"] = services.MAX_CONTACT


class ModerationForm(forms.Form):
    """Why a moderator acts and what goes with it; the verb is one of moderate's acts.

    Its clean values are what services.moderate takes.
    """

    REACH = {
        "browser": gettext_lazy("all from the same browser"),
        "address": gettext_lazy("all from the same address"),
        "similar": gettext_lazy("all with nearly the same text"),
    }
    # The first choice accuses nobody: a hurried act records no false reason.
    reason = forms.ChoiceField(
        choices=Paste.Reason,
        initial=Paste.Reason.RULES,
        label=gettext_lazy("Reason"),
    )
    note = forms.CharField(
        label=gettext_lazy("Note for the record"), required=False, max_length=500
    )
    reach = forms.MultipleChoiceField(
        choices=REACH,
        label=gettext_lazy("Take along"),
        help_text=gettext_lazy("Never what a moderator looked at and kept."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    blocks = forms.MultipleChoiceField(
        choices={
            "text": gettext_lazy("the text, and what is nearly the same"),
            "network": gettext_lazy("the network it came from"),
        },
        label=gettext_lazy("Block"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    effect = forms.ChoiceField(
        choices=Block.Effect, label=gettext_lazy("Effect"), required=False
    )
    expires_in = forms.ChoiceField(
        choices={
            "1d": gettext_lazy("a day"),
            "7d": gettext_lazy("a week"),
            "14d": gettext_lazy("two weeks"),
            "3M": gettext_lazy("three months"),
            "": gettext_lazy("until it is removed"),
        },
        initial="14d",
        label=gettext_lazy("The block lasts"),
        required=False,
    )
    # When the page was made: what was edited since, the moderator has not seen.
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(
        label=gettext_lazy("All in this network are meant"), required=False
    )
    is_silent = forms.BooleanField(
        label=gettext_lazy("Tell the reporters nothing"), required=False
    )

    def __init__(
        self,
        data: Any = None,
        *,
        verb: str,
        reach: tuple[str, ...] = (),
        blocks: tuple[str, ...] = (),
        reason: str = "",
        may_block: bool = True,
    ) -> None:
        super().__init__(data, label_suffix="")
        terms = ["reason", "reach", "blocks", "effect", "expires_in"]
        without = [] if verb in ("hide", "delete") else terms
        if not (may_block or without):
            without = ["blocks", "effect", "expires_in"]
        if verb in ("restore", "delete"):
            without = [*without, "is_silent"]
        if not (data and data.get("confirmed")):
            without = [*without, "confirmed"]
        for name in without:
            del self.fields[name]
        if "reach" in self.fields:
            self.fields["reach"].initial = reach
            self.fields["reason"].initial = reason or Paste.Reason.RULES
        if "blocks" in self.fields:
            self.fields["blocks"].initial = blocks
        self.fields["seen_at"].initial = timezone.now().isoformat()

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        is_silent = values.pop("is_silent", False)
        values["answer"] = not is_silent
        if "effect" in values:
            values["effect"] = values["effect"] or Block.Effect.REFUSE
        return values

    def weigh(self, counts: dict[str, int]) -> None:
        """Say how many pastes each way takes along, and offer no empty one."""
        field = self.fields["reach"]
        field.choices = [
            (name, f"{words} ({services.say_most(counts[name])})")
            for name, words in self.REACH.items()
            if counts[name]
        ]
        if not field.choices:
            del self.fields["reach"]
        elif counts["browser"] and "browser" in (field.initial or ()):
            # Of an address others may be behind it as well.
            field.initial = ("browser",)

    def add_refusal(self, error: services.Invalid) -> None:
        """Put the verb's sentences beside their fields; what was chosen stays."""
        for name, sentences in error.errors.items():
            place = {"pattern": "blocks"}.get(name, name)
            self.add_error(place if place in self.fields else None, sentences)
        if "pattern" in error.errors:
            self.fields["confirmed"] = self.base_fields["confirmed"]


def device_cookie(name: str) -> str:
    """Return the name of the cookie by which a browser is known to sign in as a user."""
    return f"device-{signing_in.account_of(name)[:12]}"


class SignInForm(AdminAuthenticationForm):
    """The admin's sign-in, with its wrong tries limited.

    `refusal` is the error by which a try was refused before its password was looked at.
    """

    refusal: PasteError | None = None

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username", "")
        if not (name and self.cleaned_data.get("password")):
            return super().clean()
        request = self.request
        client = services.Client(request.client_address, spent=request.spent)
        device = request.COOKIES.get(device_cookie(name), "")
        try:
            with signing_in.sign_in_try(name, client=client, device=device):
                return super().clean()
        except PasteError as error:
            self.refusal = error
            raise ValidationError(error.sentence, code=error.code) from error


class CodeForm(forms.Form):
    """One code, of an authenticator app or a recovery code; the verb looks at it."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autocapitalize": "off",
                "spellcheck": "false",
            }
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class BlockTermsForm(forms.Form):
    """How a block holds, and why; the verb says what of it may be."""

    effect = Words(
        label=gettext_lazy("Effect"),
        help_text=gettext_lazy("To refuse says so at once; to hold asks a moderator."),
        widget=forms.Select,
    )
    reason = Words(label=gettext_lazy("Reason"), widget=forms.Select)
    expires_in = Words(
        label=gettext_lazy("Ends in"),
        help_text=gettext_lazy("Such as 12h, 14d or 3M. Empty: never."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"}),
    )
    note = Words(
        label=gettext_lazy("Note for the record"),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["effect"].widget.choices = Block.Effect.choices
        self.fields["reason"].widget.choices = Paste.Reason.choices

    def clean_expires_in(self) -> str:
        span = self.cleaned_data["expires_in"].strip()
        return "" if span == NEVER else span


class BlockForm(BlockTermsForm):
    """A new block."""

    field_order = ["kind", "pattern", "confirmed", "near"]
    kind = Words(label=gettext_lazy("Kind"), widget=forms.Select)
    pattern = Words(
        label=gettext_lazy("What is blocked"),
        help_text=gettext_lazy("How to write it depends on its kind:"),
        widget=forms.Textarea(
            attrs={"rows": 4, "dir": "auto", "spellcheck": "false", "required": True}
        ),
    )
    near = forms.BooleanField(
        label=gettext_lazy("Texts that are nearly the same, too"),
        required=False,
        initial=True,
    )
    # Shown once the verb asks for it.
    confirmed = forms.BooleanField(
        label=gettext_lazy("Yes, all of them are meant"),
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].widget.choices = Block.Kind.choices

    def ask_to_confirm(self) -> None:
        self.fields["confirmed"].widget = forms.CheckboxInput()


class ChangeBlockForm(BlockTermsForm):
    """Other terms of a block that there is; an empty span leaves its end as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expires_in"].help_text = _(
            "From now on, such as 12h, 14d or 3M; “never” for no end. Empty: as it is."
        )

    def clean_expires_in(self) -> str | None:
        return super().clean_expires_in() if self.cleaned_data["expires_in"] else None


class RemoveBlocksForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note for the record"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class TryBlocksForm(forms.Form):
    """What somebody might send, to see which blocks it would meet."""

    text = Words(
        label=gettext_lazy("Text"),
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto", "spellcheck": "false"}),
    )
    address = forms.GenericIPAddressField(
        label=gettext_lazy("From the address"),
        help_text=gettext_lazy("Such as 203.0.113.7."),
        required=False,
        unpack_ipv4=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
