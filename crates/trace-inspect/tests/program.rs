//! `trace-inspect` as a person runs it: a real process, real captures, its output on the screen.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{json, Value};

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trace-inspect"));
    command
        .args(arguments)
        .env_remove("OTEL_PROPAGATORS")
        .env_remove("TRACE_INSPECT_VIEWER")
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
    // The program does not read its input if the arguments are wrong.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn shown(arguments: &[&str], input: &str) -> String {
    text(&run(program(arguments), input).stdout)
}

fn json(arguments: &[&str], input: &str) -> Value {
    let arguments = [&["--json"], arguments].concat();
    serde_json::from_slice(&run(program(&arguments), input).stdout).unwrap()
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

/// Returns the first report of the first message.
fn report(arguments: &[&str], input: &str) -> Value {
    json(arguments, input)["messages"][0]["reports"][0].take()
}

#[test]
fn a_capture_shows_its_trace_and_its_formats() {
    let output = run(
        program(&[&capture("extern-certificate.http"), "--sent"]),
        "",
    );
    assert_eq!(output.status.code(), Some(0));
    let shown = text(&output.stdout);
    for line in [
        "HTTP/1.1 200 OK",
        "The trace, from kontur",
        "  trace id     27bb7faa48294cf49ae6007d70905468  from kontur",
        "  parent span  0bcd098a592642e4                  from vostok",
        "  sampled      yes                               default; no header states it",
        "  viewer       https://mon.kontur.ru/contrails/27bb7faa48294cf49ae6007d70905468",
        "kontur found",
        "  x-kontur-trace-id  27bb7faa48294cf49ae6007d70905468",
        "vostok found",
        "  vostok.request.priority  Ordinary  passed on",
        "  trace                    27bb7faa-4829-4cf4-9ae6-007d70905468",
        "  span                     0bcd098a-5926-42e4-9603-2b13607e899e",
        "  = trace 27bb7faa48294cf49ae6007d70905468 span 0bcd098a592642e4",
        "  -H 'traceparent: 00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01'",
        "  -H 'x-kontur-trace-issampled: true'",
    ] {
        assert!(
            shown.lines().any(|shown| shown == line),
            "{line:?} in\n{shown}"
        );
    }
    assert!(
        shown.find("The trace,") < shown.find("kontur found"),
        "{shown}"
    );
    let is_header = |line: &&str| line.starts_with("  -H ");
    for line in shown.lines().filter(|line| !is_header(line)) {
        assert!(line.chars().count() <= 80, "{line:?}");
    }
}

#[test]
fn id_link_decision_and_warnings_take_ten_lines() {
    let input = format!(
        "traceparent: {TRACEPARENT}\ntrace-id: {}\nx-kontur-trace-id: {}\nsentry-trace: {}-1234567890abcdef-0\nb3: 0\n\
         context-globals: whatever\nx-kontur-trace-issampled: false\nrequest-priority: no\n",
        "7".repeat(32),
        "5".repeat(32),
        "6".repeat(32)
    );
    let shown = shown(&[], &input);
    let (top, rest) = shown.split_once("\n\n").unwrap();
    assert!(top.lines().count() <= 10, "{shown}");
    assert!(top.contains("warning: "), "{shown}");
    assert!(rest.contains("warning: "), "the others are below\n{shown}");
    assert!(!shown.contains("Outgoing headers"), "{shown}");
}

#[test]
fn every_way_in_which_people_have_headers_is_read() {
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
        let found = json(&[], &input);
        let mut traces = found["messages"].as_array().unwrap().iter().map(|message| &message["reports"][0]["trace"]);
        let trace = traces.find(|trace| !trace.is_null()).unwrap();
        let found = (&trace["trace_id"], &trace["span_id"], &trace["sampled"]);
        assert_eq!(found, (&json!(TRACE), &json!("0bcd098a592642e4"), &json!(true)), "{input}");
    }
}

#[test]
fn the_viewer_is_an_option_or_a_variable() {
    let input = format!("traceparent: {TRACEPARENT}");
    let link = |found: Value| found["traces"][0]["link"].clone();
    assert_eq!(
        link(json(&["--viewer", "https://a/{trace_id}?b"], &input)),
        format!("https://a/{TRACE}?b")
    );
    let mut command = program(&["--json"]);
    command.env("TRACE_INSPECT_VIEWER", "https://c/{trace_id}");
    let found: Value = serde_json::from_slice(&run(command, &input).stdout).unwrap();
    assert_eq!(link(found), format!("https://c/{TRACE}"));
    // Kontur's viewer does not have the traces of other formats.
    assert_eq!(link(json(&[], &input)), Value::Null);
    let kontur = format!("X-Kontur-Trace-Id: {TRACE}");
    assert_eq!(
        link(json(&[], &kontur)),
        format!("https://mon.kontur.ru/contrails/{TRACE}")
    );
}

#[test]
fn exit_status_and_json_distinguish_the_results() {
    for (input, code, status) in [
        (format!("traceparent: {TRACEPARENT}"), 0, "continued"),
        (format!("INFO trace_id={TRACE}"), 3, "mentioned"),
        (TRACE.to_owned(), 3, "mentioned"),
        ("traceparent: 00\n".to_owned(), 1, "nothing"),
        ("baggage: a=1\n".to_owned(), 1, "nothing"),
        ("Host: a\n".to_owned(), 1, "nothing"),
        (String::new(), 1, "nothing"),
    ] {
        assert_eq!(json(&[], &input)["status"], status, "{input:?}");
        for arguments in [&[][..], &["--json"]] {
            let output = run(program(arguments), &input);
            assert_eq!(output.status.code(), Some(code), "{arguments:?} {input:?}");
        }
    }
}

#[test]
fn json_of_one_header_is_short() {
    let printed = shown(&["--json"], &format!("traceparent: {TRACEPARENT}"));
    assert!(printed.len() < 1500, "{} bytes: {printed}", printed.len());
}

#[test]
fn json_says_which_propagator_stated_which_fact() {
    let input = format!(
        "x-kontur-trace-id: {TRACE}\nx-kontur-trace-issampled: false\nsentry-trace: {TRACE}-0bcd098a592642e4\n"
    );
    let trace = &report(&[], &input)["trace"];
    let from = ["from", "span_id_from", "sampled_from"].map(|key| &trace[key]);
    assert_eq!(from, ["sentry", "sentry", "kontur"]);
    assert_eq!(trace["sampled"], false);
}

#[test]
fn json_has_a_line_for_each_message() {
    let input = format!(
        "10:00:01 INFO x\n10:00:02 INFO trace_id={TRACE}\n10:00:03 INFO trace_id={TRACE}\n"
    );
    let found = json(&[], &input);
    let messages = found["messages"].as_array().unwrap();
    let lines: Vec<_> = messages.iter().map(|message| &message["line"]).collect();
    assert_eq!(lines, [2, 3]);
    let trace = &found["traces"][0];
    assert_eq!(
        (&trace["count"], &trace["first"], &trace["last"]),
        (&json!(2), &json!("2"), &json!("3"))
    );
    assert_eq!(found["lines"], 3);
}

#[test]
fn several_messages_begin_with_a_table() {
    let input = format!(
        "10:00:01 INFO x-kontur-trace-id={TRACE}\n10:00:02 INFO x\n10:00:03 INFO trace_id={}\n10:00:04 INFO x-kontur-trace-id={TRACE}\n",
        "5".repeat(32)
    );
    let shown = shown(&[], &input);
    let lines: Vec<_> = shown.lines().take(6).collect();
    assert_eq!(
        lines,
        [
            "2 traces in 3 messages of 4 lines".to_owned(),
            format!("{:32}   count  lines            in", "trace"),
            format!("{TRACE}       2  1-4              kontur"),
            format!("  https://mon.kontur.ru/contrails/{TRACE}"),
            format!("{}       1  3                trace_id", "5".repeat(32)),
            String::new(),
        ]
    );
    assert!(shown.contains("\n== 3 of 3, line 4 ==="), "{shown}");
}

#[test]
fn more_than_twenty_are_shown_with_all() {
    let input: String = (1..=30)
        .map(|i| format!("10:00:00 INFO trace_id={i:032x}\n"))
        .collect();
    let first = shown(&[], &input);
    assert!(
        first.contains("30 traces in 30 messages of 30 lines"),
        "{first}"
    );
    assert!(
        first.contains("… and 10 more traces; --all shows them"),
        "{first}"
    );
    assert!(!first.contains("== "), "{first}");
    let all = shown(&["--all"], &input);
    assert!(
        all.contains(&format!("{:032x}       1  30 ", 30)) && all.contains("== 30 of 30"),
        "{all}"
    );
    assert_eq!(json(&[], &input)["messages"].as_array().unwrap().len(), 30);
}

#[test]
fn output_appears_while_the_input_arrives() {
    let mut child = program(&[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for i in 1..=3 {
        writeln!(stdin, "10:00:0{i} INFO trace_id={i:032x}").unwrap();
        stdin.flush().unwrap();
        // The input is still open.
        let line = lines.next().unwrap().unwrap();
        assert_eq!(line, format!("line {i}: {i:032x}  trace_id"));
    }
    drop(stdin);
    assert_eq!(
        lines.next().unwrap().unwrap(),
        "3 traces in 3 messages of 3 lines"
    );
    child.wait().unwrap();
}

#[test]
fn several_files_are_read_in_their_order() {
    let directory = std::env::temp_dir().join(format!("trace-inspect-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(format!("INFO trace_id={TRACE}\n").as_bytes())
        .unwrap();
    std::fs::write(file("a.log.gz"), gzip.finish().unwrap()).unwrap();
    std::fs::write(
        file("b.log"),
        "x\nINFO {27BB7FAA-4829-4CF4-9AE6-007D70905468}\n",
    )
    .unwrap();
    let (a, b) = (file("a.log.gz"), file("b.log"));

    let found = json(&[&a, &b], "");
    assert_eq!(found["messages"][0]["file"], a);
    assert_eq!(found["messages"][0]["line"], 1);

    let output = run(program(&["--find", TRACE, &a, &b]), "");
    let expected = format!(
        "{a}:1: INFO trace_id={TRACE}\n{b}:2: INFO {{27BB7FAA-4829-4CF4-9AE6-007D70905468}}\n"
    );
    assert_eq!(text(&output.stdout), expected);
    assert_eq!(output.status.code(), Some(0));
    let output = run(program(&["--find", &"5".repeat(32), &a, &b]), "");
    assert_eq!(output.status.code(), Some(1));
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn a_long_line_is_read_up_to_the_limit() {
    let input = format!(
        "traceparent: {TRACEPARENT} {}\nb3: 0\n",
        "x".repeat(3 << 20)
    );
    let limited = shown(&["--limit", "1"], &input);
    assert!(limited.contains("bytes of long lines were skipped; --limit sets how much is read"));
    assert!(!shown(&[], &input).contains("were skipped"));
}

#[test]
fn all_formats_of_the_build_are_read_without_a_list() {
    let formats = opentelemetry_autoprop::known_formats().iter();
    let enabled: Vec<_> = formats
        .filter(|format| format.is_enabled())
        .map(|format| format.name)
        .collect();
    let list = names(&json(&[], ""));
    let is_read = |header: &&str| {
        let formats = opentelemetry_autoprop::known_formats().iter();
        let mut readers = formats.filter(|format| list.split(',').any(|name| name == format.name));
        readers.any(|format| format.headers.contains(header))
    };
    for format in opentelemetry_autoprop::known_formats() {
        if enabled.contains(&format.name) {
            assert!(
                format.headers.iter().all(&is_read),
                "{} in {list}",
                format.name
            );
        }
    }
}

#[test]
fn a_refused_format_says_why_in_one_line() {
    let input =
        "x-kontur-trace-id: zzz\ncontext-globals: whatever\nsentry-trace: -1\ntraceparent: 00\n";
    let output = run(program(&[]), input);
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output.stdout);
    for line in [
        "kontur refused",
        "  x-kontur-trace-id: expected 32 hex digits, found 3 characters",
        "vostok refused",
        "  context-globals: envelope byte 0: string length 2058163906 exceeds the 2 remaining bytes",
        "sentry refused",
        "  sentry-trace: trace id: expected 32 hex digits, found 0 characters",
        "tracecontext refused",
        "  traceparent: expected 55 characters, found 2",
        "No trace: a new one would start here.",
    ] {
        assert!(
            shown.lines().any(|shown| shown == line),
            "{line:?} in\n{shown}"
        );
    }
}

#[test]
fn a_refused_format_of_others_says_why() {
    for (header, format, reason) in [
        (
            "b3: zzz",
            "b3",
            "b3: expected a span id after the trace id and a hyphen",
        ),
        (
            "x-b3-traceid: 4bf9\nx-b3-spanid: 00f067aa0ba902b7",
            "b3multi",
            "x-b3-traceid: trace id: expected 32 or 16 hex digits, found 4 bytes",
        ),
        (
            "x-amzn-trace-id: Self=1",
            "xray",
            "x-amzn-trace-id: expected a field Root",
        ),
        (
            "uber-trace-id: 1:2",
            "jaeger",
            "uber-trace-id: expected four fields, separated by colons",
        ),
        (
            "ot-tracer-traceid: x\not-tracer-spanid: 1",
            "ottrace",
            "ot-tracer-traceid: invalid hex digit 'x' at character 1",
        ),
    ] {
        let found = report(&["--propagators", format], header);
        let refused = found["formats"][0]["refused"].as_str().unwrap();
        assert!(refused.starts_with(reason), "{header}: {refused}");
    }
}

#[test]
fn an_envelope_past_the_limit_is_refused() {
    let shown = shown(&[], &format!("context-globals: {}\n", "A".repeat(20_000)));
    assert!(
        shown.contains("context-globals: length 20000 exceeds the limit of 16384 bytes"),
        "{shown}"
    );
}

#[test]
fn sentry_shows_each_item_and_its_refusal() {
    let input = format!(
        "sentry-trace: {TRACE}-0bcd098a592642e4\nbaggage: sentry-release=caf%C3%A9,sentry-org_id=2,userId=4\n"
    );
    let found = report(&["--propagators", "sentry,baggage", "--sent"], &input);
    let sentry = &found["formats"][0];
    assert_eq!(sentry["refused"], Value::Null);
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
            "sentry-release=café",
            "sentry-org_id=2"
        ]
    );
    let baggage = "sentry-release=caf%C3%A9,sentry-org_id=2,userId=4";
    let outgoing = found["outgoing"].as_array().unwrap();
    assert!(
        outgoing.contains(&json!(["baggage", baggage])),
        "{outgoing:?}"
    );

    let mut command = program(&["--propagators", "sentry"]);
    command.env("SENTRY_DSN", "https://key@o1.ingest.sentry.io/1");
    let output = run(command, &input);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("sentry-trace: trace of another organization"));
}

#[test]
fn list_comes_from_the_option_the_variable_or_is_all() {
    assert_eq!(
        names(&json(&[], "")),
        "b3,xray,jaeger,ottrace,tracecontext,baggage,sentry,kontur,vostok"
    );
    assert_eq!(
        names(&json(&["--propagators", "vostok,kontur"], "")),
        "vostok,kontur"
    );
    let mut command = program(&["--json"]);
    command.env("OTEL_PROPAGATORS", "kontur,vostok");
    let output = run(command, "");
    assert_eq!(
        names(&serde_json::from_slice(&output.stdout).unwrap()),
        "kontur,vostok"
    );
}

fn names(json: &Value) -> String {
    let names = json["lists"][0].as_array().unwrap().iter();
    names
        .map(|name| name.as_str().unwrap())
        .collect::<Vec<_>>()
        .join(",")
}

#[test]
fn list_with_problems_is_resolved_as_by_a_service() {
    for list in [
        "kontur,konturr",
        "konturr",
        "jaeger",
        "none,kontur",
        "kontur,,KONTUR",
        "",
    ] {
        // What a service does with the variable, and what it logs.
        let service = || {
            let list = list.to_owned();
            opentelemetry_autoprop::builder()
                .lookup(move |name| (name == "OTEL_PROPAGATORS").then(|| list.clone()))
        };
        let expected = service().from_env();
        let expected: Vec<_> = expected.names().map(str::to_owned).collect();
        let message = service().try_from_env().err();
        let message = message.map_or(String::new(), |error| {
            format!("opentelemetry-autoprop: {error}\n")
        });

        let mut outputs = vec![run(program(&["--json", "--propagators", list]), "")];
        // An empty variable is an unset one, for which this tool reads everything.
        if !list.is_empty() {
            let mut command = program(&["--json"]);
            command.env("OTEL_PROPAGATORS", list);
            outputs.push(run(command, ""));
        }
        for output in outputs {
            let json: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(json["lists"][0], json!(expected), "{list:?}");
            assert_eq!(text(&output.stderr), message, "{list:?}");
        }
    }
}

#[test]
fn the_later_of_two_traces_wins_and_is_named() {
    let input = format!(
        "traceparent: {TRACEPARENT}\nx-kontur-trace-id: 00000000000000000000000000000005\n"
    );
    assert_eq!(
        report(&["--propagators", "tracecontext,kontur"], &input)["trace"]["from"],
        "kontur"
    );
    assert_eq!(
        report(&["--propagators", "kontur,tracecontext"], &input)["trace"]["from"],
        "tracecontext"
    );
}

#[test]
fn lists_that_give_one_trace_show_what_each_sends_on() {
    let header = format!("traceparent: {TRACEPARENT}");
    let lists = [
        "--sent",
        "--propagators",
        "tracecontext",
        "--propagators",
        "tracecontext,kontur",
    ];
    let shown = shown(&lists, &header);
    assert_eq!(
        shown.matches("The trace, from tracecontext").count(),
        1,
        "{shown}"
    );
    assert!(!shown.contains("depends on"), "{shown}");
    let (_, sent_on) = shown
        .split_once("\nOutgoing headers with tracecontext\n")
        .unwrap();
    assert_eq!(
        sent_on,
        format!(
            "  -H 'traceparent: {TRACEPARENT}'\n\n\
             Outgoing headers with tracecontext,kontur\n  \
             -H 'traceparent: {TRACEPARENT}'\n  \
             -H 'x-kontur-trace-id: {TRACE}'\n  \
             -H 'x-kontur-trace-spanid: 0bcd098a592642e4'\n  \
             -H 'x-kontur-trace-issampled: true'\n"
        )
    );
}

#[test]
fn lists_that_give_different_traces_are_compared() {
    let input = format!(
        "traceparent: {TRACEPARENT}\nx-kontur-trace-id: {}\n",
        "5".repeat(32)
    );
    let lists = [
        "--sent",
        "--propagators",
        "tracecontext,kontur",
        "--propagators",
        "kontur,tracecontext",
        "--propagators",
        "sentry",
    ];
    let shown = shown(&lists, &input);
    let lines = [
        "The trace depends on the list of propagators:",
        "with tracecontext,kontur",
        "The trace, from kontur",
        "with kontur,tracecontext",
        "The trace, from tracecontext",
        "with sentry",
        "No trace: a new one would start here.",
        "tracecontext found",
        "kontur found",
        "warning with sentry: traceparent is not read: tracecontext is not in the list of",
        "Outgoing headers with tracecontext,kontur",
        "Outgoing headers with kontur,tracecontext",
        "Outgoing headers with sentry: none",
    ];
    let mut rest = shown.lines();
    for line in lines {
        assert!(rest.any(|shown| shown == line), "{line:?} in\n{shown}");
    }

    let found = json(&lists, &input);
    let reports = found["messages"][0]["reports"].as_array().unwrap();
    assert_eq!(found["lists"][1], json!(["kontur", "tracecontext"]));
    assert_eq!(reports[0]["trace"]["trace_id"], "5".repeat(32));
    assert_eq!(reports[1]["trace"]["trace_id"], TRACE);
    assert!(reports[1]["outgoing"]
        .as_array()
        .unwrap()
        .contains(&json!(["x-kontur-trace-id", TRACE])));
    assert_eq!(reports[2]["trace"], Value::Null);
}

#[test]
fn lists_find_a_trace_if_one_of_them_does() {
    let header = format!("traceparent: {TRACEPARENT}");
    let lists = ["--propagators", "kontur", "--propagators", "tracecontext"];
    let output = run(program(&lists), &header);
    assert_eq!(output.status.code(), Some(0));
    let found = json(&lists, &header);
    assert_eq!(found["status"], "continued");
    assert_eq!(found["messages"][0]["reports"][0]["trace"], Value::Null);
}

#[test]
fn arguments_may_be_headers() {
    let header = format!("traceparent: {TRACEPARENT}");
    let kontur = format!("X-Kontur-Trace-Id: {TRACE}");
    for arguments in [
        &[&*header][..],
        &[&kontur, &header],
        &["-H", &header],
        &["-H", &kontur, "-H", &header],
        &["--", "-H", &header],
        &[
            "--",
            "curl",
            "https://a/",
            "-X",
            "POST",
            "-H",
            &kontur,
            "-H",
            &header,
        ],
        &[TRACEPARENT],
    ] {
        let arguments = [&["--json"], arguments].concat();
        let output = run(program(&arguments), "");
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let trace = &found["messages"][0]["reports"][0]["trace"];
        assert_eq!(trace["trace_id"], TRACE, "{arguments:?}");
        assert_eq!(trace["span_id"], "0bcd098a592642e4", "{arguments:?}");
    }
}

#[test]
fn warnings_name_what_is_legal_and_looks_wrong() {
    let sentry = "771a43a4192642f0b136d5159a501700-1234567890abcdef";
    let globals = "FwAAAHZvc3Rvay5yZXF1ZXN0LnByaW9yaXR5CAAAAE9yZGluYXJ5FgAAAHZvc3Rvay50cmFjaW5nLmNvbnRleHRJAAAAMjdiYjdmYWEtNDgyOS00Y2Y0LTlhZTYtMDA3ZDcwOTA1NDY4OzBiY2QwOThhLTU5MjYtNDJlNC05NjAzLTJiMTM2MDdlODk5ZQ==";
    for (input, warning) in [
        (
            format!("traceparent: {TRACEPARENT}\nsentry-trace: {sentry}-1\n"),
            "sentry and tracecontext state different traces",
        ),
        (
            format!("traceparent: {TRACEPARENT}\nx-kontur-trace-id: {TRACE}\nx-kontur-trace-spanid: 0000000000000007\n"),
            "kontur and tracecontext state different parent spans: 0000000000000007 and 0bcd098a592642e4",
        ),
        (
            format!("traceparent: {TRACEPARENT}\nx-kontur-trace-id: {TRACE}\nx-kontur-trace-issampled: false\n"),
            "tracecontext states that the trace is sampled, kontur that it is not",
        ),
        (
            format!("x-kontur-trace-id: {TRACE}\n"),
            "no header states the parent span: 27bb7faa48294cf4 is derived",
        ),
        (
            format!("sentry-trace: {sentry}-1\nbaggage: sentry-trace_id={TRACE}\n"),
            "sentry-trace_id in baggage belongs to another trace",
        ),
        (
            format!("sentry-trace: {sentry}-1\nbaggage: sentry-sampled=false\n"),
            "sentry-sampled in baggage is false, and sentry-trace states 1",
        ),
        (
            format!("sentry-trace: {sentry}-1\nbaggage: sentry-sample_rand=0.9,sentry-sample_rate=0.5\n"),
            "sentry-sample_rand 0.9 and sentry-sample_rate 0.5 contradict the decision true",
        ),
        (
            format!("context-globals: {globals}\n"),
            "a priority in context-globals only",
        ),
        (
            format!("context-globals: {globals}\nrequest-priority: Critical\n"),
            "two priorities: request-priority is Critical, vostok.request.priority is Ordinary",
        ),
        (
            format!("traceparent: {TRACEPARENT}\ntrace-id: {}\n", "7".repeat(32)),
            "trace-id has another trace id than tracecontext",
        ),
        (
            format!("traceparent: {TRACEPARENT}\ntraceparent: {TRACEPARENT}\n"),
            "traceparent: 2 lines, where one is expected",
        ),
        (
            format!("traceparent: {TRACEPARENT}\nbaggage: a={}\n", "x".repeat(9000)),
            "baggage: 9002 bytes; many servers refuse more than 8 KiB",
        ),
    ] {
        let found = report(&[], &input);
        let warnings = found["warnings"].as_array().unwrap();
        let is_it = |found: &Value| found.as_str().unwrap().starts_with(warning);
        assert!(warnings.iter().any(is_it), "{warning:?} in {warnings:?}");
    }
    let sound = format!(
        "traceparent: {TRACEPARENT}\ncontext-globals: {globals}\nrequest-priority: Ordinary\nbaggage: a=1\n"
    );
    assert_eq!(report(&[], &sound)["warnings"], json!([]));
}

#[test]
fn warnings_name_headers_that_the_list_does_not_read() {
    let input = format!("traceparent: {TRACEPARENT}\nb3: {TRACE}-0bcd098a592642e4-1\n");
    let found = report(&["--propagators", "tracecontext"], &input);
    assert_eq!(
        found["warnings"][0],
        "b3 is not read: b3 or b3multi is not in the list of propagators"
    );
}

#[test]
fn terminal_is_told_what_is_waited_for() {
    // script(1) gives the program a terminal, and an end of input.
    let program = program(&[]).get_program().to_str().unwrap().to_owned();
    let mut command = Command::new("script");
    command.args(["-qec", &program, "/dev/null"]);
    let shown = text(&run(command, "\u{4}").stdout);
    assert!(shown.contains("Paste headers"), "{shown}");
}

#[test]
fn wrong_usage_is_status_2_with_a_reason() {
    for arguments in [
        &["--viewer", "https://example.org/"][..],
        &["--unknown"],
        &["--find", "27bb"],
        &["one", "two"],
        &["/nonexistent/file.http"],
    ] {
        let output = run(program(arguments), "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).starts_with("error: "), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn report_has_no_effect_on_the_terminal() {
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
    let input = format!("sentry-trace: {TRACE}-0bcd098a592642e4-1\nbaggage: sentry-a=';x;'\n");
    let shown = shown(&["--propagators", "sentry", "--sent"], &input);
    assert!(
        shown.contains(r"-H 'baggage: sentry-a='\'';x;'\'''"),
        "{shown}"
    );
}

#[test]
fn color_is_for_terminals_that_want_it() {
    let input = format!("traceparent: {TRACEPARENT}");
    assert!(
        !shown(&[], &input).contains('\u{1b}'),
        "a pipe is not a terminal"
    );
    for (variables, colored) in [(&[][..], true), (&[("NO_COLOR", "1")], false)] {
        // script(1) gives the program a terminal.
        let program = program(&[]).get_program().to_str().unwrap().to_owned();
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
        assert_eq!(shown.contains('\u{1b}'), colored, "{variables:?} {shown:?}");
    }
}
