//! What belongs to one message, and what is a header in it: the smallest inputs of each kind.

use opentelemetry_autoprop::Propagator;
use trace_inspect::headers::{self, Message};
use trace_inspect::report::Report;

const A: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const B: &str = "27bb7faa48294cf49ae6007d70905468";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn read(text: impl AsRef<[u8]>) -> Vec<Message> {
    headers::read(text.as_ref()).0
}

fn propagator() -> Propagator {
    opentelemetry_autoprop::from_list("tracecontext,baggage,kontur,vostok,sentry").unwrap()
}

/// Returns per message its trace, and whether it is continued.
fn traces(text: impl AsRef<[u8]>) -> Vec<(String, bool)> {
    let messages = read(text);
    let reports = messages
        .iter()
        .map(|message| Report::new(message, &propagator()));
    let traces = reports.filter_map(|report| report.trace);
    traces
        .map(|trace| (trace.trace_id.to_string(), trace.is_continued))
        .collect()
}

fn mentioned(id: &str) -> Vec<(String, bool)> {
    vec![(id.to_owned(), false)]
}

#[test]
fn log_records_are_messages_of_their_own() {
    let log =
        format!("10:00:01 INFO A traceparent={PARENT}\n10:00:02 INFO B x-kontur-trace-id={B}\n");
    assert_eq!(traces(&log), [(A.to_owned(), true), (B.to_owned(), true)]);
    for message in read(&log) {
        assert_eq!(
            Report::new(&message, &propagator())
                .warnings
                .iter()
                .filter(|w| w.contains("different traces"))
                .count(),
            0
        );
    }
    let lines: Vec<_> = read(&log).iter().map(|message| message.line).collect();
    assert_eq!(lines, [1, 2]);
}

#[test]
fn labels_are_read_next_to_headers() {
    let log = format!("INFO baggage=user=1\nERROR traceId={B}\n");
    let messages = read(&log);
    assert_eq!(messages[0].headers["baggage"], "user=1");
    assert_eq!(messages[1].mentions[0].id.trace_id.to_string(), B);
}

#[test]
fn boundaries_keep_a_shape_whole() {
    assert_eq!(traces(format!(r"sent \n{PARENT}")), mentioned(A));
    assert_eq!(traces(format!("job_{PARENT}")), []);
    assert_eq!(traces(format!("x{PARENT}")), []);
    // Spring Boot's ids.
    let messages = read(format!("10:00:00 INFO [{A}-00f067aa0ba902b7] started"));
    assert!(messages[0].headers.is_empty());
    assert_eq!(messages[0].mentions[0].id.sampled, None);
}

#[test]
fn typed_attributes_have_one_value() {
    for json in [
        format!(
            r#"{{"MessageAttributes":{{"traceparent":{{"StringValue":"{PARENT}","DataType":"String"}}}}}}"#
        ),
        format!(
            r#"{{"MessageAttributes":{{"traceparent":{{"Type":"String","Value":"{PARENT}"}}}}}}"#
        ),
        format!(
            r#"{{"messageAttributes":{{"traceparent":{{"stringValue":"{PARENT}","dataType":"String"}}}}}}"#
        ),
        format!(
            r#"got {{"traceparent":{{"StringValue":"{PARENT}","DataType":"String"}}}} from the queue"#
        ),
    ] {
        assert_eq!(traces(&json), [(A.to_owned(), true)], "{json}");
    }
}

#[test]
fn color_is_no_part_of_a_field() {
    let log = format!(
        "\u{1b}[2m2026-11-28T23:14:05Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[3mtrace_id\u{1b}[0m\u{1b}[2m=\u{1b}[0m{B}\n"
    );
    assert_eq!(traces(log), mentioned(B));
}

#[test]
fn log_fields_are_never_refused_headers() {
    let decimal = u128::from_str_radix(B, 16).unwrap();
    let bytes: Vec<u8> = decimal.to_be_bytes().into();
    for log in [
        format!("INFO trace_id=0x{B}"),
        format!("INFO trace_id={decimal}"),
        format!("INFO trace_id={bytes:?}"),
        "INFO trace_id=J7t/qkgpTPSa5gB9cJBUaA==".to_owned(),
        format!(r#"{{"trace_id":{bytes:?}}}"#),
        r#"{"traceId":"J7t/qkgpTPSa5gB9cJBUaA=="}"#.to_owned(),
    ] {
        assert_eq!(traces(&log), mentioned(B), "{log}");
    }
    for log in [
        "INFO trace_id=none",
        "INFO trace_id=${traceId}",
        "INFO traceId: 17",
    ] {
        assert!(read(log).is_empty(), "{log}");
    }
}

#[test]
fn every_line_with_an_id_is_a_message() {
    let log: String = (1..=500).map(|i| format!("traceId={i:032x}\n")).collect();
    let messages = read(log);
    let ids = messages
        .iter()
        .map(|message| message.mentions[0].id.trace_id.to_string());
    assert!(ids.eq((1..=500).map(|i| format!("{i:032x}"))));
    assert_eq!(messages[499].line, 500);
}

#[test]
fn headers_that_nobody_reads_are_mentioned() {
    for name in [
        "elastic-apm-traceparent",
        "ce-traceparent",
        "traceresponse",
        "Diagnostic-Id",
        "x-original-traceparent",
    ] {
        let messages = read(format!("GET / HTTP/1.1\n{name}: {PARENT}\n"));
        assert!(messages[0].headers.is_empty(), "{name}");
        let mention = &messages[0].mentions[0];
        assert_eq!(mention.label, name);
        assert_eq!(
            (mention.id.span_id.is_some(), mention.id.sampled),
            (true, Some(true))
        );
    }
    assert_eq!(traces(PARENT), mentioned(A));
}

#[test]
fn other_ids_are_no_traces() {
    for text in [
        "https://x/traces/9b15a1367e56e13823b8804e66ad1b1e.zip",
        "Java stack trace: 7cf4a1367e56e13823b8804e66ad1b1e",
        "X-Api-Key: a0ebefb9c93f393c07d2b14a10da18c4",
        "SENTRY_DSN=https://9b15a1367e56e13823b8804e66ad1b1e@o1.ingest.sentry.io/2",
        "6f8f5d6d93daa0961deaef261472d804  app.tar.gz",
        "index 27bb7faa48294cf49ae6007d70905468 0bcd098a592642e4 100644",
        "trace_id=00000000000000000000000000000000",
    ] {
        let messages = read(text);
        assert!(messages.is_empty(), "{text}: {messages:?}");
    }
}

#[test]
fn names_and_shapes_of_others_are_known() {
    for text in [
        format!("X-Trace-Id: {B}"),
        format!("X-Cloud-Trace-Context: {B}/123;o=1"),
        format!("Request-Id: |{B}.0bcd098a592642e4."),
        format!(r#"{{"operation_Id":"{B}"}}"#),
        format!(r#"{{"trace":{{"id":"{B}"}}}}"#),
        format!(r#"{{"@tr":"{B}"}}"#),
        format!("10:00 INFO [app,{B},0bcd098a592642e4,true] 1"),
        r#""Root=1-27bb7faa-48294cf49ae6007d70905468" "-""#.to_owned(),
        r#"{"Attributes":{"AWSTraceHeader":"Root=1-27bb7faa-48294cf49ae6007d70905468;Sampled=1"}}"#
            .to_owned(),
        format!("https://jaeger.example/trace/{B}?uiFind=1"),
        format!("https://grafana.example/explore?left=%7B%22query%22:%22{B}%22%7D"),
        format!(
            "x-datadog-trace-id: {}\nx-datadog-tags: _dd.p.tid=27bb7faa48294cf4",
            0x9ae6_007d_7090_5468_u64
        ),
    ] {
        assert_eq!(traces(&text), mentioned(B), "{text}");
    }
}

#[test]
fn tables_have_the_ids_of_their_column() {
    for head_and_rows in [
        format!(" id | trace_id | name \n----+----------+------\n  1 | {A} | x\n  2 | {B} | y\n(2 rows)\n"),
        format!("+----+-----+\n| id | trace_id |\n+----+-----+\n| 1 | {A} |\n| 2 | {B} |\n+----+-----+\n"),
        format!("┌─trace_id─┬─name─┐\n│ {A} │ x │\n│ {B} │ y │\n└──────┴──────┘\n"),
        format!("time,\"trace.id\",message\n\"a, b\",{A},x\n\"a, b\",{B},y\n"),
        format!("time\ttraceId\n1\t{A}\n2\t{B}\n"),
    ] {
        let ids: Vec<_> = traces(&head_and_rows).into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, [A, B], "{head_and_rows}");
    }
}

#[test]
fn a_list_ends_before_the_next_header() {
    let messages = read(format!(
        "traceparent:{PARENT},baggage:a=1,x-kontur-trace-id:{A} payload"
    ));
    assert_eq!(messages[0].headers["baggage"], "a=1");
    assert_eq!(messages[0].headers["x-kontur-trace-id"], A);
}

#[test]
fn only_finds_one_id_in_all_spellings() {
    const GLOBALS: &str = "FgAAAHZvc3Rvay50cmFjaW5nLmNvbnRleHRJAAAAMjdiYjdmYWEtNDgyOS00Y2Y0LTlhZTYtMDA3ZDcwOTA1NDY4OzBiY2QwOThhLTU5MjYtNDJlNC0wMDAwLTAwMDAwMDAwMDAwMA==";
    let decimal = u128::from_str_radix(B, 16).unwrap();
    let log = format!(
        "INFO id {}\nINFO {{27BB7FAA-4829-4CF4-9AE6-007D70905468}}\nINFO 0x{B}\nINFO {decimal}\n\
         INFO J7t/qkgpTPSa5gB9cJBUaA==\nINFO Root=1-27bb7faa-48294cf49ae6007d70905468\n\
         INFO other trace_id={A}\nINFO Context-Globals: {GLOBALS}\n",
        B.to_uppercase()
    );
    let mut lines = Vec::new();
    let id = headers::parse_id(B).unwrap();
    let mut reader = headers::Reader::new().only(id);
    reader.push(log.as_bytes(), &mut |message| lines.push(message.line));
    reader.finish(&mut |message| lines.push(message.line));
    assert_eq!(lines, [1, 2, 3, 4, 5, 6, 8]);
}

#[test]
fn entries_of_baggage_are_known_by_their_prefix() {
    let messages = read(format!(
        "uber-trace-id: {A}:00f067aa0ba902b7:0:1\nuberctx-tenant: a b\nOt-Baggage-User: 1\n"
    ));
    assert_eq!(messages[0].headers["uberctx-tenant"], "a b");
    assert_eq!(messages[0].headers["ot-baggage-user"], "1");
}
