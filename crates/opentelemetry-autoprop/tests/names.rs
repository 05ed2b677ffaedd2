//! The propagators that a list in `OTEL_PROPAGATORS` names, and the errors of invalid lists.

mod quiet;

use std::process::Command;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::Context;
use opentelemetry_autoprop::{Builder, Propagator};

use quiet::Quiet;

/// A propagator that is recognized by its field.
#[derive(Debug)]
struct Own([String; 1]);

impl Own {
    fn new(field: &str) -> Self {
        Own([field.to_owned()])
    }
}

impl TextMapPropagator for Own {
    fn inject_context(&self, _cx: &Context, injector: &mut dyn Injector) {
        injector.set(&self.0[0], "own".to_owned());
    }

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}

fn with_variable(value: Option<&'static str>) -> Builder {
    opentelemetry_autoprop::builder().lookup(move |variable| match variable {
        "OTEL_PROPAGATORS" => value.map(str::to_owned),
        "OTEL_SDK_DISABLED" => Some("true".to_owned()),
        _ => None,
    })
}

fn names(propagator: &Propagator) -> String {
    propagator.names().collect::<Vec<_>>().join(",")
}

fn error(list: &str) -> String {
    opentelemetry_autoprop::from_list(list)
        .unwrap_err()
        .to_string()
}

const DEFAULT: &str = "tracecontext,baggage";

#[test]
fn valid_list_keeps_its_order() {
    for (value, expected) in [
        (None, DEFAULT),
        (Some(""), DEFAULT),
        (Some("  "), DEFAULT),
        (Some(","), DEFAULT),
        (Some("tracecontext"), "tracecontext"),
        (Some("baggage,tracecontext"), "baggage,tracecontext"),
        (Some(" TraceContext ,\tBAGGAGE "), DEFAULT),
        (Some("tracecontext,,baggage,"), DEFAULT),
        (Some("baggage,tracecontext,Baggage"), "baggage,tracecontext"),
        (Some("none"), ""),
        (Some("tracecontext,None"), ""),
    ] {
        assert_eq!(
            names(&with_variable(value).set_up_quietly()),
            expected,
            "{value:?}"
        );
        let strict = with_variable(value).try_from_env().unwrap();
        assert_eq!(names(&strict), expected, "{value:?}");
        let list = opentelemetry_autoprop::from_list(value.unwrap_or_default()).unwrap();
        assert_eq!(names(&list), expected, "{value:?}");
    }
}

#[cfg(all(feature = "kontur", feature = "vostok", feature = "sentry"))]
#[test]
fn names_of_this_family_are_known() {
    let list = "sentry,vostok,kontur,tracecontext";
    assert_eq!(
        names(&opentelemetry_autoprop::from_list(list).unwrap()),
        list
    );
}

#[cfg(all(
    feature = "b3",
    feature = "jaeger",
    feature = "ottrace",
    feature = "xray"
))]
#[test]
fn names_of_the_specification_are_known() {
    let b3 = [
        "b3",
        "x-b3-traceid",
        "x-b3-spanid",
        "x-b3-sampled",
        "x-b3-flags",
    ];
    for (name, fields) in [
        ("b3", &b3[..]),
        ("b3multi", &b3),
        ("xray", &["x-amzn-trace-id"]),
        ("xray-lambda", &["x-amzn-trace-id"]),
        ("jaeger", &["uber-trace-id", "jaeger-baggage"]),
        (
            "ottrace",
            &["ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled"],
        ),
    ] {
        let propagator = opentelemetry_autoprop::from_list(name).unwrap();
        assert_eq!(names(&propagator), name);
        assert!(propagator.fields().eq(fields.iter().copied()), "{name}");
    }
}

#[cfg(feature = "xray")]
#[test]
fn xray_lambda_supersedes_xray() {
    for list in ["xray,xray-lambda,baggage", "xray-lambda,XRAY,baggage"] {
        let builder = with_variable(Some(list));
        assert_eq!(names(&builder.set_up_quietly()), "xray-lambda,baggage");
        let error = with_variable(Some(list)).try_from_env().unwrap_err();
        let message =
            "OTEL_PROPAGATORS: \"xray\" is ignored because \"xray-lambda\" reads the same \
                       header: remove one of them; ";
        assert!(error.to_string().starts_with(message), "{error}");
        assert_eq!(error.unknown_names().count(), 0);
    }
}

#[test]
fn unknown_names_are_ignored_or_the_default_applies() {
    for (value, expected) in [
        ("baggage,whatever", "baggage"),
        ("whatever,baggage,knotur", "baggage"),
        ("whatever", DEFAULT),
        ("yaeger,otrace", DEFAULT),
        ("whatever,none", ""),
        ("\u{7}\u{0}", DEFAULT),
    ] {
        assert_eq!(
            names(&with_variable(Some(value)).set_up_quietly()),
            expected,
            "{value:?}"
        );
        assert!(
            with_variable(Some(value)).try_from_env().is_err(),
            "{value:?}"
        );
        assert!(
            opentelemetry_autoprop::from_list(value).is_err(),
            "{value:?}"
        );
    }
}

#[test]
fn error_reports_every_invalid_name_with_a_hint() {
    let error = error("tracecontxt,whatever,baggage");
    let (problems, known) = error.split_once("; known names: ").unwrap();
    assert_eq!(
        problems,
        "unknown propagator \"tracecontxt\"; did you mean \"tracecontext\"? \
         unknown propagator \"whatever\""
    );
    assert!(known.starts_with("tracecontext, baggage"), "{known}");
    assert!(known.ends_with(", none"), "{known}");

    let variable = with_variable(Some("whatever")).try_from_env().unwrap_err();
    assert!(variable
        .to_string()
        .starts_with("OTEL_PROPAGATORS: unknown propagator \"whatever\""));
}

#[cfg(not(feature = "xray"))]
#[test]
fn error_names_the_feature_that_is_off() {
    assert!(error("xray").starts_with(
        "\"xray\" needs the cargo feature \"xray\" of opentelemetry-autoprop; known names: "
    ));
}

#[test]
fn error_shows_the_list_with_commas() {
    for list in [
        "tracecontext;baggage",
        "tracecontext baggage",
        "tracecontext\nbaggage",
        "tracecontext; baggage;",
        "'tracecontext' 'baggage'",
        "\"tracecontext;baggage\"",
    ] {
        let error = error(list);
        let expected = "; separate names with commas: tracecontext,baggage; known names: ";
        assert!(error.contains(expected), "{list:?}: {error}");
    }
    let unknown = error("tracecontext;whatever");
    assert!(
        unknown.contains("; separate names with commas; known names: "),
        "{unknown}"
    );
}

#[test]
fn error_debug_is_its_message() {
    let error = opentelemetry_autoprop::from_list("tracecontxt").unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn error_advises_to_write_only_the_name() {
    for (list, names) in [
        ("- tracecontext", &["tracecontext"][..]),
        ("baggage # of the application", &["baggage"]),
        ("\"tracecontext\"", &["tracecontext"]),
        ("'Baggage'", &["baggage"]),
        ("\"tracecontext,baggage\"", &["tracecontext", "baggage"]),
        ("[tracecontext, baggage]", &["tracecontext", "baggage"]),
    ] {
        let error = error(list);
        for name in names {
            let expected = format!("; write only the name: {name}; ");
            assert!(error.contains(&expected), "{list:?}: {error}");
        }
    }
}

#[test]
fn error_names_the_format_of_a_header() {
    for (word, name) in [
        ("traceparent", "tracecontext"),
        ("tracestate", "tracecontext"),
        ("w3c", "tracecontext"),
        ("X-Kontur-Trace-Id", "kontur"),
        ("x-kontur-trace-issampled", "kontur"),
        ("Context-Globals", "vostok"),
        ("sentry-trace", "sentry"),
        ("sentry_trace", "sentry"),
        ("контур", "kontur"),
        ("x-b3-traceid", "b3multi"),
        ("zipkin", "b3"),
        ("x-amzn-trace-id", "xray"),
        ("uber-trace-id", "jaeger"),
        ("ot-tracer-traceid", "ottrace"),
    ] {
        let error = error(word);
        let expected = format!("; the name of its format is {name:?}; known names: ");
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn error_names_the_only_format_of_a_header() {
    for format in opentelemetry_autoprop::known_formats() {
        for header in format.headers {
            let formats = opentelemetry_autoprop::known_formats().iter();
            if formats.filter(|it| it.headers.contains(header)).count() > 1 {
                continue;
            }
            let error = error(header);
            let meant = error.split("its format is \"").nth(1).unwrap();
            let meant = meant.split('"').next().unwrap();
            assert_eq!(meant, format.name, "{header}");
        }
    }
}

#[cfg(not(feature = "xray"))]
#[test]
fn error_does_not_suggest_a_disabled_name() {
    assert!(!error("xrey").contains("did you mean"));
}

#[test]
fn error_is_short_and_escaped() {
    let long = "x".repeat(100_000);
    let many: String = (0..20_000).map(|i| format!("name{i},")).collect();
    let separators = "kontur;".repeat(20_000);
    for list in [
        &*long,
        &*many,
        &*separators,
        "\u{1b}[31m\r\n",
        "\u{202e}gnol",
    ] {
        let error = error(list);
        assert!(error.len() < 1000, "{error}");
        assert!(
            !error.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{error:?}"
        );
    }
    assert!(error(&many).contains("; and 19992 more; "));
}

#[test]
fn register_adds_and_replaces_propagators() {
    let builder = || {
        opentelemetry_autoprop::builder()
            .register(
                " Ours ",
                opentelemetry_autoprop::Foreign::new(Own::new("x-ours")),
            )
            .register(
                "jaeger",
                opentelemetry_autoprop::Foreign::new(Own::new("uber-trace-id")),
            )
            .register(
                "tracecontext",
                opentelemetry_autoprop::Foreign::new(Own::new("x-instead")),
            )
    };
    let propagator = builder()
        .from_list("jaeger,OURS,tracecontext,baggage")
        .unwrap();
    assert_eq!(names(&propagator), "jaeger,ours,tracecontext,baggage");
    assert!(propagator
        .fields()
        .eq(["uber-trace-id", "x-ours", "x-instead", "baggage"]));

    let error = builder().from_list("ourz").unwrap_err().to_string();
    assert!(
        error.starts_with("unknown propagator \"ourz\"; did you mean \"ours\"?"),
        "{error}"
    );
}

#[test]
fn register_refuses_duplicate_and_invalid_names() {
    let builder = |name| {
        opentelemetry_autoprop::builder()
            .lookup(|_| None)
            .register(
                "ours",
                opentelemetry_autoprop::Foreign::new(Own::new("x-first")),
            )
            .register(
                name,
                opentelemetry_autoprop::Foreign::new(Own::new("x-second")),
            )
            .default_list("ours")
    };
    for (name, message) in [
        (
            "OURS",
            "\"ours\" is registered twice with the builder; known names: ",
        ),
        (
            "",
            "\"\" cannot be registered: names must not be empty, be \"none\", or contain a comma; ",
        ),
        ("none", "\"none\" cannot be registered: "),
        ("a,b", "\"a,b\" cannot be registered: "),
    ] {
        for error in [
            builder(name).from_list("ours").unwrap_err(),
            builder(name).try_from_env().unwrap_err(),
        ] {
            let error = error.to_string();
            assert!(error.contains(message), "{error}");
            let known = error.split("known names: ").nth(1).unwrap();
            assert!(
                !known.contains("a,b") && known.matches("none").count() == 1,
                "{known}"
            );
        }
        assert!(
            builder(name).set_up_quietly().fields().eq(["x-first"]),
            "the first registration is used"
        );
    }
}

#[test]
fn builder_sets_the_default_and_the_variable() {
    let builder = || {
        opentelemetry_autoprop::builder()
            .variable("MY_PROPAGATORS")
            .default_list("baggage")
    };
    let chosen = builder().lookup(|variable| (variable == "MY_PROPAGATORS").then(|| "none".into()));
    assert_eq!(names(&chosen.set_up_quietly()), "");
    assert_eq!(
        names(&builder().lookup(|_| None).set_up_quietly()),
        "baggage"
    );

    let wrong = builder()
        .lookup(|_| Some("whatever".into()))
        .try_from_env()
        .unwrap_err();
    assert!(wrong.to_string().starts_with("MY_PROPAGATORS: "), "{wrong}");
    assert_eq!(
        names(
            &builder()
                .lookup(|_| Some("whatever".into()))
                .set_up_quietly()
        ),
        "baggage"
    );

    let bad_default = builder().default_list("whatever").lookup(|_| None);
    assert_eq!(names(&bad_default.set_up_quietly()), DEFAULT);
}

#[test]
fn error_in_the_default_list_names_the_builder() {
    let error = |value| {
        let builder = with_variable(value).default_list("bagage");
        builder.try_from_env().unwrap_err().to_string()
    };
    let default_list =
        "builder().default_list(…): unknown propagator \"bagage\"; did you mean \"baggage\"? known";
    for unset in [None, Some("")] {
        assert!(error(unset).starts_with(default_list), "{}", error(unset));
    }
    let both = format!("OTEL_PROPAGATORS: unknown propagator \"whatever\"; {default_list}");
    let error = error(Some("whatever"));
    assert!(error.starts_with(&both), "{error}");

    let unused = with_variable(Some("tracecontext")).default_list("bagage");
    assert_eq!(names(&unused.try_from_env().unwrap()), "tracecontext");

    let list = opentelemetry_autoprop::builder().default_list("bagage");
    let error = list.from_list("").unwrap_err().to_string();
    assert!(error.starts_with(default_list), "{error}");
}

#[test]
fn error_lists_the_variable_before_the_builder() {
    let builder = with_variable(Some("whatever")).register(
        "none",
        opentelemetry_autoprop::Foreign::new(Own::new("x-ours")),
    );
    let error = builder.try_from_env().unwrap_err().to_string();
    assert!(
        error.starts_with(
            "OTEL_PROPAGATORS: unknown propagator \"whatever\"; \"none\" cannot be registered: "
        ),
        "{error}"
    );
}

#[test]
fn debug_shows_the_names_and_fields_are_distinct() {
    let propagator = opentelemetry_autoprop::builder()
        .register(
            "a",
            opentelemetry_autoprop::Foreign::new(Own::new("Baggage")),
        )
        .from_list("a,tracecontext,baggage")
        .unwrap();
    assert_eq!(
        format!("{propagator:?}"),
        "Propagator(a, tracecontext, baggage)"
    );
    assert!(propagator
        .fields()
        .eq(["Baggage", "traceparent", "tracestate"]));
    let none = opentelemetry_autoprop::from_list("none").unwrap();
    assert_eq!(format!("{none:?}"), "Propagator(none)");
    assert_eq!(none.fields().count(), 0);
}

#[test]
fn error_suggests_names_of_at_most_32_bytes() {
    for (len, is_proposed) in [(31, true), (32, true), (33, false), (34, false)] {
        let known = "n".repeat(len);
        let error = opentelemetry_autoprop::builder()
            .register(
                &known,
                opentelemetry_autoprop::Foreign::new(Own::new("x-ours")),
            )
            .from_list(&format!("{}m", &known[1..]))
            .unwrap_err()
            .to_string();
        assert_eq!(error.contains("did you mean"), is_proposed, "{error}");
    }
}

#[test]
fn builder_debug_shows_its_options() {
    let builder = opentelemetry_autoprop::builder()
        .register(
            "Ours",
            opentelemetry_autoprop::Foreign::new(Own::new("x-ours")),
        )
        .variable("MY_PROPAGATORS")
        .default_list("ours");
    assert_eq!(
        format!("{builder:?}"),
        "Builder { registered: [\"ours\"], default_list: \"ours\", \
         variable: \"MY_PROPAGATORS\", extract_only: [], inject_only: [], \
         appended: [], trust: Continue, .. }"
    );
}

/// Runs in the child process of the test below. Run directly, it checks the environment of the
/// test.
#[test]
fn child_prints_its_propagator() {
    let propagator = opentelemetry_autoprop::from_env();
    println!("propagator: {propagator:?}");
    opentelemetry::global::set_text_map_propagator(propagator.clone());
    let fields = opentelemetry::global::get_text_map_propagator(|global| {
        global
            .fields()
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .join(" ")
    });
    println!("fields: {fields}");
    assert_eq!(fields, propagator.fields().collect::<Vec<_>>().join(" "));
    match opentelemetry_autoprop::try_from_env() {
        Ok(_) => println!("strict: ok"),
        Err(error) => println!("strict: {error}"),
    }
}

fn child(value: Option<&std::ffi::OsStr>) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "child_prints_its_propagator", "--nocapture"])
        .env_remove("OTEL_PROPAGATORS")
        .env("OTEL_SDK_DISABLED", "true");
    if let Some(value) = value {
        child.env("OTEL_PROPAGATORS", value);
    }
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn from_env_reads_the_environment_of_the_process() {
    for (value, names, fields, strict) in [
        (
            None,
            "Propagator(tracecontext, baggage)",
            "traceparent tracestate baggage",
            "ok",
        ),
        (Some("none"), "Propagator(none)", "", "ok"),
        (Some(" Baggage "), "Propagator(baggage)", "baggage", "ok"),
        (
            Some("bagage"),
            "Propagator(tracecontext, baggage)",
            "traceparent tracestate baggage",
            "OTEL_PROPAGATORS: unknown propagator \"bagage\"; did you mean \"baggage\"? known names:",
        ),
    ] {
        let output = child(value.map(AsRef::as_ref));
        for expected in [
            format!("propagator: {names}\n"),
            format!("fields: {fields}\n"),
            format!("strict: {strict}"),
        ] {
            assert!(
                output.contains(&expected),
                "{value:?}: {expected:?} in {output}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn non_utf8_value_is_reported_and_default_used() {
    use std::os::unix::ffi::OsStrExt;
    let output = child(Some(std::ffi::OsStr::from_bytes(b"\xff")));
    assert!(
        output.contains("propagator: Propagator(tracecontext, baggage)\n"),
        "{output}"
    );
    assert!(
        output.contains("strict: OTEL_PROPAGATORS: the value is not UTF-8; "),
        "{output}"
    );
}
