//! The memory of reading does not depend on the length of the input.

use std::io::{self, Read};

use allocation_counter::measure;
use trace_inspect::headers::read_stream;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Repeats a text without an end.
struct Repeated {
    unit: Vec<u8>,
    at: usize,
}

impl Read for Repeated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = (&self.unit[self.at..]).read(buffer)?;
        self.at = (self.at + len) % self.unit.len();
        Ok(len)
    }
}

/// A text that is not held: its start, a unit that repeats, and its end.
struct Kind {
    start: &'static str,
    unit: String,
    end: &'static str,
}

impl Kind {
    /// Returns a text of about `len` bytes.
    fn text(&self, len: usize) -> impl Read {
        let unit = self.unit.clone().into_bytes();
        let repeated = (len / unit.len() * unit.len()) as u64;
        let units = Repeated { unit, at: 0 }.take(repeated);
        self.start
            .as_bytes()
            .chain(units)
            .chain(self.end.as_bytes())
    }
}

fn kind(start: &'static str, unit: impl Into<String>, end: &'static str) -> Kind {
    let unit = unit.into();
    Kind { start, unit, end }
}

/// Texts of many lines, and of one line.
fn texts() -> Vec<(&'static str, Kind)> {
    vec![
        (
            "requests",
            kind(
                "",
                format!("GET /v1 HTTP/1.1\r\nHost: a\r\ntraceparent: {TRACEPARENT}\r\n\r\n"),
                "",
            ),
        ),
        (
            "log",
            kind("", format!("INFO a=1 traceparent={TRACEPARENT}\n"), ""),
        ),
        (
            "log without headers",
            kind("", "INFO request done path=/v1/orders/1 in 15 ms\n", ""),
        ),
        ("empty lines", kind("", "\n", "")),
        (
            "dump",
            kind(
                "",
                "0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a\n",
                "",
            ),
        ),
        ("Cyrillic log", kind("", "Запрос «выполнен» за 15 мс\n", "")),
        ("one line", kind("", "one line, a=1; ", "")),
        ("one word", kind("", "x", "")),
        (
            "one line with headers",
            kind("", format!("GET /v1 traceparent={TRACEPARENT}; "), ""),
        ),
        ("one command", kind("curl", " -H 'b3: 1'", "")),
    ]
}

/// Many JSON values, and one value.
fn json() -> Vec<(&'static str, Kind)> {
    let header = format!("\"traceparent\":\"{TRACEPARENT}\"");
    vec![
        (
            "JSON values",
            kind(
                "",
                format!("{{\"m\":\"x\",\"headers\":{{{header}}}}}\n"),
                "",
            ),
        ),
        ("list of numbers", kind("[0", ",0", "]")),
        (
            "list of headers",
            kind("[0", format!(",{{\"headers\":{{{header}}}}}"), "]"),
        ),
        (
            "list of lists",
            kind("[0", format!(",[{{{header}}},[{{{header}}}]]"), "]"),
        ),
        (
            "list of ids",
            kind(
                "[0",
                ",{\"trace_id\":\"27bb7faa48294cf49ae6007d70905468\"}",
                "]",
            ),
        ),
        (
            "lines of one header",
            kind("{\"baggage\":[\"a=1\"", ",\"a=1\"", "]}"),
        ),
        ("whitespace in JSON", kind("[", " ", "]")),
        ("long string", kind("[\"", "traceparent ", "\"]")),
        ("long string of escapes", kind("[\"", "\\u0041", "\"]")),
        ("long key", kind("{\"", "baggage", "\":1}")),
        ("JSON without an end", kind("[0", ",[0]", "")),
    ]
}

/// Reads each text in two lengths of more than two windows. The peak stays the same; if the input
/// was held, it would be a MiB higher.
fn assert_constant(kinds: Vec<(&'static str, Kind)>) {
    let peak = |kind: &Kind, len| {
        let text = kind.text(len);
        let info = measure(|| {
            let reading = read_stream(text, 20, &|_| true).expect("memory");
            assert!(reading.lines > 0);
        });
        info.bytes_max
    };
    for (name, kind) in kinds {
        let (short, long) = (peak(&kind, 9 << 18), peak(&kind, 13 << 18));
        assert!(long < short + (1 << 19), "{name}: {short} and {long} bytes");
        assert!(long < 10 << 20, "{name}: {long} bytes");
    }
}

#[test]
fn memory_for_text_is_constant() {
    assert_constant(texts());
}

#[test]
fn memory_for_json_is_constant() {
    assert_constant(json());
}
