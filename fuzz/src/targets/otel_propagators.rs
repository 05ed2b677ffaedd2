//! Compares `OTEL_PROPAGATORS` and Sentry's variables with [`propagator_oracle::otel_propagators`].

use std::collections::HashSet;
use std::sync::Arc;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_autoprop::Builder;
use opentelemetry_propagator_w3c::TraceContextPropagator;
use propagator_oracle::otel_propagators::{names, normal};

use crate::case::Case;
use crate::generate::{Grammar, Headers};
use crate::{invariants, logs};

/// The headers and options that the mutator inserts.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[Headers::Environment],
    options: &[
        ("held", invariants::HELD),
        (
            "default_list",
            &["kontur", "none", "", "junk", "sentry, ours"],
        ),
        (
            "register",
            &["ours", " Ours", "kontur", "jaeger", "none", "", "a,b"],
        ),
    ],
};

/// The names of the built-in propagators.
const KNOWN: [&str; 11] = [
    "tracecontext",
    "baggage",
    "kontur",
    "vostok",
    "sentry",
    "b3",
    "b3multi",
    "xray",
    "xray-lambda",
    "jaeger",
    "ottrace",
];

/// Checks an input. The headers of the case are environment variables. Options: `@default_list`,
/// `@held`, and `@register NAME`, which may repeat, to register a propagator.
pub fn check(input: &[u8]) {
    logs::discard();
    let case = Case::parse(input);
    let list = variable(&case, "OTEL_PROPAGATORS").unwrap_or_default();
    let default = case
        .option("default_list")
        .unwrap_or("tracecontext,baggage");

    // Each registered name is used once, if it can be part of a list.
    let with: Vec<String> = case.options("register").map(normal).collect();
    let usable = |name: &&String| !name.is_empty() && *name != "none" && !name.contains(',');
    let registered: HashSet<&String> = with.iter().filter(usable).collect();
    let known = KNOWN.iter().map(|name| (*name).to_owned());
    let known: Vec<String> = known.chain(registered.iter().copied().cloned()).collect();
    let expected = names(&list, default, &known);

    let builder = Variables::of(&case);
    let builder = || builder.builder(&case);
    let propagator = builder().from_env();
    assert!(
        propagator.names().eq(expected.names.iter()),
        "{propagator:?}, {expected:?}"
    );
    let shown = match expected.names[..] {
        [] => "none".to_owned(),
        _ => expected.names.join(", "),
    };
    assert_eq!(format!("{propagator:?}"), format!("Propagator({shown})"));

    let is_sound = expected.unknown.is_empty() && registered.len() == with.len();
    let results = [builder().try_from_env(), builder().from_list(&list)];
    for result in results {
        match result {
            Ok(strict) => {
                assert!(is_sound, "{expected:?}");
                assert!(strict.names().eq(propagator.names()));
            }
            Err(error) => {
                assert!(!is_sound);
                check_error(&error, &with);
            }
        }
    }

    let fields: Vec<&str> = propagator.fields().collect();
    let distinct: HashSet<&&str> = fields.iter().collect();
    assert_eq!(distinct.len(), fields.len(), "{fields:?}");
    // The injected headers are valid for any values of the variables.
    invariants::inject(&propagator, &invariants::initial(&case));
}

/// The environment variables that the library reads.
struct Variables(Arc<[(&'static str, Option<String>)]>);

impl Variables {
    fn of(case: &Case) -> Variables {
        let names = [
            "OTEL_PROPAGATORS",
            "SENTRY_DSN",
            "SENTRY_RELEASE",
            "SENTRY_ENVIRONMENT",
            "SENTRY_TRACES_SAMPLE_RATE",
        ];
        Variables(names.map(|name| (name, variable(case, name))).into())
    }

    fn builder(&self, case: &Case) -> Builder {
        let variables = Arc::clone(&self.0);
        let mut builder = opentelemetry_autoprop::builder().lookup(move |name| {
            let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
            value.clone()
        });
        if let Some(list) = case.option("default_list") {
            builder = builder.default_list(list);
        }
        for name in case.options("register") {
            builder = builder.register(
                name,
                opentelemetry_autoprop::Foreign::new(TraceContextPropagator::new()),
            );
        }
        builder
    }
}

fn variable(case: &Case, name: &str) -> Option<String> {
    let (_, value) = case
        .headers
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()))?;
    String::from_utf8(value.clone()).ok()
}

/// Checks that the error is short for a list of any length, and safe to log. It contains registered
/// names verbatim.
fn check_error(error: &opentelemetry_autoprop::Error, registered: &[String]) {
    let text = error.to_string();
    let own: usize = registered.iter().map(|name| name.len() + 2).sum();
    assert!(text.len() <= 4096 + own, "{} bytes", text.len());
    let has_controls = |text: &str| text.bytes().any(|byte| byte < b' ' || byte == 0x7f);
    let own = registered.iter().any(|name| has_controls(name));
    assert!(own || !has_controls(&text), "{text:?}");
}
