//! Callers of the chain, and the headers that each of them sends.

use std::str::FromStr;

/// A caller of the chain: its headers, and the trace and span that they contain.
#[derive(Debug)]
pub struct Caller {
    /// `kontur`, `vostok`, `sentry`, `traceparent` or `all`.
    pub name: &'static str,
    /// The headers of each family, under the name of its propagator.
    pub sends: &'static [(&'static str, Headers)],
    /// The trace id, 32 hex digits.
    pub trace_id: &'static str,
    /// The current span id, 16 hex digits. It is the parent of the first span of the chain.
    pub span_id: &'static str,
}

/// Names and values of headers.
pub type Headers = &'static [(&'static str, &'static str)];

impl Caller {
    /// Returns the headers of all families.
    pub fn headers(&self) -> Vec<(&'static str, &'static str)> {
        let families = self.sends.iter();
        families
            .flat_map(|(_, headers)| *headers)
            .copied()
            .collect()
    }
}

impl FromStr for &'static Caller {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        CALLERS.iter().find(|it| it.name == name).ok_or_else(|| {
            let names: Vec<_> = CALLERS.iter().map(|it| it.name).collect();
            format!(
                "unknown caller {name:?}; known callers: {}",
                names.join(", ")
            )
        })
    }
}

/// One caller for each family of headers, and one that sends all families.
pub const CALLERS: [Caller; 5] = [
    // Captured from a real response. It also contains the request priority.
    Caller {
        name: "vostok",
        sends: &[(
            "vostok",
            &[(
                "Context-Globals",
                "FwAAAHZvc3Rvay5yZXF1ZXN0LnByaW9yaXR5CAAAAE9yZGluYXJ5FgAAAHZvc3Rvay50cmFjaW5nLmNv\
                 bnRleHRJAAAAMjdiYjdmYWEtNDgyOS00Y2Y0LTlhZTYtMDA3ZDcwOTA1NDY4OzBiY2QwOThhLTU5MjYtN\
                 DJlNC05NjAzLTJiMTM2MDdlODk5ZQ==",
            )],
        )],
        trace_id: "27bb7faa48294cf49ae6007d70905468",
        span_id: "0bcd098a592642e4",
    },
    // The trace id is captured. A span id of 8 digits is that of the older .NET library.
    Caller {
        name: "kontur",
        sends: &[(
            "kontur",
            &[
                ("X-Kontur-Trace-Id", "5ea7d9c5570c41cb966c9f7af263b2a8"),
                ("X-Kontur-Trace-SpanId", "2a7fc1db"),
                ("X-Kontur-Trace-IsSampled", "True"),
            ],
        )],
        trace_id: "5ea7d9c5570c41cb966c9f7af263b2a8",
        span_id: "000000002a7fc1db",
    },
    Caller {
        name: "sentry",
        sends: &[(
            "sentry",
            &[
                (
                    "sentry-trace",
                    "771a43a4192642f0b136d5159a501700-8f2c1d70b3a94e56-1",
                ),
                (
                    "baggage",
                    "sentry-trace_id=771a43a4192642f0b136d5159a501700,\
                     sentry-public_key=49d0f7386ad645858ae85020e393bef3,sentry-sample_rate=0.5,\
                     sentry-sample_rand=0.207418,sentry-sampled=true,sentry-environment=production",
                ),
            ],
        )],
        trace_id: "771a43a4192642f0b136d5159a501700",
        span_id: "8f2c1d70b3a94e56",
    },
    Caller {
        name: "traceparent",
        sends: &[(
            "tracecontext",
            &[
                (
                    "traceparent",
                    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                ),
                ("tracestate", "vendor=opaque"),
            ],
        )],
        trace_id: "0af7651916cd43dd8448eb211c80319c",
        span_id: "b7ad6b7169203331",
    },
    // All four families contain one trace and one span.
    Caller {
        name: "all",
        sends: &[
            (
                "tracecontext",
                &[(
                    "traceparent",
                    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                )],
            ),
            (
                "kontur",
                &[
                    ("X-Kontur-Trace-Id", "4bf92f3577b34da6a3ce929d0e0e4736"),
                    ("X-Kontur-Trace-SpanId", "00f067aa0ba902b7"),
                    ("X-Kontur-Trace-IsSampled", "True"),
                ],
            ),
            (
                "vostok",
                &[(
                    "Context-Globals",
                    "FgAAAHZvc3Rvay50cmFjaW5nLmNvbnRleHRJAAAANGJmOTJmMzUtNzdiMy00ZGE2LWEzY2UtOTI5\
                     ZDBlMGU0NzM2OzAwZjA2N2FhLTBiYTktMDJiNy0wMDAwLTAwMDAwMDAwMDAwMA==",
                )],
            ),
            (
                "sentry",
                &[
                    (
                        "sentry-trace",
                        "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
                    ),
                    (
                        "baggage",
                        "sentry-trace_id=4bf92f3577b34da6a3ce929d0e0e4736,\
                         sentry-public_key=49d0f7386ad645858ae85020e393bef3,sentry-sampled=true",
                    ),
                ],
            ),
        ],
        trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
        span_id: "00f067aa0ba902b7",
    },
];
