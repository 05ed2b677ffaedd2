//! Large inputs, read by a real process: its memory has a limit, and its time grows with the input.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use inspect::headers::read_stream;
use serde_json::Value;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Kinds of inputs: what each begins with, what is repeated, and whether it may be read line by line
/// or value by value.
fn kinds() -> Vec<(&'static str, String, bool)> {
    let headers = format!("GET /v1 HTTP/1.1\r\nHost: a\r\ntraceparent: {TRACEPARENT}\r\n\r\n");
    vec![
        ("", headers, true),
        (
            "",
            format!("2026-11-25 INFO a=1 traceparent={TRACEPARENT}\n"),
            true,
        ),
        (
            "",
            "2026-11-25 INFO request done path=/v1/orders/1 in 15 ms\n".to_owned(),
            true,
        ),
        (
            "",
            format!("{{\"m\":\"x\",\"headers\":{{\"traceparent\":\"{TRACEPARENT}\"}}}}\n"),
            true,
        ),
        ("", "{\"b3\":\"1\"}\n".to_owned(), true),
        ("", "\n".to_owned(), true),
        (
            "",
            "0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a\n".to_owned(),
            true,
        ),
        ("", "Запрос «выполнен» за 15 мс\n".to_owned(), true),
        ("[", "0,".to_owned(), false),
        (
            "[",
            format!("{{\"headers\":{{\"traceparent\":\"{TRACEPARENT}\"}}}},"),
            false,
        ),
        (
            "[",
            "{\"trace_id\":\"27bb7faa48294cf49ae6007d70905468\"},".to_owned(),
            false,
        ),
        ("", "one line, a=1; ".to_owned(), false),
    ]
}

fn input(start: &str, unit: &str, len: usize) -> Vec<u8> {
    let mut input = format!("{start}{}", unit.repeat(len / unit.len()));
    if start == "[" {
        input.pop();
        input.push(']');
    }
    input.into_bytes()
}

/// Runs the program in a shell, which sets limits or measures.
fn run(shell: &str, input: &[u8]) -> Output {
    let mut child = Command::new("bash")
        .args(["-c", shell, "bash", env!("CARGO_BIN_EXE_inspect")])
        .env_remove("OTEL_PROPAGATORS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A process without memory ends before it has read everything.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().unwrap()
    })
}

#[test]
fn memory_has_a_limit() {
    let len = if cfg!(debug_assertions) {
        2_000_000
    } else {
        10_000_000
    };
    for (start, unit, is_streamed) in kinds() {
        // The address space of the process in KiB. A stream needs less than its length; a single
        // line or value is held once, in a buffer that may be twice as long and grows by copying.
        let limit = match is_streamed || cfg!(debug_assertions) {
            true => 48 * 1024,
            false => 80 * 1024,
        };
        // In an optimized build, more than fits into the limit shows that a stream is not held.
        let times = if is_streamed && !cfg!(debug_assertions) {
            6
        } else {
            1
        };
        let shell = format!("ulimit -v {limit}; exec \"$1\" --json");
        let output = run(&shell, &input(start, &unit, times * len));
        let status = output.status.code();
        assert!(
            matches!(status, Some(0 | 1 | 3)),
            "{status:?} for {start:?} {unit:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(json["lines"].as_u64().unwrap() > 0, "{unit:?}");
    }
}

#[test]
fn time_grows_with_the_input() {
    // The processor's time, which does not depend on other processes as much as the clock does.
    let seconds = |input: &[u8]| -> f64 {
        let output = run("TIMEFORMAT=%U; time \"$1\" >/dev/null", input);
        let shown = String::from_utf8(output.stderr).unwrap();
        shown.trim().parse().unwrap_or_else(|_| panic!("{shown}"))
    };
    let len = if cfg!(debug_assertions) {
        250_000
    } else {
        10_000_000
    };
    for (start, unit, _) in kinds() {
        let short = seconds(&input(start, &unit, len));
        let long = seconds(&input(start, &unit, 4 * len));
        // Linear time gives 4, quadratic time 16. A process needs some time for itself.
        assert!(
            long < 8.0 * (short + 0.02),
            "{short} s and {long} s for {start:?} {unit:?}"
        );
    }
}

#[test]
fn messages_are_not_cut_where_the_text_is() {
    const COUNT: usize = 30_000;
    let id = |i: usize| format!("{:032x}", i + 1);
    let header = |i: usize| format!("x-kontur-trace-id: {}", id(i));
    let shapes: [(&str, &dyn Fn(usize) -> String); 6] = [
        ("request", &|i| {
            format!(
                "GET /{i} HTTP/1.1\r\n{}\r\nbaggage: a={i}\r\n\r\n",
                header(i)
            )
        }),
        ("curl", &|i| {
            format!(
                "> GET /{i} HTTP/1.1\n> {}\n> baggage: a={i}\n>\n* done\n",
                header(i)
            )
        }),
        ("log", &|i| {
            format!("INFO GET /{i} x-kontur-trace-id={} baggage=a={i}\n", id(i))
        }),
        ("two lines", &|i| {
            format!(
                "INFO GET /{i}\n  x_kontur_trace_id={}\n  baggage=\"a={i}\"\n",
                id(i)
            )
        }),
        ("JSON", &|i| {
            format!(
                "{{\"h\":{{\"x-kontur-trace-id\":\"{}\",\"baggage\":\"a={i}\"}}}}\n",
                id(i)
            )
        }),
        ("part of an array", &|i| {
            format!(
                "{{\"X-Kontur-Trace-Id\":\"{}\",\"baggage\":\"a={i}\"}},\n",
                id(i)
            )
        }),
    ];
    for (shape, line) in shapes {
        let input: String = (0..COUNT).map(line).collect();
        assert!(input.len() > 2 << 20, "{shape}");
        let reading = read_stream(input.as_bytes(), usize::MAX, &|_| true).unwrap();
        assert_eq!(reading.count, COUNT, "{shape}");
        for (i, message) in reading.messages.iter().enumerate() {
            assert_eq!(message.headers["x-kontur-trace-id"], id(i), "{shape}");
            assert_eq!(message.headers["baggage"], format!("a={i}"), "{shape}");
        }
    }
}
