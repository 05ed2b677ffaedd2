"""The Python peer: an HTTP service on loopback that uses Python's packages to read and send headers.

POST /versions      returns the versions of the installed packages
POST /read/<with>   returns the data that a package reads from the headers; options in the body
POST /send/<with>   sends a request with a package to a URL; returns its data and the response
POST /relay         sends a request with given headers to a URL; returns the response

It prints its address when it listens, and ends at the end of its standard input. So it ends with the
tests, even if they crash.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from importlib.metadata import distributions
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import formats
import otel
import otel_sentry
import relay
import sentry

PACKAGES = {"sentry": sentry, "otel-sentry": otel_sentry, "otel": otel, "formats": formats}


def versions() -> dict[str, str]:
    return {package.metadata["Name"]: package.version for package in distributions()}


def read(reader: Callable[..., dict], headers: dict[str, str], options: dict) -> dict[str, Any]:
    """Returns the data that was read, or the name of the exception that the package raised."""
    try:
        return reader(headers, options)
    except Exception as error:  # Any error that a header causes is an answer.
        return {"raised": type(error).__name__}


def send(sender: Callable[[dict], tuple[dict, list]], order: dict[str, Any]) -> dict[str, Any]:
    meant, headers = sender(order)
    return {"meant": meant, **relay.post(order["url"], headers)}


def answer(environ: dict[str, Any]) -> dict[str, Any]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    order = json.loads(body or "{}")
    match environ["PATH_INFO"].strip("/").split("/"):
        case ["versions"]:
            return versions()
        case ["read", name]:
            return read(PACKAGES[name].read, headers_of(environ), order)
        case ["send", name]:
            return send(PACKAGES[name].send, order)
        case ["relay"]:
            return relay.post(order["url"], order["headers"])
    raise LookupError(environ["PATH_INFO"])


def headers_of(environ: dict[str, Any]) -> dict[str, str]:
    """Returns the headers of a WSGI request, in which lines of one name are joined by commas."""
    prefix = "HTTP_"
    return {
        name.removeprefix(prefix).replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith(prefix)
    }


def application(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
    body = json.dumps(answer(environ)).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]


class Server(ThreadingMixIn, WSGIServer):
    """Handles requests in threads, because the peer may call a service that calls the peer."""

    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Logs no requests. Errors are still written to standard error."""


def end_with_standard_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    with make_server("127.0.0.1", 0, application, Server, Handler) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
