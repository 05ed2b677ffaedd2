//! The shared code of the set-ups: a request for each family of headers, and its result.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{global, Context};
use opentelemetry_carriers::HttpHeaders;

/// A request with the headers of one family.
pub struct Request {
    family: &'static str,
    trace_id: &'static str,
    headers: &'static [(&'static str, &'static str)],
}

impl Request {
    pub fn headers(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in self.headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).expect("a header name"),
                HeaderValue::from_static(value),
            );
        }
        map
    }

    /// Prints whether the trace is continued, and the names of the headers that
    /// [`outgoing_headers`] returned in the handler.
    pub fn print(&self, outgoing: &str) {
        let names: Vec<_> = outgoing
            .lines()
            .map(|line| line.split(':').next().unwrap_or_default())
            .collect();
        let continues = if outgoing.contains(self.trace_id) {
            "continues"
        } else {
            "starts a new trace"
        };
        println!("{}: {continues}; sends {}", self.family, names.join(" "));
        for line in outgoing.lines().filter(|line| line.starts_with("baggage")) {
            println!("{}: {line}", self.family);
        }
    }
}

pub const REQUESTS: [Request; 4] = [
    Request {
        family: "tracecontext",
        trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
        headers: &[
            (
                "traceparent",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ),
            // One list on two lines.
            ("baggage", "user=alice"),
            ("baggage", "tier=gold"),
        ],
    },
    Request {
        family: "kontur",
        trace_id: "8a1f4c0e6b7d4e5f9c2b3a4d5e6f7081",
        headers: &[
            ("X-Kontur-Trace-Id", "8a1f4c0e6b7d4e5f9c2b3a4d5e6f7081"),
            ("X-Kontur-Trace-SpanId", "0bcd098a"),
        ],
    },
    Request {
        family: "vostok",
        trace_id: "27bb7faa48294cf49ae6007d70905468",
        headers: &[(
            "Context-Globals",
            "FgAAAHZvc3Rvay50cmFjaW5nLmNvbnRleHRJAAAAMjdiYjdmYWEtNDgyOS00Y2Y0LTlhZTYtMDA3ZDcwOTA1NDY4OzI3YmI3ZmFhLTQ4MjktNGNmNC0wMDAwLTAwMDAwMDAwMDAwMBcAAAB2b3N0b2sucmVxdWVzdC5wcmlvcml0eQgAAABPcmRpbmFyeQ==",
        )],
    },
    Request {
        family: "sentry",
        trace_id: "771a43a4192642f0b136d5159a501700",
        headers: &[(
            "sentry-trace",
            "771a43a4192642f0b136d5159a501700-1234567890abcdef-1",
        )],
    },
];

/// Returns the headers of a call that is made in this context, one per line.
pub fn outgoing_headers(cx: &Context) -> String {
    let mut headers = HeaderMap::new();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(cx, &mut HttpHeaders(&mut headers));
    });
    let lines = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap_or_default()));
    lines.collect()
}

/// Sends the request of each family to a service that responds with its [`outgoing_headers`].
#[allow(dead_code)] // A gRPC service is not called over plain HTTP.
pub async fn request_each_family(url: &str) -> Result<(), reqwest::Error> {
    for request in REQUESTS {
        let response = reqwest::Client::new().get(url).headers(request.headers());
        let response = response.send().await?.error_for_status()?;
        request.print(&response.text().await?);
    }
    Ok(())
}
