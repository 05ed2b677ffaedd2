//! `inspect` as a person runs it: a real process, real captures, what is on the screen.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{json, Value};

fn inspect(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inspect"));
    command
        .args(arguments)
        .env_remove("OTEL_PROPAGATORS")
        .env_remove("SENTRY_DSN");
    command
}

fn run(mut command: Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program need not read what it refuses for its arguments.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn shown(arguments: &[&str], input: &str) -> String {
    text(&run(inspect(arguments), input).stdout)
}

fn json(arguments: &[&str], input: &str) -> Value {
    let arguments = [&["--json"], arguments].concat();
    serde_json::from_slice(&run(inspect(&arguments), input).stdout).unwrap()
}

fn capture(name: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join("docs/captures")
        .join(name)
        .to_str()
        .unwrap()
        .to_owned()
}

const TRACE: &str = "27bb7faa48294cf49ae6007d70905468";
const TRACEPARENT: &str = "00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01";

#[test]
fn a_capture_shows_its_formats_its_trace_and_what_is_sent_on() {
    let output = run(inspect(&[&capture("extern-certificate.http")]), "");
    assert_eq!(output.status.code(), Some(0));
    let shown = text(&output.stdout);
    for line in [
        "HTTP/1.1 200 OK",
        "kontur found",
        "  x-kontur-trace-id         27bb7faa48294cf49ae6007d70905468",
        "  x-kontur-trace-spanid     missing; the parent is derived from the trace id",
        "vostok found",
        "  vostok.request.priority  Ordinary  passed on",
        "  trace                    27bb7faa-4829-4cf4-9ae6-007d70905468",
        "  span                     0bcd098a-5926-42e4-9603-2b13607e899e",
        "  = trace 27bb7faa48294cf49ae6007d70905468 span 0bcd098a592642e4 sampled",
        "not there: tracecontext, baggage, sentry",
        "The trace, from kontur",
        "  trace id     27bb7faa48294cf49ae6007d70905468",
        "  viewer       https://mon.kontur.ru/contrails/27bb7faa48294cf49ae6007d70905468",
        "  -H 'traceparent: 00-27bb7faa48294cf49ae6007d70905468-27bb7faa48294cf4-01'",
        "  -H 'x-kontur-trace-issampled: true'",
    ] {
        assert!(
            shown.lines().any(|shown| shown == line),
            "{line:?} in\n{shown}"
        );
    }
    let is_header = |line: &&str| line.starts_with("  -H ");
    for line in shown.lines().filter(|line| !is_header(line)) {
        assert!(line.chars().count() <= 80, "{line:?}");
    }
}

#[test]
fn every_way_in_which_people_have_headers_is_read() {
    let expected = json!({ "trace_id": TRACE, "span_id": "0bcd098a592642e4", "sampled": true });
    for input in [
        format!("traceparent: {TRACEPARENT}"),
        format!("HTTP/1.1 200 OK\r\nTraceparent:{TRACEPARENT}\r\n\r\n{{\"a\": 1}}\r\n"),
        format!("HTTP/2 200\ntraceparent:   {TRACEPARENT}  \n\ntraceparent: 00-0-0-0\n"),
        format!("GET /path HTTP/1.1\nHost: a\nTRACEPARENT: {TRACEPARENT}\n"),
        format!("* Trying 127.0.0.1:80...\n> GET / HTTP/1.1\n> traceparent: {TRACEPARENT}\n>\n< HTTP/1.1 200 OK\n< Server: a\n<\nbody: x\n"),
        format!("> GET / HTTP/1.1\n> Host: a\n> \n{{ [5 bytes data]\n< HTTP/1.1 200 OK\r\n< traceparent: {TRACEPARENT}\r\n< \r\n"),
        format!("HTTP/1.1 302 Found\ntraceparent: 00-1-1-1\n\nHTTP/1.1 200 OK\ntraceparent: {TRACEPARENT}\n\n"),
        format!("traceparent:\n {TRACEPARENT}\n"),
        format!("traceparent: {TRACEPARENT}\n\nx-kontur-trace-id: 00000000000000000000000000000005\n"),
        format!("\n\n# a comment: of a .http file\nnonsense\ntraceparent: {TRACEPARENT}\n"),
    ] {
        let json = json(&[], &input);
        let mut found = json["trace"].clone();
        for key in ["trace_state", "from", "link"] {
            found.as_object_mut().unwrap().remove(key);
        }
        assert_eq!(found, expected, "{input}");
    }
}

#[test]
fn a_refused_format_says_why_in_one_line() {
    let input =
        "x-kontur-trace-id: zzz\ncontext-globals: whatever\nsentry-trace: -1\ntraceparent: 00\n";
    let output = run(inspect(&[]), input);
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output.stdout);
    for line in [
        "kontur refused",
        "  x-kontur-trace-id: expected 32 hex digits, found 3 characters",
        "vostok refused",
        "  context-globals: envelope byte 0: a string of 2058163906 bytes, 2 are left",
        "sentry refused",
        "  sentry-trace: trace id: expected 32 hex digits, found 0 characters",
        "tracecontext refused",
        "  traceparent: it holds no valid trace",
        "No trace: a new one would start here.",
    ] {
        assert!(
            shown.lines().any(|shown| shown == line),
            "{line:?} in\n{shown}"
        );
    }
}

#[test]
fn an_envelope_that_the_propagator_finds_too_long_is_refused() {
    let shown = shown(&[], &format!("context-globals: {}\n", "A".repeat(20_000)));
    assert!(
        shown.contains("context-globals: 20000 bytes are more than the 16384 permitted"),
        "{shown}"
    );
}

#[test]
fn sentry_shows_ids_flag_every_item_and_whether_it_is_continued() {
    let input = format!(
        "sentry-trace: {TRACE}-0bcd098a592642e4\nbaggage: sentry-release=caf%C3%A9,sentry-org_id=2,userId=4\n"
    );
    let found = json(&["--propagators", "sentry,baggage"], &input);
    let sentry = &found["formats"][0];
    assert_eq!(sentry["status"], "found");
    let items: Vec<_> = sentry["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            format!(
                "{}={}",
                item["name"].as_str().unwrap(),
                item["value"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        items,
        [
            &*format!("sentry-trace={TRACE}-0bcd098a592642e4"),
            "decision=deferred",
            "sentry-release=café",
            "sentry-org_id=2"
        ]
    );
    assert_eq!(
        found["onward"]["baggage"],
        "sentry-release=caf%C3%A9,sentry-org_id=2,userId=4"
    );

    let mut command = inspect(&["--propagators", "sentry"]);
    command.env("SENTRY_DSN", "https://key@o1.ingest.sentry.io/1");
    let output = run(command, &input);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("sentry-trace: of another organisation"));
}

#[test]
fn the_list_comes_from_the_option_else_the_variable_else_it_is_all() {
    let names = |json: Value| -> Vec<String> {
        let formats = json["formats"].as_array().unwrap();
        formats
            .iter()
            .map(|format| format["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names(json(&[], "")).join(","),
        "tracecontext,baggage,kontur,vostok,sentry"
    );
    assert_eq!(
        names(json(&["--propagators", "vostok,kontur"], "")).join(","),
        "vostok,kontur"
    );

    let mut command = inspect(&["--json"]);
    command.env("OTEL_PROPAGATORS", "kontur,konturr");
    let output = run(command, "");
    assert_eq!(
        names(serde_json::from_slice(&output.stdout).unwrap()),
        ["kontur"]
    );
    assert!(text(&output.stderr).starts_with(
        "warning: OTEL_PROPAGATORS: unknown propagator \"konturr\", did you mean \"kontur\"?"
    ));
}

#[test]
fn the_later_of_two_traces_counts_and_its_format_is_named() {
    let input = format!(
        "traceparent: {TRACEPARENT}\nx-kontur-trace-id: 00000000000000000000000000000005\n"
    );
    assert_eq!(
        json(&["--propagators", "tracecontext,kontur"], &input)["trace"]["from"],
        "kontur"
    );
    assert_eq!(
        json(&["--propagators", "kontur,tracecontext"], &input)["trace"]["from"],
        "tracecontext"
    );
}

#[test]
fn the_viewer_is_an_option() {
    let input = format!("traceparent: {TRACEPARENT}");
    let found = json(&["--viewer", "https://example.org/t/{trace_id}?a"], &input);
    assert_eq!(
        found["trace"]["link"],
        format!("https://example.org/t/{TRACE}?a")
    );
}

#[test]
fn wrong_usage_is_status_2_with_a_usage_line() {
    for arguments in [
        &["--propagators", "whatever"][..],
        &["--viewer", "https://example.org/"],
        &["--unknown"],
        &["one", "two"],
        &["/nonexistent/file.http"],
    ] {
        let output = run(inspect(arguments), "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&output.stderr).contains("Usage: inspect "),
            "{arguments:?}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn what_a_stranger_wrote_does_nothing_to_the_terminal() {
    let input = format!(
        "sentry-trace: {TRACE}-0bcd098a592642e4-1\nbaggage: sentry-a=%1b[31m%0d%07%E2%80%AE{}\nserver: \u{1b}[2J\n",
        "x".repeat(500)
    );
    let shown = shown(&["--propagators", "sentry"], &input);
    assert!(
        !shown.contains(['\u{1b}', '\r', '\u{7}', '\u{202e}']),
        "{shown:?}"
    );
    assert!(
        shown.contains(r"sentry-a      \u{1b}[31m\r\u{7}\u{202e}xxx"),
        "{shown}"
    );
}

#[test]
fn a_quote_in_a_value_does_not_end_the_shell_word() {
    let input =
        format!("sentry-trace: {TRACE}-0bcd098a592642e4-1\nbaggage: sentry-a='; echo x;'\n");
    let shown = shown(&["--propagators", "sentry"], &input);
    assert!(
        shown.contains(r"-H 'baggage: sentry-a='\''; echo x;'\'''"),
        "{shown}"
    );
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let input = format!("traceparent: {TRACEPARENT}");
    assert!(
        !shown(&[], &input).contains('\u{1b}'),
        "a pipe is no terminal"
    );
    for (variables, coloured) in [(&[][..], true), (&[("NO_COLOR", "1")], false)] {
        // script(1) gives the program a terminal.
        let program = inspect(&[]).get_program().to_str().unwrap().to_owned();
        let mut command = Command::new("script");
        command.args([
            "-qec",
            &format!("{program} -- {}", capture("extern-token.http")),
            "/dev/null",
        ]);
        command
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .envs(variables.iter().copied());
        let shown = text(&run(command, "").stdout);
        assert!(shown.contains("The trace"), "{shown}");
        assert_eq!(
            shown.contains('\u{1b}'),
            coloured,
            "{variables:?} {shown:?}"
        );
    }
}
