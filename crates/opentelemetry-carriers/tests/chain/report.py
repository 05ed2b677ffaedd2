"""The last process of the chain: reads the trace from the environment, without OpenTelemetry."""

import os

_, trace, span, _ = os.environ["TRACEPARENT"].split("-")
print("report.py", trace, span, "none")
for name in ("X_KONTUR_TRACE_ID", "X_KONTUR_TRACE_SPANID", "SENTRY_TRACE", "CONTEXT_GLOBALS", "TRACESTATE"):
    print(name, os.environ.get(name, "none"))
