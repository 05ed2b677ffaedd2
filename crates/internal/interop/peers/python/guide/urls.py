"""The views of the Django service.

The query parameter `to` is the URL of the next service, if there is one.
"""

import logging

import httpx
from django.http import HttpRequest, HttpResponse
from django.urls import path

CLIENT = httpx.Client(trust_env=False, timeout=60)


def call(request: HttpRequest) -> HttpResponse:
    if "to" not in request.GET:
        return HttpResponse("the end")
    response = CLIENT.get(request.GET["to"])
    return HttpResponse(response.content, status=response.status_code)


def fail(request: HttpRequest) -> HttpResponse:
    logging.getLogger("shop").error("nothing to deliver")
    return HttpResponse(status=500)


urlpatterns = [path("", call), path("fail", fail)]
