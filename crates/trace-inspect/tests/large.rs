//! Large inputs: the time of a real process grows with them, and messages are found in any part.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::json;
use trace_inspect::headers::read_stream;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Kinds of inputs: what each begins with, and what is repeated.
fn kinds() -> Vec<(&'static str, String)> {
    let headers = format!("GET /v1 HTTP/1.1\r\nHost: a\r\ntraceparent: {TRACEPARENT}\r\n\r\n");
    let object = format!("{{\"headers\":{{\"traceparent\":\"{TRACEPARENT}\"}}}}");
    vec![
        ("", headers),
        (
            "",
            format!("2026-11-25 INFO a=1 traceparent={TRACEPARENT}\n"),
        ),
        (
            "",
            "2026-11-25 INFO request done path=/v1/orders/1 in 15 ms\n".to_owned(),
        ),
        ("", format!("{object}\n")),
        ("", "{\"b3\":\"1\"}\n".to_owned()),
        ("", "\n".to_owned()),
        (
            "",
            "0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a\n".to_owned(),
        ),
        ("", "Запрос «выполнен» за 15 мс\n".to_owned()),
        ("[", "0,".to_owned()),
        ("[", format!("{object},")),
        (
            "[",
            "{\"trace_id\":\"27bb7faa48294cf49ae6007d70905468\"},".to_owned(),
        ),
        ("", "one line, a=1; ".to_owned()),
        ("", format!("one line, traceparent={TRACEPARENT}; ")),
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
        .args(["-c", shell, "bash", env!("CARGO_BIN_EXE_trace-inspect")])
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
    for (start, unit) in kinds() {
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

#[test]
fn a_long_line_is_cut_between_its_headers() {
    const COUNT: usize = 400;
    let id = |i: usize| format!("{:032x}", i + 1);
    let notations: [(&str, &dyn Fn(usize) -> String); 2] = [
        ("words", &|i| format!("x-kontur-trace-id={}", id(i))),
        ("quotes", &|i| {
            format!("\"X-Kontur-Trace-Id\":\"{}\"", id(i))
        }),
    ];
    for (notation, header) in notations {
        for rest in [" word".repeat(1500), ", a".repeat(3000)] {
            let line: String = (0..COUNT)
                .map(|i| format!("{}{rest} ", header(i)))
                .collect();
            assert!(line.len() > 2 << 20);
            let reading = read_stream(line.as_bytes(), usize::MAX, &|_| true).unwrap();
            let messages = reading.messages.iter();
            let ids = messages.flat_map(|m| m.headers.get_all("x-kontur-trace-id"));
            assert!(
                ids.eq((0..COUNT).map(id).collect::<Vec<_>>().iter()),
                "{notation}"
            );
        }
    }
}

#[test]
fn a_long_json_value_has_all_start_lines() {
    const COUNT: usize = 5000;
    let header = json!({ "name": "traceparent", "value": TRACEPARENT });
    let entry = |i: usize| {
        let url = format!("https://a.example/{i}?{}", "x".repeat(300));
        json!({ "request": { "headers": [header], "method": "GET", "url": url } })
    };
    let entries: Vec<_> = (0..COUNT).map(entry).collect();
    let input = json!({ "log": { "entries": entries } }).to_string();
    assert!(input.len() > 1 << 20);
    let reading = read_stream(input.as_bytes(), usize::MAX, &|_| true).unwrap();
    assert_eq!(reading.count, COUNT);
    for (i, message) in reading.messages.iter().enumerate() {
        let start_line = message.start_line.as_deref().unwrap();
        assert!(
            start_line.starts_with(&format!("GET https://a.example/{i}?")),
            "{start_line}"
        );
        assert!(message
            .read_as
            .starts_with(&format!("HAR, entry {}", i + 1)));
    }
}

#[test]
fn a_start_line_precedes_any_number_of_messages() {
    let message = json!({ "traceparent": TRACEPARENT });
    let input = json!({ "method": "GET", "url": "/", "items": vec![message; 5000] });
    let reading = read_stream(input.to_string().as_bytes(), usize::MAX, &|_| true).unwrap();
    assert_eq!(reading.count, 5000);
    let mut start_lines = reading.messages.iter().map(|message| &message.start_line);
    assert!(start_lines.all(|start_line| start_line.as_deref() == Some("GET /")));
}

#[test]
fn the_rest_of_a_long_json_string_is_skipped() {
    for (text, characters) in [("body ", 5), ("тело", 8), ("\\\"\\ud83d\\ude00, ", 16)] {
        let body = text.repeat((3 << 20) / characters);
        let input = format!("{{\"body\": \"{body}\", \"traceparent\": \"{TRACEPARENT}\"}} b3: 1");
        let reading = read_stream(input.as_bytes(), 9, &|_| true).unwrap();
        assert_eq!(reading.messages[0].headers["traceparent"], TRACEPARENT);
        assert_eq!(reading.messages[1].headers["b3"], "1");
        let expected = body.len() - (1 << 20);
        assert!(reading.skipped.abs_diff(expected) < 32, "{text}");
    }
}

#[test]
fn json_without_an_end_is_read_as_far_as_it_goes() {
    let object = format!("{{\"traceparent\":\"{TRACEPARENT}\"}}, ");
    let count = (2 << 20) / object.len();
    let input = format!("[{}x\nb3: 1\n", object.repeat(count));
    let reading = read_stream(input.as_bytes(), usize::MAX, &|_| true).unwrap();
    assert_eq!(reading.count, count + 1);
    assert_eq!(reading.messages[count].headers["b3"], "1");
}
