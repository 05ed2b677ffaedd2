//! `OTEL_PROPAGATORS`: which list gives which propagators, and what is said of a wrong one.

mod quiet;

use std::process::Command;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::Context;
use opentelemetry_autoprop::{Builder, Propagator};

use quiet::Quiet;

/// A propagator that is told by its field.
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
fn a_sound_list_gives_its_propagators_in_its_order() {
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
fn our_names_are_known() {
    let list = "sentry,vostok,kontur,tracecontext";
    assert_eq!(
        names(&opentelemetry_autoprop::from_list(list).unwrap()),
        list
    );
}

#[cfg(all(feature = "b3", feature = "xray"))]
#[test]
fn the_names_of_other_crates_are_known() {
    for (name, fields) in [
        ("b3", &["b3"][..]),
        (
            "b3multi",
            &["x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags"],
        ),
        ("xray", &["x-amzn-trace-id"]),
    ] {
        let propagator = opentelemetry_autoprop::from_list(name).unwrap();
        let mut found: Vec<_> = propagator.fields().map(str::to_ascii_lowercase).collect();
        let mut expected = fields.to_vec();
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn what_is_unknown_is_left_out_and_the_default_counts_if_nothing_is_left() {
    for (value, expected) in [
        ("baggage,whatever", "baggage"),
        ("whatever,baggage,jaeger", "baggage"),
        ("whatever", DEFAULT),
        ("jaeger,ottrace", DEFAULT),
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
fn every_bad_name_is_reported_with_what_would_do() {
    let error = error("tracecontxt,whatever,jaeger,baggage");
    let (problems, known) = error.split_once("; known names: ").unwrap();
    assert_eq!(
        problems,
        "unknown propagator \"tracecontxt\"; did you mean \"tracecontext\"? \
         unknown propagator \"whatever\"; \
         \"jaeger\" is deprecated and not built in, \
         register a propagator of your own with builder().register(\"jaeger\", …)"
    );
    assert!(known.starts_with("tracecontext, baggage"), "{known}");
    assert!(known.ends_with(", none"), "{known}");
    assert!(!known.contains("jaeger"), "{known}");

    let variable = with_variable(Some("whatever")).try_from_env().unwrap_err();
    assert!(variable
        .to_string()
        .starts_with("OTEL_PROPAGATORS: unknown propagator \"whatever\""));
}

#[cfg(not(feature = "xray"))]
#[test]
fn a_name_whose_feature_is_off_names_the_feature() {
    assert!(error("xray").starts_with(
        "\"xray\" needs the cargo feature \"xray\" of opentelemetry-autoprop; known names: "
    ));
}

#[test]
fn error_shows_the_list_that_other_separators_meant() {
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
fn error_names_the_quotes_around_names() {
    for (list, names) in [
        ("\"tracecontext\"", &["tracecontext"][..]),
        ("'Baggage'", &["baggage"]),
        ("\"tracecontext,baggage\"", &["tracecontext", "baggage"]),
        ("[tracecontext, baggage]", &["tracecontext", "baggage"]),
    ] {
        let error = error(list);
        for name in names {
            let expected = format!("; remove the quotes: {name}; ");
            assert!(error.contains(&expected), "{list:?}: {error}");
        }
    }
}

#[test]
fn error_names_the_format_that_a_header_belongs_to() {
    for (word, name) in [
        ("traceparent", "tracecontext"),
        ("tracestate", "tracecontext"),
        ("w3c", "tracecontext"),
        ("X-Kontur-Trace-Id", "kontur"),
        ("x-kontur-trace-issampled", "kontur"),
        ("Context-Globals", "vostok"),
        ("sentry-trace", "sentry"),
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
fn error_of_a_header_leads_to_a_name_or_its_problem() {
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
fn a_misspelt_name_whose_feature_is_off_is_not_proposed() {
    assert!(!error("xrey").contains("did you mean"));
}

#[test]
fn nothing_of_the_variable_is_printed_unbounded_or_raw() {
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
fn propagators_of_ones_own_are_added_and_replace_ours() {
    let builder = || {
        opentelemetry_autoprop::builder()
            .register(" Ours ", Own::new("x-ours"))
            .register("jaeger", Own::new("uber-trace-id"))
            .register("tracecontext", Own::new("x-instead"))
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
fn a_name_registered_twice_or_that_is_none_is_an_error() {
    let builder = |name| {
        opentelemetry_autoprop::builder()
            .lookup(|_| None)
            .register("ours", Own::new("x-first"))
            .register(name, Own::new("x-second"))
            .default_list("ours")
    };
    for (name, message) in [
        (
            "OURS",
            "\"ours\" is registered twice with the builder; known names: ",
        ),
        (
            "",
            "\"\" cannot be registered, a name must not be empty, \"none\", or contain a comma; ",
        ),
        ("none", "\"none\" cannot be registered, "),
        ("a,b", "\"a,b\" cannot be registered, "),
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
            "the first one counts"
        );
    }
}

#[test]
fn the_default_and_the_variable_can_be_chosen() {
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
fn what_is_wrong_with_the_default_list_is_not_said_of_the_variable() {
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
    let told = error(Some("whatever"));
    assert!(told.starts_with(&both), "{told}");

    let not_asked = with_variable(Some("tracecontext")).default_list("bagage");
    assert_eq!(names(&not_asked.try_from_env().unwrap()), "tracecontext");

    let list = opentelemetry_autoprop::builder().default_list("bagage");
    let told = list.from_list("").unwrap_err().to_string();
    assert!(told.starts_with(default_list), "{told}");
}

#[test]
fn what_is_wrong_with_the_variable_is_said_before_what_is_wrong_with_the_builder() {
    let builder = with_variable(Some("whatever")).register("none", Own::new("x-ours"));
    let told = builder.try_from_env().unwrap_err().to_string();
    assert!(
        told.starts_with(
            "OTEL_PROPAGATORS: unknown propagator \"whatever\"; \"none\" cannot be registered, "
        ),
        "{told}"
    );
}

#[test]
fn debug_shows_the_names_and_fields_are_listed_once_in_order() {
    let propagator = opentelemetry_autoprop::builder()
        .register("a", Own::new("Baggage"))
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
fn a_name_of_more_than_32_bytes_is_taken_for_no_misspelt_one() {
    for (len, is_proposed) in [(31, true), (32, true), (33, false), (34, false)] {
        let known = "n".repeat(len);
        let error = opentelemetry_autoprop::builder()
            .register(&known, Own::new("x-ours"))
            .from_list(&format!("{}m", &known[1..]))
            .unwrap_err()
            .to_string();
        assert_eq!(error.contains("did you mean"), is_proposed, "{error}");
    }
}

#[test]
fn debug_of_a_builder_shows_what_it_was_given() {
    let builder = opentelemetry_autoprop::builder()
        .register("Ours", Own::new("x-ours"))
        .variable("MY_PROPAGATORS")
        .default_list("ours");
    assert_eq!(
        format!("{builder:?}"),
        "Builder { registered: [\"ours\"], default_list: \"ours\", \
         variable: \"MY_PROPAGATORS\", extract_only: [], inject_only: [], \
         is_public_endpoint: false, .. }"
    );
}

/// Runs in the child process of the test below; by itself it checks this process's environment.
#[test]
fn child_prints_what_its_environment_names() {
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
        .args([
            "--exact",
            "child_prints_what_its_environment_names",
            "--nocapture",
        ])
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
fn a_real_process_reads_its_real_environment_and_a_disabled_sdk_changes_nothing() {
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
fn a_variable_that_is_no_text_is_reported_and_the_default_counts() {
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
