//! Environment variables: names, values, and what a child process is given.

use std::collections::{BTreeMap, HashMap};
use std::process::Command;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;
use opentelemetry_carriers::{env_name, EnvExtractor, EnvInjector, ReusableInjector};
use proptest::prelude::*;

const SENTRY: &str = "sentry-trace_id=27bb7faa48294cf49ae6007d70905468,sentry-sampled=true";

fn env(vars: &[(&str, &str)]) -> EnvExtractor {
    vars.iter().copied().collect()
}

#[test]
fn name_is_normalized_as_specified() {
    let table = [
        ("", "_"),
        ("traceparent", "TRACEPARENT"),
        ("x-b3-traceid", "X_B3_TRACEID"),
        ("X_Kontur-Trace.Id", "X_KONTUR_TRACE_ID"),
        ("1st", "_1ST"),
        ("_1st", "_1ST"),
        ("ключ", "____"),
        ("a=b\0c", "A_B_C"),
    ];
    for (key, name) in table {
        assert_eq!(env_name(key), name, "{key:?}");
    }
}

#[test]
fn name_has_its_exact_size() {
    for key in ["", "traceparent", "1st", "ключ"] {
        let name = env_name(key);
        assert_eq!(name.capacity(), name.len(), "{key:?}");
    }
}

#[test]
fn get_normalizes_its_key() {
    let env = env(&[("X_B3_TRACEID", "1"), ("x-b3-traceid", "2")]);
    assert_eq!(env.get("x-b3-traceid"), Some("1"));
    assert_eq!(env.get("X-B3-TraceId"), Some("1"));
    assert_eq!(env.get_all("x-b3-traceid"), Some(vec!["1"]));
    assert_eq!(env.get("x-b3-spanid"), None);
    assert_eq!(env.get_all("x-b3-spanid"), None);
}

#[cfg(not(windows))]
#[test]
fn keys_are_normalized_names_only() {
    let env = env(&[
        ("PATH", ""),
        ("path", ""),
        ("_", ""),
        ("", ""),
        ("1", ""),
        ("A-B", ""),
    ]);
    assert_eq!(env.keys(), ["PATH", "_"]);
}

#[test]
fn first_of_repeated_names_is_read() {
    let env = env(&[("B", "1"), ("A", "2"), ("B", "3"), ("A", "4")]);
    assert_eq!((env.get("a"), env.get("b")), (Some("2"), Some("1")));
    assert_eq!(env.keys(), ["A", "B"]);
}

#[cfg(unix)]
#[test]
fn variables_that_are_not_unicode_are_skipped() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let invalid = || OsString::from_vec(vec![b'A', 0xff]);
    let env = EnvExtractor::from_iter([
        (OsString::from("BAD"), invalid()),
        (invalid(), OsString::from("bad")),
        (OsString::from("GOOD"), OsString::from("good")),
    ]);
    assert_eq!(env.keys(), ["GOOD"]);
}

#[test]
fn debug_does_not_print_values() {
    let text = format!("{:?}", env(&[("API_TOKEN", "secret")]));
    assert_eq!(text, r#"EnvExtractor {"API_TOKEN"}"#);
}

#[test]
fn extractor_reads_the_process_environment() {
    let env = EnvExtractor::from_process();
    assert_eq!(
        env.get("cargo-manifest-dir"),
        Some(env!("CARGO_MANIFEST_DIR")),
    );
}

#[test]
fn sentry_baggage_stands_in_for_baggage() {
    for absent in [&[][..], &[("BAGGAGE", "")], &[("BAGGAGE", " ")]] {
        let mut vars = absent.to_vec();
        vars.push(("SENTRY_BAGGAGE", "a=1, sentry-sampled=true"));
        assert_eq!(env(&vars).get("baggage"), Some("a=1, sentry-sampled=true"));
    }
}

#[test]
fn sentry_baggage_completes_foreign_baggage() {
    let vars = [
        ("SENTRY_BAGGAGE", "a=2,sentry-sampled=true"),
        ("BAGGAGE", "a=1"),
    ];
    assert_eq!(env(&vars).get("baggage"), Some("a=1,sentry-sampled=true"));
    assert_eq!(
        env(&vars).get_all("baggage"),
        Some(vec!["a=1,sentry-sampled=true"])
    );
    assert_eq!(env(&vars).keys(), ["BAGGAGE", "SENTRY_BAGGAGE"]);
}

#[test]
fn sentry_baggage_yields_to_members_in_baggage() {
    let own = "a=1, sentry-sampled=false";
    let vars = [("SENTRY_BAGGAGE", SENTRY), ("BAGGAGE", own)];
    assert_eq!(env(&vars).get("baggage"), Some(own));
}

#[test]
fn sentry_baggage_is_written_on_request() {
    let mut plain = BTreeMap::<String, String>::new();
    EnvInjector::new(&mut plain).set("baggage", SENTRY.to_owned());
    assert_eq!(plain.keys().collect::<Vec<_>>(), ["BAGGAGE"]);

    let mut both = BTreeMap::<String, String>::new();
    let mut injector = EnvInjector::new(&mut both).sentry_baggage(true);
    injector.set("Baggage", SENTRY.to_owned());
    injector.set("traceparent", "00".to_owned());
    assert_eq!(
        both.keys().collect::<Vec<_>>(),
        ["BAGGAGE", "SENTRY_BAGGAGE", "TRACEPARENT"]
    );
    assert_eq!(both["SENTRY_BAGGAGE"], SENTRY);
}

#[test]
fn env_carries_every_format() {
    let propagator =
        opentelemetry_autoprop::from_list("tracecontext,kontur,vostok,sentry").unwrap();
    let span_context = SpanContext::new(
        TraceId::from(0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468),
        SpanId::from(0x0bcd_098a_5926_42e4),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    let cx = Context::new().with_remote_span_context(span_context.clone());
    let mut vars = HashMap::<String, String>::new();
    propagator.inject_context(&cx, &mut EnvInjector::new(&mut vars));
    for name in [
        "TRACEPARENT",
        "X_KONTUR_TRACE_ID",
        "CONTEXT_GLOBALS",
        "SENTRY_TRACE",
    ] {
        assert!(vars.contains_key(name), "{name}: {vars:?}");
    }

    for list in ["tracecontext", "kontur", "vostok", "sentry"] {
        let propagator = opentelemetry_autoprop::from_list(list).unwrap();
        let cx = propagator.extract_with_context(&Context::new(), &EnvExtractor::from_iter(&vars));
        assert_eq!(
            cx.span().span_context().trace_id(),
            span_context.trace_id(),
            "{list}"
        );
        assert_eq!(
            cx.span().span_context().span_id(),
            span_context.span_id(),
            "{list}"
        );
    }
}

#[test]
fn replace_context_removes_inherited_variables() {
    let propagator = opentelemetry_autoprop::from_list("tracecontext,sentry").unwrap();
    let mut command = Command::new("true");
    let mut env = EnvInjector::new(&mut command);
    env.replace_context(&propagator, &Context::new());
    let removed: Vec<_> = command
        .get_envs()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| name.to_str().unwrap())
        .collect();
    for name in [
        "TRACEPARENT",
        "TRACESTATE",
        "SENTRY_TRACE",
        "BAGGAGE",
        "SENTRY_BAGGAGE",
    ] {
        assert!(removed.contains(&name), "{name}: {removed:?}");
    }
}

#[test]
fn injector_writes_to_a_tokio_command() {
    let mut command = tokio::process::Command::new("true");
    EnvInjector::new(command.as_std_mut()).set("traceparent", "00".to_owned());
    let vars: Vec<_> = command.as_std().get_envs().collect();
    assert_eq!(vars, [("TRACEPARENT".as_ref(), Some("00".as_ref()))]);
}

/// The limit is the system's: what is one byte longer prevents the start of the process.
#[cfg(target_os = "linux")]
#[test]
fn set_accepts_the_longest_variable() {
    const LONGEST: usize = 131_072 - "KEY=\0".len();
    let start = |len: usize| {
        let mut command = Command::new("true");
        EnvInjector::new(&mut command).set("key", "v".repeat(len));
        let is_set = command.get_envs().count() == 1;
        assert!(command.status().unwrap().success());
        is_set
    };
    assert!(start(LONGEST));
    assert!(!start(LONGEST + 1));

    let mut command = Command::new("true");
    command.env("KEY", "v".repeat(LONGEST + 1));
    assert!(command.status().is_err());
}

/// Keys of propagators, and text of every kind.
fn any_key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("baggage".to_owned()),
        "[a-zA-Z0-9_.-]{0,12}",
        any::<String>()
    ]
}

proptest! {
    #[test]
    fn get_returns_what_set_wrote(key in any_key(), value in any::<String>(), other in any_key()) {
        let mut vars = BTreeMap::<String, String>::from([(env_name(&other), "kept".to_owned())]);
        EnvInjector::new(&mut vars).set(&key, value.clone());
        // A value that no environment can hold changes nothing.
        let is_held = !value.contains('\0');
        let env: EnvExtractor = vars.into_iter().collect();
        if is_held {
            prop_assert_eq!(env.get(&key), Some(&*value));
            prop_assert_eq!(env.get_all(&key), Some(vec![&*value]));
        }
        if !is_held || env_name(&key) != env_name(&other) {
            prop_assert_eq!(env.get(&other), Some("kept"));
        }
    }

    #[test]
    fn names_are_normalized_once(key in any_key()) {
        let name = env_name(&key);
        prop_assert_eq!(&env_name(&name), &name);
        let mut bytes = name.bytes();
        let first = bytes.next().unwrap();
        prop_assert!(first == b'_' || first.is_ascii_uppercase());
        prop_assert!(bytes.all(|it| it == b'_' || it.is_ascii_uppercase() || it.is_ascii_digit()));
    }

    /// A real process sees what was set, byte for byte.
    #[cfg(unix)]
    #[test]
    fn child_sees_what_is_set(value in "[^\0]{0,40}") {
        let mut command = Command::new("printenv");
        command.arg("X_KEY");
        EnvInjector::new(&mut command).set("x-key", value.clone());
        let output = command.output().unwrap();
        prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), value + "\n");
    }
}
