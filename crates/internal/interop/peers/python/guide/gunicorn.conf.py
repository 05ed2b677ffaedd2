"""The configuration of gunicorn. Each worker sets telemetry up after the fork."""

import os
import signal
import threading

bind = "127.0.0.1:0"
# One worker waits for the response of a chain that ends in the other one.
workers = 2
control_socket_disable = True
# A worker that is slow on a busy machine is not killed.
timeout = 0
graceful_timeout = 60
# After this number of requests, a worker is replaced. Zero is no limit.
max_requests = int(os.environ.get("INTEROP_MAX_REQUESTS", "0"))

# Each worker writes a byte when it is ready.
ready_to_read, ready_to_write = os.pipe()


def when_ready(server) -> None:
    host, port = server.LISTENERS[0].sock.getsockname()
    threading.Thread(target=run_until_stopped, args=(f"{host}:{port}",), daemon=True).start()


def post_fork(server, worker) -> None:
    # The worker would ignore the signal until it has handlers of its own.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    import telemetry

    telemetry.configure()


def post_worker_init(worker) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    os.write(ready_to_write, b".")


def run_until_stopped(address: str) -> None:
    """Prints the address when all workers are ready, and ends at the end of standard input."""
    for _ in range(workers):
        os.read(ready_to_read, 1)
    print(f"listening on {address}", flush=True)
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
