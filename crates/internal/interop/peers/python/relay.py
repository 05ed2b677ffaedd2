"""Requests with headers exactly as given. Names may repeat."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10


def post(url: str, headers: list[tuple[str, str]]) -> dict[str, Any]:
    """Sends a POST request without a body, and returns the status and the JSON of the response."""
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.netloc, timeout=TIMEOUT_SECONDS)
    connection.putrequest("POST", f"{target.path}?{target.query}")
    for name, value in headers:
        connection.putheader(name, value)
    connection.putheader("content-length", "0")
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return {"status": response.status, "answer": json.loads(body) if body else None}
