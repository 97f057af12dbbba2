"""Which address goes where."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from pastes import api, ops, views
from pastes.admin import second

urlpatterns = [
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    # Django's "view on site" would tell any staff user the link of paste number N.
    path("admin/r/<path:name>", views.nothing_here),
    path("admin/second-factor/", include((second.routes, "second"))),
    path("admin/", admin.site.urls),
    path("healthz", ops.healthz, name="healthz"),
    path("readyz", ops.readyz, name="readyz"),
    path("metrics", ops.metrics, name="metrics"),
    path("api/v1/", include((api.routes(), "api"))),
    path("api/v1", RedirectView.as_view(pattern_name="api:docs")),
    path("", include("pastes.urls")),
]

handler400 = "pastes.fallbacks.bad_request"
handler403 = "pastes.fallbacks.permission_denied"
handler404 = "pastes.fallbacks.not_found"
handler500 = "pastes.fallbacks.server_error"
