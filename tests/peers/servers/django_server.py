"""A correct server on Django: one view, Django's own forms, behind gunicorn."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import path
from django.views import View
from judging import ALLOW, CHALLENGE, TERMS, Refusal, is_authorised, is_form, job_for, refusal

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"]},
}
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], APPEND_SLASH=False, LOGGING=LOGGING)
application = get_wsgi_application()


class Jobs(View):
    """The address where jobs are made."""

    http_method_names = [TERMS["method"].lower()]  # noqa: RUF012 - Django's own way to say it

    def http_method_not_allowed(self, _request: HttpRequest, *_arguments: Any, **_named: Any) -> JsonResponse:
        """Say in JSON what Django says without a body."""
        return JsonResponse(refusal("method not allowed"), status=405, headers=ALLOW)

    def post(self, request: HttpRequest) -> JsonResponse:
        """Make a job."""
        if not is_authorised(request.headers.get("Authorization")):
            return JsonResponse(refusal("a valid API key is required"), status=401, headers=CHALLENGE)
        if not is_form(request.headers.get("Content-Type")):
            return JsonResponse(refusal(f"send {TERMS['media_type']}"), status=415)
        try:
            return JsonResponse(job_for(dict(request.POST.lists()), set(request.FILES)))
        except (Refusal, MultiPartParserError, SuspiciousOperation) as error:
            return JsonResponse(refusal(str(error)), status=400)


def handler404(_request: HttpRequest, exception: Exception) -> JsonResponse:
    """Say in JSON that there is nothing here."""
    del exception
    return JsonResponse(refusal("not found"), status=404)


urlpatterns = [path(TERMS["path"].removeprefix("/"), Jobs.as_view())]
