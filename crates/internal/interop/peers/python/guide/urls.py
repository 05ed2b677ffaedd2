"""The views of the Django service. The query parameter `to` is the URL of the next service."""

import logging

import httpx
from django.http import HttpRequest, HttpResponse
from django.urls import path

CLIENT = httpx.Client(trust_env=False, timeout=10)


def call(request: HttpRequest) -> HttpResponse:
    response = CLIENT.get(request.GET["to"])
    return HttpResponse(response.content, status=response.status_code)


def fail(request: HttpRequest) -> HttpResponse:
    logging.getLogger("shop").error("nothing to deliver")
    return HttpResponse(status=500)


urlpatterns = [path("", call), path("fail", fail)]
