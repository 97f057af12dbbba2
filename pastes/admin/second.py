"""The second factor's pages: setting it up, giving a code, taking it from somebody.

Whoever has given the password and not the code yet is let to no other page of the admin.
"""

from collections.abc import Callable
from typing import Any

import django_otp
import segno
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from pastes import answers
from pastes.forms import CodeForm
from pastes.services import say_wait, second_factor
from pastes.services.second_factor import SlowDown, WrongCode

# Their pages would show anybody's secret to whoever may see them.
admin.site.unregister([TOTPDevice, StaticDevice])
admin.site.unregister(User)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

ADMIN = "/admin/"
CODE_PAGE = "second:code"
OWN_PAGE = "second:manage"
# Which setup this session began. Another one's secret may be known to somebody else.
SETUP_KEY = "second_factor_setup"
FEW_CODES = 3


class SecondFactorMiddleware:
    """Leads staff to the code's page, or to set one up where the site requires it.

    It stands before every address of the admin, whichever view answers there.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if not request.path_info.startswith(ADMIN):
            return None
        user = request.user
        if not (user.is_active and user.is_staff) or user.is_verified():
            return None
        name = request.resolver_match.view_name
        if second_factor.has_second_factor(user):
            page = CODE_PAGE
        elif second_factor.is_required():
            page = OWN_PAGE
        else:
            return None
        if name in (page, "admin:logout"):
            return None
        query = {}
        if page == CODE_PAGE and request.method == "GET" and name != "admin:login":
            query = {"next": request.get_full_path()}
        return redirect(reverse(page) + (f"?{urlencode(query)}" if query else ""))


def ask_code(request: HttpRequest) -> HttpResponseBase:
    """The second step of signing in."""
    if request.user.is_verified() or not second_factor.has_second_factor(request.user):
        return redirect(next_page(request))
    form = CodeForm(request.POST if request.method == "POST" else None)
    form.fields["code"].widget.attrs["autofocus"] = True
    if form.is_valid():
        device = take_code(request, form)
        if device is not None:
            verified(request, device)
            warn_of_few_codes(request, device)
            return redirect(next_page(request))
    return page(request, "code", _("Second step"), form=form)


def manage(request: HttpRequest) -> HttpResponseBase:
    """One's own second factor: POST begins, confirms or changes it."""
    if request.method != "POST":
        return show(request)
    act = {
        "start": start,
        "confirm": confirm,
        "renew": with_code(renew),
        "replace": with_code(start),
        "remove": with_code(remove),
    }.get(request.POST.get("act", ""), show)
    if act is start and second_factor.has_second_factor(request.user):
        # The page is older than the second factor, which asks for a code.
        act = show
    return act(request)


def show(request: HttpRequest, form: CodeForm | None = None) -> HttpResponseBase:
    """The page as the second factor is now: off, being set up, or on."""
    user = request.user
    setup = second_factor.find_setup(user, request.session.get(SETUP_KEY))
    is_on = second_factor.has_second_factor(user)
    return page(
        request,
        "manage",
        _("Second factor"),
        form=form or CodeForm(),
        is_on=is_on,
        is_required=second_factor.is_required(),
        may_go_on=is_on or not second_factor.is_required(),
        setup=setup,
        picture=draw(setup.link) if setup else "",
        left=second_factor.count_recovery_codes(user),
    )


def start(request: HttpRequest) -> HttpResponseBase:
    request.session[SETUP_KEY] = second_factor.start_setup(request.user)
    return redirect(OWN_PAGE)


def confirm(request: HttpRequest) -> HttpResponseBase:
    form = CodeForm(request.POST)
    number = request.session.get(SETUP_KEY)
    if second_factor.find_setup(request.user, number) is None or not form.is_valid():
        return show(request, form)
    done = attempt(
        form,
        lambda code: second_factor.finish_setup(
            request.user, number, code, client=answers.client_of(request)
        ),
    )
    if done is None:
        return show(request, form)
    device, codes = done
    del request.session[SETUP_KEY]
    verified(request, device)
    return show_codes(request, codes, is_new=True)


def renew(request: HttpRequest) -> HttpResponseBase:
    codes = second_factor.renew_recovery_codes(request.user)
    return show_codes(request, codes, is_new=False)


def remove(request: HttpRequest) -> HttpResponseBase:
    if second_factor.is_required():
        raise PermissionDenied
    second_factor.remove_second_factor(request.user, by=request.user)
    request.session.pop(SETUP_KEY, None)
    messages.success(request, _("The second factor is off."))
    return redirect(OWN_PAGE)


def with_code(act: GetResponse) -> GetResponse:
    """Return the act as one that takes a fresh code first, and shows what is wrong."""

    def ask(request: HttpRequest) -> HttpResponseBase:
        form = CodeForm(request.POST)
        if not form.is_valid() or take_code(request, form) is None:
            return show(request, form)
        return act(request)

    return ask


def take_code(request: HttpRequest, form: CodeForm) -> Any:
    """Return the device that the form's code is right for; else None, and say so."""
    return attempt(
        form,
        lambda code: second_factor.check_code(
            request.user, code, client=answers.client_of(request)
        ),
    )


def attempt(form: CodeForm, verb: Callable[[str], Any]) -> Any:
    try:
        return verb(form.cleaned_data["code"])
    except WrongCode:
        words = _(
            "This code is wrong or has been used. Wait for the app's next one, and "
            "check that the phone's clock is right."
        )
    except SlowDown as error:
        words = _("Too many wrong codes. Try again in %(wait)s.") % {
            "wait": say_wait(error.seconds)
        }
    form.add_error("code", words)
    return None


def verified(request: HttpRequest, device: Any) -> None:
    """Let the session in, under another key than the one it had half-way."""
    django_otp.login(request, device)
    request.session.cycle_key()


def warn_of_few_codes(request: HttpRequest, device: Any) -> None:
    left = second_factor.count_recovery_codes(request.user)
    if isinstance(device, StaticDevice) or left < FEW_CODES:
        words = ngettext(
            "%(count)s recovery code is left. You can make new ones under "
            "“Second factor”.",
            "%(count)s recovery codes are left. You can make new ones under "
            "“Second factor”.",
            left,
        )
        messages.warning(request, words % {"count": left})


def next_page(request: HttpRequest) -> str:
    url = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_ours else reverse("admin:index")


def show_codes(
    request: HttpRequest, codes: list[str], *, is_new: bool
) -> HttpResponseBase:
    """Show them in the answer itself: kept nowhere, they are shown this once."""
    return page(request, "codes", _("Recovery codes"), codes=codes, is_new=is_new)


def draw(link: str) -> str:
    """Return a QR code as an image's address; dark on light, for scanners need that."""
    code = segno.make(link, error="m", micro=False, boost_error=False)
    return code.svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True)


def page(
    request: HttpRequest, name: str, title: str, **context: Any
) -> HttpResponseBase:
    context |= {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, f"admin/second_{name}.html", context)


@admin.register(User)
class StaffAdmin(UserAdmin):
    """Django's own, but that the record keeps its people.

    With the way back for somebody who lost phone and codes.
    """

    actions = ("reset_second_factor",)

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refuse for whoever stands on the record: it would go with them.

        Both of the admin's ways to delete ask here what would be deleted.
        """
        kept = [person for person in objs if person.logentry_set.exists()]
        if not kept:
            return super().get_deleted_objects(objs, request)
        words = _(
            "Who stands on the record is not deleted, for the record would go with "
            "them. Untick “Active” instead: they cannot sign in then."
        )
        messages.error(request, words)
        entries = _("what %(name)s did, on the record")
        return [], {}, set(), [entries % {"name": person} for person in kept]

    @admin.action(
        description=gettext_lazy("Remove the second factor…"), permissions=["reset"]
    )
    def reset_second_factor(
        self, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponseBase | None:
        # One's own goes with a code, on one's own page.
        people = list(queryset.exclude(pk=request.user.pk)[:100])
        if not people:
            messages.warning(
                request, _("Your own you turn off under “Second factor”, with a code.")
            )
            return None
        if "sure" not in request.POST:
            return page(request, "reset", _("Remove the second factor"), people=people)
        count = sum(
            second_factor.remove_second_factor(each, by=request.user) for each in people
        )
        words = ngettext(
            "%(count)s person has no second factor any more.",
            "%(count)s people have no second factor any more.",
            count,
        )
        messages.success(request, words % {"count": count})
        return None


routes = [
    path("", admin.site.admin_view(manage), name="manage"),
    path("code/", admin.site.admin_view(ask_code), name="code"),
]
