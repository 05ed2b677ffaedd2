//! Names of headers that are parsed once, at compile time.

use http::HeaderName;

/// Defines [`find`] for these names, by length. The name alone would be compared with all others.
macro_rules! known_names {
    ($($len:literal: $($name:literal)+;)+) => {
        /// Returns the name of a header that a propagator of this family or of OpenTelemetry reads,
        /// or `None` for any other name.
        pub(crate) fn find(key: &str) -> Option<&'static HeaderName> {
            match key.len() {
                $($len => {
                    $(if key == $name {
                        static NAME: HeaderName = HeaderName::from_static($name);
                        return Some(&NAME);
                    })+
                    None
                })+
                _ => None,
            }
        }

        #[cfg(test)]
        const NAMES: &[&str] = &[$($($name),+),+];
    };
}

known_names! {
    2: "b3";
    7: "baggage";
    10: "x-b3-flags" "tracestate";
    11: "traceparent" "x-b3-spanid";
    12: "sentry-trace" "x-b3-traceid" "x-b3-sampled";
    13: "uber-trace-id";
    15: "context-globals" "x-amzn-trace-id";
    16: "request-priority" "ot-tracer-spanid";
    17: "x-kontur-trace-id" "ot-tracer-traceid" "ot-tracer-sampled" "x-b3-parentspanid";
    21: "x-kontur-trace-spanid";
    24: "x-kontur-trace-issampled" "x-kontur-trace-profileid";
    27: "x-kontur-trace-parentspanid";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_found() {
        for name in NAMES {
            assert_eq!(find(name).map(HeaderName::as_str), Some(*name));
        }
        assert_eq!(find("TraceParent"), None);
        assert_eq!(find("tracepareny"), None);
    }
}
