//! Logging of configuration errors, and of ignored headers at debug level.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::{Context, KeyValue};
use opentelemetry_propagator_vostok::{Entries, VostokContextExt, VostokPropagator};
use tracing::Level;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the lines that `run` logs at this level and above.
fn logged(level: Level, run: impl FnOnce()) -> Vec<String> {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, run);
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn environment(variables: &[(&'static str, &'static str)]) -> opentelemetry_autoprop::Builder {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    opentelemetry_autoprop::builder()
        .lookup(move |variable| variables.get(variable).map(|value| (*value).to_owned()))
}

#[test]
fn invalid_list_is_one_error_with_all_problems() {
    let lines = logged(Level::WARN, || {
        environment(&[("OTEL_PROPAGATORS", "kontour,baggage,whatever")]).from_env();
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in [
        "ERROR autoprop: OTEL_PROPAGATORS: ",
        "did you mean \"kontur\"?",
        "unknown propagator \"whatever\"",
        "known names: ",
    ] {
        assert!(lines[0].contains(part), "{part:?} in {lines:?}");
    }
}

#[test]
fn differing_traces_are_one_debug_line() {
    let propagator = opentelemetry_autoprop::from_list("kontur,tracecontext,sentry").unwrap();
    let (a, b) = (
        "27bb7faa48294cf49ae6007d70905468",
        "771a43a4192642f0b136d5159a501700",
    );
    let extract = |kontur: &str, sentry: &str| {
        let request = HashMap::from([
            ("x-kontur-trace-id".to_owned(), kontur.to_owned()),
            (
                "traceparent".to_owned(),
                format!("00-{a}-1234567890abcdef-01"),
            ),
            (
                "sentry-trace".to_owned(),
                format!("{sentry}-1234567890abcdef"),
            ),
        ]);
        logged(Level::DEBUG, || {
            propagator.extract_with_context(&opentelemetry::Context::new(), &request);
        })
    };
    assert_eq!(extract(a, a), [""; 0]);
    let lines = extract(b, b);
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in [
        "TracesDiffer",
        &format!("tracecontext {a}"),
        &format!("kontur {b}"),
    ] {
        assert!(lines[0].contains(part), "{part:?} in {lines:?}");
    }
}

#[test]
fn malformed_header_is_one_debug_line() {
    for (list, header) in [
        ("tracecontext", "traceparent"),
        ("kontur", "x-kontur-trace-id"),
        ("vostok", "context-globals"),
        ("sentry", "sentry-trace"),
        ("b3", "b3"),
        ("jaeger", "uber-trace-id"),
        ("xray", "x-amzn-trace-id"),
        ("ottrace", "ot-tracer-traceid"),
    ] {
        let propagator = opentelemetry_autoprop::from_list(list).unwrap();
        let mut request = HashMap::from([(header.to_owned(), "junk".to_owned())]);
        request.insert("ot-tracer-spanid".to_owned(), "0bcd098a592642e4".to_owned());
        let lines = logged(Level::DEBUG, || {
            propagator.extract_with_context(&opentelemetry::Context::new(), &request);
        });
        assert_eq!(lines.len(), 1, "{list}: {lines:?}");
        assert!(lines[0].contains(header), "{list}: {lines:?}");
    }
}

/// Checks that `run` logs one line that contains `expected`, or nothing.
#[track_caller]
fn assert_logged(expected: Option<&str>, run: impl FnOnce()) {
    let lines = logged(Level::DEBUG, run);
    assert_eq!(lines.len(), expected.iter().count(), "{lines:?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.contains(expected), "{line}");
    }
}

#[test]
fn members_that_are_not_read_are_one_debug_line() {
    let propagator = opentelemetry_autoprop::from_list("baggage,sentry").unwrap();
    let too_long = format!("a={}", "%FF".repeat(2000));
    for (baggage, expected) in [
        ("userId=42,junk,a b=1", Some("MembersIgnored\" members=2")),
        ("sentry-release=1,junk", Some("MembersIgnored\" members=1")),
        (&too_long, Some("MembersIgnored\" members=1")),
        ("userId=42,sentry-release=1", None),
        ("sentry-release=1", None),
    ] {
        let request = HashMap::from([("baggage".to_owned(), baggage.to_owned())]);
        assert_logged(expected, || {
            propagator.extract_with_context(&Context::new(), &request);
        });
    }
}

#[test]
fn members_that_are_not_sent_are_one_debug_line() {
    let propagator = opentelemetry_autoprop::from_list("baggage").unwrap();
    // Each space takes three bytes.
    let entry = |key: &'static str, spaces: usize| KeyValue::new(key, " ".repeat(spaces));
    for (others, expected) in [
        (0, None),
        (1, Some("MembersLeftOut\" members=1")),
        (2, Some("MembersLeftOut\" members=2")),
    ] {
        let others = ["b", "c"].into_iter().take(others);
        let entries = others.map(|key| entry(key, 1000));
        let cx = Context::new().with_baggage(entries.chain([entry("a", 2000)]));
        assert_logged(expected, || {
            propagator.inject_context(&cx, &mut HashMap::new());
        });
    }
}

#[test]
fn entries_that_are_not_sent_are_one_debug_line() {
    let mut entries = Entries::new();
    // The envelope has a length that is a multiple of three, so the header has no padding.
    entries.insert("client.kind", "webby").unwrap();
    let len = entries.encode().len();
    for (limit, expected) in [(len, None), (len - 1, Some("EntriesLeftOut"))] {
        let vostok = VostokPropagator::builder().max_injected_len(limit).build();
        for cx in [
            Context::new().with_vostok_globals(entries.clone()),
            Context::new().with_vostok_properties(entries.clone()),
        ] {
            assert_logged(expected, || {
                vostok.inject_context(&cx, &mut HashMap::new());
            });
        }
    }
}

#[test]
fn refused_trace_is_one_debug_line() {
    let sentry = opentelemetry_propagator_sentry::SentryPropagator::builder()
        .org_id("1")
        .strict_trace_continuation(true)
        .build()
        .unwrap();
    let sdk = opentelemetry_sdk::propagation::TraceContextPropagator::new();
    let propagator = opentelemetry_autoprop::builder()
        .with_format(sentry)
        .register("sdk", opentelemetry_autoprop::Foreign::new(sdk))
        .from_list("sdk,kontur,sentry")
        .unwrap();
    let trace_id = "27bb7faa48294cf49ae6007d70905468";
    let request = HashMap::from([
        (
            "traceparent".to_owned(),
            format!("00-{trace_id}-1234567890abcdef-01"),
        ),
        (
            "sentry-trace".to_owned(),
            format!("{trace_id}-1234567890abcdef-1"),
        ),
        ("baggage".to_owned(), "sentry-org_id=2".to_owned()),
        ("x-kontur-trace-id".to_owned(), "junk".to_owned()),
    ]);
    let lines = logged(Level::DEBUG, || {
        propagator.extract_with_context(&opentelemetry::Context::new(), &request);
    });
    let count = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
    assert_eq!(count("trace of another organization"), 1, "{lines:?}");
    assert_eq!(count("x-kontur-trace-id"), 1, "{lines:?}");
}

#[test]
fn invalid_default_list_does_not_name_the_variable() {
    let lines = logged(Level::WARN, || {
        environment(&[]).default_list("kontour").from_env();
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].contains("builder().default_list(…): unknown propagator \"kontour\""),
        "{lines:?}"
    );
    assert!(!lines[0].contains("OTEL_PROPAGATORS"), "{lines:?}");
}

#[test]
fn valid_list_logs_nothing() {
    let lines = logged(Level::WARN, || {
        environment(&[
            ("OTEL_PROPAGATORS", "tracecontext,sentry"),
            ("SENTRY_DSN", "https://key@o1.ingest.sentry.io/2"),
            ("SENTRY_TRACES_SAMPLE_RATE", "0.5"),
        ])
        .from_env();
    });
    assert_eq!(lines, [""; 0]);
}

#[test]
fn dsn_without_sentry_in_the_list_is_a_hint() {
    let hints = |list: &'static str, dsn: &'static str| {
        logged(Level::WARN, || {
            environment(&[("OTEL_PROPAGATORS", list), ("SENTRY_DSN", dsn)]).from_env();
        })
    };
    const DSN: &str = "https://secretkey@o1.ingest.sentry.io/2";
    let lines = hints("tracecontext,kontur,vostok", DSN);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].contains("WARN autoprop: SENTRY_DSN is set, but"),
        "{lines:?}"
    );
    assert!(!lines[0].contains("secret"), "{lines:?}");
    for (list, dsn) in [("tracecontext,sentry", DSN), ("none", DSN), ("kontur", " ")] {
        assert_eq!(hints(list, dsn), [""; 0], "{list}");
    }
}

#[test]
fn invalid_sentry_variable_is_logged_and_ignored() {
    let variables = [
        ("OTEL_PROPAGATORS", "sentry"),
        ("SENTRY_DSN", " https://key@o1.ingest.sentry.io/2 "),
        ("SENTRY_RELEASE", "shop@1.0"),
        ("SENTRY_ENVIRONMENT", ""),
        ("SENTRY_TRACES_SAMPLE_RATE", "often"),
    ];
    let baggage = |builder: opentelemetry_autoprop::Builder| {
        let propagator = builder.from_env();
        let request = HashMap::from([(
            "sentry-trace".to_owned(),
            "771a43a4192642f0b136d5159a501700-1234567890abcdef-1".to_owned(),
        )]);
        let other = HashMap::from([(
            "traceparent".to_owned(),
            "00-771a43a4192642f0b136d5159a501700-1234567890abcdef-01".to_owned(),
        )]);
        let w3c = opentelemetry_autoprop::from_list("tracecontext").unwrap();
        let cx = w3c.extract_with_context(&Context::new(), &other);
        let mut sent = HashMap::new();
        propagator.inject_context(&cx, &mut sent);
        assert_eq!(
            sent.remove("sentry-trace"),
            request.get("sentry-trace").cloned()
        );
        sent.remove("baggage")
    };
    let lines = logged(Level::WARN, || {
        assert_eq!(
            baggage(environment(&variables)).unwrap(),
            "sentry-trace_id=771a43a4192642f0b136d5159a501700,sentry-public_key=key,\
             sentry-release=shop%401.0,sentry-org_id=1,sentry-sample_rand=0.126927,sentry-sampled=true"
        );
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("SENTRY_TRACES_SAMPLE_RATE"), "{lines:?}");
    assert!(
        lines[0].contains("expected a number from 0 to 1"),
        "{lines:?}"
    );

    let long: &str = "x".repeat(5000).leak();
    for (variable, value, reason) in [
        ("SENTRY_TRACES_SAMPLE_RATE", "2", "invalid sample rate 2"),
        (
            "SENTRY_TRACES_SAMPLE_RATE",
            "https://secretkey@o1.ingest.sentry.io/2",
            "expected a number from 0 to 1",
        ),
        ("SENTRY_DSN", long, "invalid DSN: missing https://"),
        (
            "SENTRY_DSN",
            "nonsense",
            "invalid DSN: missing https:// or http:// at the start",
        ),
    ] {
        let lines = logged(Level::WARN, || {
            assert_eq!(
                baggage(environment(&[
                    ("OTEL_PROPAGATORS", "sentry"),
                    (variable, value)
                ])),
                None
            );
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].contains(variable) && lines[0].contains(reason),
            "{lines:?}"
        );
        assert!(lines[0].len() < 300, "{lines:?}");
        assert!(!lines[0].contains("secret"), "{lines:?}");
    }
}

#[test]
fn malformed_header_is_one_short_debug_line() {
    let long = "\u{1b}x".repeat(5000);
    for (name, header) in [
        ("tracecontext", "traceparent"),
        ("kontur", "x-kontur-trace-id"),
        ("vostok", "context-globals"),
        ("sentry", "sentry-trace"),
    ] {
        let request = HashMap::from([(header.to_owned(), long.clone())]);
        let propagator = opentelemetry_autoprop::from_list(name).unwrap();
        let extract = || {
            propagator.extract_with_context(&Context::new(), &request);
        };
        assert_eq!(logged(Level::INFO, extract), [""; 0]);
        let lines = logged(Level::DEBUG, extract);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].contains(header) && lines[0].len() < 300,
            "{lines:?}"
        );
        assert!(!lines[0].contains('\u{1b}'), "{lines:?}");
    }
}

#[test]
fn vostok_logs_why_traces_and_entries_are_dropped() {
    use opentelemetry_propagator_vostok::header::TRACING_CONTEXT;
    use opentelemetry_propagator_vostok::{Entries, VostokContextExt, VostokPropagator};

    let request = |tracing: &str| {
        let mut globals = Entries::new();
        globals.insert(TRACING_CONTEXT, tracing).unwrap();
        HashMap::from([("context-globals".to_owned(), globals.encode())])
    };
    let strict = VostokPropagator::builder()
        .allow_missing_span_id(false)
        .build();
    let zero_span = "27bb7faa48294cf49ae6007d70905468;00000000000000000000000000000000";
    for (propagator, tracing, reason) in [
        (VostokPropagator::new(), "junk", "expected 2 GUIDs, found 1"),
        (strict, zero_span, "span: id must not be all zeros"),
    ] {
        let request = request(tracing);
        let lines = logged(Level::DEBUG, || {
            propagator.extract_with_context(&Context::new(), &request);
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(reason), "{lines:?}");
    }

    let mut large = Entries::new();
    large.insert("secret", vec![b'x'; 20_000]).unwrap();
    let cx = Context::new().with_vostok_properties(large);
    let lines = logged(Level::DEBUG, || {
        VostokPropagator::new().inject_context(&cx, &mut HashMap::new());
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("context-properties") && lines[0].contains("16384"));
    assert!(!lines[0].contains("secret"), "{lines:?}");

    // The two lengths and the name take 12 bytes. Base64 encodes 12288 bytes as 16384.
    let mut fitting = Entries::new();
    fitting.insert("name", vec![b'x'; 12_276]).unwrap();
    let cx = Context::new()
        .with_vostok_globals(fitting.clone())
        .with_vostok_properties(fitting);
    let mut sent = HashMap::new();
    let lines = logged(Level::DEBUG, || {
        VostokPropagator::new().inject_context(&cx, &mut sent);
    });
    assert_eq!(sent["context-globals"].len(), 16_384);
    assert_eq!(lines, [""; 0]);
}

#[test]
fn baggage_logs_the_number_of_ignored_members() {
    let propagator = opentelemetry_autoprop::from_list("baggage").unwrap();
    for (baggage, members) in [
        ("a=1", None),
        ("a=1,=2", Some(1)),
        ("(=1,a=1,=2,a b=3", Some(3)),
    ] {
        let request = HashMap::from([("baggage".to_owned(), baggage.to_owned())]);
        let lines = logged(Level::DEBUG, || {
            propagator.extract_with_context(&Context::new(), &request);
        });
        assert_members(&lines, "BaggagePropagator.MembersIgnored", members);
    }
}

#[test]
fn baggage_logs_the_number_of_members_left_out() {
    use opentelemetry::baggage::BaggageExt;
    use opentelemetry::KeyValue;

    let propagator = opentelemetry_autoprop::from_list("baggage").unwrap();
    // A space is always percent-encoded. `=` is percent-encoded only if all members then fit.
    for (value, entries, members) in [("=", 3, None), (" ", 3, Some(1)), (" ", 5, Some(3))] {
        let entries = (0..entries).map(|i| KeyValue::new(format!("k{i}"), value.repeat(1000)));
        let cx = Context::new().with_baggage(entries);
        let lines = logged(Level::DEBUG, || {
            propagator.inject_context(&cx, &mut HashMap::new());
        });
        assert_members(&lines, "BaggagePropagator.MembersLeftOut", members);
    }
}

fn assert_members(lines: &[String], event: &str, members: Option<u32>) {
    assert_eq!(lines.len(), usize::from(members.is_some()), "{lines:?}");
    if let Some(members) = members {
        let number = format!("members={members}");
        assert!(lines[0].contains(event), "{lines:?}");
        assert!(lines[0].split(' ').any(|word| word == number), "{lines:?}");
    }
}
