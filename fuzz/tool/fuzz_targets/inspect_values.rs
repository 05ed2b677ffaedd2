//! `trace-inspect`: the trace ids of B3, Jaeger and X-Ray, compared with the naive parsers.
#![cfg_attr(not(test), no_main)]

use propagator_oracle::kontur::read_trace_id;
use propagator_oracle::{notations, trim};
use trace_inspect::headers::readers::{is_valid, mentioned};

propagator_fuzz::value! {
    typical_len: 80;
    words: [
        "4bf92f3577b34da6", "4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6:00f067aa0ba902b7:0:1",
        "-00f067aa0ba902b7", "-d", "-1", ":", "%3A", "%3a", "0", "Root=1-5759e988-bd862e3fe1be46a994272793",
        ";Sampled=1", "trace;desc=\"", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "\"", " "
    ];
    fn check(text: &str) {
        let id = |name| mentioned(name, text).map(|id| u128::from_be_bytes(id.to_bytes()));
        let value = trim(text);
        assert_eq!(id("trace-id"), read_trace_id(text));
        assert_eq!(id("b3"), notations::b3(value));
        assert_eq!(id("uber-trace-id"), notations::uber_trace_id(value));
        assert_eq!(is_valid("uber-trace-id", text), id("uber-trace-id").is_some());
        assert_eq!(is_valid("server-timing", text), id("server-timing").is_some());
        if let Some(digits) = text.strip_prefix("Root=1-") {
            let digits = digits.split(';').next().unwrap_or_default().trim_end();
            let expected = read_trace_id(&digits.replacen('-', "", 1));
            assert_eq!(id("x-amzn-trace-id"), expected);
        }
    }
}
