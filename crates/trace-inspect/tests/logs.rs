//! Long logs: every id is counted, none is fused with another, and the memory is that of one record.

use std::collections::HashSet;

use allocation_counter::measure;
use opentelemetry_autoprop::Propagator;
use trace_inspect::headers::{Message, Reader};
use trace_inspect::output::{Options, Output, Text};
use trace_inspect::report::Report;

/// The length of the log: 100 MB if optimized, of which a test without optimization reads a part.
const LEN: usize = if cfg!(debug_assertions) {
    4_000_000
} else {
    100_000_000
};

fn propagator() -> Propagator {
    opentelemetry_autoprop::from_list("tracecontext,baggage,kontur,vostok,sentry").unwrap()
}

/// A log with ids in every 40th line, in turn in several notations.
struct Log {
    line: usize,
    ids: usize,
}

impl Log {
    /// Returns the next lines. `ids` are counted.
    fn next(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..1000 {
            let line = self.line;
            self.line += 1;
            let time = format!(
                "2026-11-28T{:02}:{:02}:{:02}.{:03}Z",
                line / 3_600_000 % 24,
                line / 60_000 % 60,
                line / 1000 % 60,
                line % 1000
            );
            if line % 40 != 7 {
                text.push_str(&format!(
                    "{time} INFO [http-nio-{}] c.e.orders.OrderService : order {line} stored in {} ms path=/v1/orders/{line}\n",
                    line % 16, line % 97
                ));
                continue;
            }
            self.ids += 1;
            let (id, span) = (
                format!("{:032x}", 0x5eed_0000_u128 << 64 | self.ids as u128),
                format!("{:016x}", self.ids),
            );
            text.push_str(&match self.ids % 5 {
                0 => format!("{time} INFO [http-nio-3] gateway : in traceparent=00-{id}-{span}-01 status=200\n"),
                1 => format!("{time} ERROR worker failed x-kontur-trace-id={id} x-kontur-trace-spanid={span}\n"),
                2 => format!("{time} WARN [{id}-{span}] retry\n"),
                3 => format!("{{\"time\":\"{time}\",\"level\":\"info\",\"trace_id\":\"{id}\",\"message\":\"done\"}}\n"),
                _ => format!("{time} INFO audit trace_id={id} span_id={span} user=1\n    at c.e.Orders.store(Orders.java:17)\n"),
            });
        }
        text
    }
}

#[test]
fn long_log_has_every_id_and_no_false_warning() {
    let propagator = propagator();
    let (mut log, mut len) = (Log { line: 0, ids: 0 }, 0);
    let (mut found, mut messages, mut warnings) = (HashSet::new(), 0, Vec::new());
    let mut check = |message: Message| {
        let report = Report::new(&message, &propagator);
        let trace = report.trace.expect("a trace");
        messages += 1;
        found.insert(trace.trace_id);
        let is_false =
            |warning: &String| warning.contains("different") || warning.contains("another trace");
        warnings.extend(report.warnings.into_iter().filter(is_false));
    };
    let mut reader = Reader::new();
    while len < LEN {
        let text = log.next();
        len += text.len();
        reader.push(text.as_bytes(), &mut check);
    }
    let summary = reader.finish(&mut check);
    assert_eq!(warnings, [""; 0]);
    assert_eq!((found.len(), messages), (log.ids, log.ids));
    assert_eq!(summary.skipped, 0);
}

/// Repeats a text, and returns the most bytes that were allocated at a time.
fn peak(start: &str, unit: &str, end: &str, len: usize) -> u64 {
    let part = unit.repeat((64 * 1024 / unit.len()).max(1));
    let info = measure(|| {
        let mut count = 0;
        let mut reader = Reader::new().limit(256 << 10);
        reader.push(start.as_bytes(), &mut |_| count += 1);
        for _ in 0..len / part.len() {
            reader.push(part.as_bytes(), &mut |_| count += 1);
        }
        reader.push(end.as_bytes(), &mut |_| count += 1);
        reader.finish(&mut |_| count += 1);
    });
    info.bytes_max
}

/// A unit of the lengths of which the memory is compared.
const MIB: usize = if cfg!(debug_assertions) {
    1 << 20
} else {
    4 << 20
};

#[test]
fn memory_does_not_grow_with_the_input() {
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (start, unit, end) in [
        (
            "",
            format!("GET /v1 HTTP/1.1\r\nHost: a\r\ntraceparent: {PARENT}\r\n\r\n"),
            "",
        ),
        ("", format!("INFO a=1 traceparent={PARENT}\n"), ""),
        (
            "",
            "INFO request done path=/v1/orders/1 in 15 ms\n".to_owned(),
            "",
        ),
        ("", format!("traceparent: {PARENT}\n"), ""),
        ("", "\n".to_owned(), ""),
        (
            "",
            "0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a\n".to_owned(),
            "",
        ),
        ("", "Запрос «выполнен» за 15 мс\n".to_owned(), ""),
        ("", "one line, a=1; ".to_owned(), ""),
        ("", format!("GET /v1 traceparent={PARENT}; "), ""),
        (
            "",
            format!("{{\"m\":\"x\",\"headers\":{{\"traceparent\":\"{PARENT}\"}}}}\n"),
            "",
        ),
        ("[0", ",0".to_owned(), "]"),
        ("[0\n", format!(",{{\"traceparent\":\"{PARENT}\"}}\n"), "]"),
        ("time\ttraceId\n", format!("1\t{}\n", &PARENT[3..35]), ""),
    ] {
        let (short, long) = (
            peak(start, &unit, end, 2 * MIB),
            peak(start, &unit, end, 3 * MIB),
        );
        assert!(
            long < short + (1 << 19),
            "{unit:?}: {short} and {long} bytes"
        );
        assert!(long < 48 << 20, "{unit:?}: {long} bytes");
    }
}

#[test]
fn time_is_linear_for_a_line_in_many_parts() {
    use std::time::{Duration, Instant};
    let start = Instant::now();
    let mut reader = Reader::new();
    for _ in 0..500_000 {
        reader.push(b"a", &mut |_| unreachable!("it contains no id"));
    }
    let summary = reader.finish(&mut |_| unreachable!("it contains no id"));
    assert_eq!(summary.lines, 1);
    // Copying the line for each part takes many times as long.
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn time_is_linear_for_hostile_texts() {
    use std::time::{Duration, Instant};
    // With nothing else running, 10 MB take about a second if optimized. The limits leave room for a
    // busy machine; a quadratic search exceeds them many times.
    let (len, limit) = match cfg!(debug_assertions) {
        true => (100_000, Duration::from_secs(10)),
        false => (10_000_000, Duration::from_secs(30)),
    };
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (start, unit) in [
        ("", format!("2026-01-01 INFO x traceparent={PARENT}\n")),
        ("", format!("traceparent: {PARENT}\n")),
        ("", "baggage: a=1\n".to_owned()),
        ("", "traceparent ".to_owned()),
        ("", "traceparent".to_owned()),
        ("", "traceparent: ".to_owned()),
        ("", "traceparent=[".to_owned()),
        ("", "traceparent \"\\".to_owned()),
        ("", "traceparent\"\"\"\"".to_owned()),
        ("", "trace_id=x,".to_owned()),
        ("", "trace_id:\n".to_owned()),
        ("", "trace_id,".to_owned()),
        ("", "trace_id|x\n".to_owned()),
        ("", "a_".to_owned()),
        ("", "baggage, ".to_owned()),
        ("", "baggage:a,".to_owned()),
        ("", "baggage='".to_owned()),
        ("", "'baggage', 'x".to_owned()),
        ("", "[".to_owned()),
        ("", "{\n".to_owned()),
        ("", "{\"a\":".to_owned()),
        ("", "{\"traceparent\":\n".to_owned()),
        ("[", format!("{{\"traceparent\":\"{PARENT}\"}},")),
        ("", " ".to_owned()),
        ("", "\n".to_owned()),
        ("", "\"".to_owned()),
        ("", "trace_id&quot;".to_owned()),
        ("", "trace_id\\n".to_owned()),
        ("", "https://a/%trace_id".to_owned()),
        ("", "curl a\\\n".to_owned()),
        ("", "-H '".to_owned()),
        ("", "context-globals: FwAAAHZvc3Rvay5yZXF1\n".to_owned()),
        (
            "context-globals: FwAAAHZv\n",
            "FwAAAHZvc3Rvay5yZXF1ZXN0FwAAAHZvc3Rvay5yZXF1ZXN0FwAAAHZvc3Rvay5yZXF1ZXN0\n".to_owned(),
        ),
        ("", "FwAAAHZvc3Rvay5yZXF1ZXN0".to_owned()),
        ("", "eyJh".to_owned()),
        ("baggage: a=1,\n", " a=1,\n".to_owned()),
        (
            "",
            "0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a\n".to_owned(),
        ),
        ("", "> ".to_owned()),
        ("", "> GET / HTTP/1.1\n< HTTP/1.1 200 OK\n".to_owned()),
        ("", "X-Kontur-TraceI: 1\n".to_owned()),
        ("", "4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
        ("", "4bf92f3577b34da6a3ce929d0e0e4736-".to_owned()),
        ("", "/trace/4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
        ("traceparent\ttrace_id\n", "\t".to_owned()),
    ] {
        let input = format!("{start}{}", unit.repeat(len / unit.len()));
        let begin = Instant::now();
        let mut output = Text::new(Vec::new(), Options::new(vec![propagator()]));
        let mut reader = Reader::new();
        let mut keep = |message| output.message(None, message).unwrap();
        reader.push(input.as_bytes(), &mut keep);
        let summary = reader.finish(&mut keep);
        output.finish(&summary).unwrap();
        let elapsed = begin.elapsed();
        println!("{elapsed:?} {unit:?}");
        assert!(elapsed < limit, "{elapsed:?} for {start:?} {unit:?}");
    }
}
