"""The configuration of gunicorn. Each worker sets telemetry up after the fork."""

import os
import signal
import threading

bind = "127.0.0.1:0"
# One worker waits for the response of a chain that ends in the other one.
workers = 2
control_socket_disable = True


def when_ready(server) -> None:
    host, port = server.LISTENERS[0].sock.getsockname()
    print(f"listening on {host}:{port}", flush=True)
    threading.Thread(target=stop_with_standard_input, daemon=True).start()


def post_fork(server, worker) -> None:
    import telemetry

    telemetry.configure()


def stop_with_standard_input() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
