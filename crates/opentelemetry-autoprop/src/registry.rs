//! The propagators that are known by name.
//!
//! The table has one row per name. Everything else that depends on a name is derived from it.

use opentelemetry_propagator_core::Format;
use opentelemetry_propagator_w3c::{BaggagePropagator, TraceContextPropagator};

use crate::env_lookup::EnvLookup;
use crate::error::{Hint, Problem, Quoted};

/// The list that applies if none is given.
pub(crate) const DEFAULT: &str = "tracecontext,baggage";

/// The name of the propagator that does nothing.
pub(crate) const NONE: &str = "none";

/// A name that `OTEL_PROPAGATORS` may contain.
///
/// [`known_formats`] lists them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct KnownFormat {
    /// The name, in lower case.
    pub name: &'static str,
    /// The cargo feature of this crate that the name needs.
    pub feature: Option<&'static str>,
    /// All headers that the format reads or writes, in lower case. A proxy that strips them removes
    /// the format from a request.
    pub headers: &'static [&'static str],
    /// The beginnings of the names of further headers, in lower case. The format reads or writes one
    /// such header for each baggage entry.
    pub header_prefixes: &'static [&'static str],
    /// The prefix of the `baggage` members that the format owns. If the list contains the format,
    /// no other format reads or writes these members.
    pub baggage_prefix: Option<&'static str>,
    /// Creates the propagator; `None` if the feature is off.
    build: Option<Build>,
}

type Build = fn(&EnvLookup) -> Box<dyn Format>;

impl KnownFormat {
    /// Whether the cargo feature of the name is enabled.
    pub fn is_enabled(&self) -> bool {
        self.build.is_some()
    }
}

/// Expands to `Some` of an expression if a feature is enabled, and to `None` otherwise.
macro_rules! if_enabled {
    ($feature:literal, $build:expr) => {{
        #[cfg(feature = $feature)]
        {
            Some($build)
        }
        #[cfg(not(feature = $feature))]
        {
            None
        }
    }};
}

const FORMATS: [KnownFormat; 11] = [
    KnownFormat {
        name: "tracecontext",
        feature: None,
        headers: &["traceparent", "tracestate"],
        header_prefixes: &[],
        baggage_prefix: None,
        build: Some(|_| Box::new(TraceContextPropagator::new())),
    },
    KnownFormat {
        name: "baggage",
        feature: None,
        headers: &["baggage"],
        header_prefixes: &[],
        baggage_prefix: None,
        build: Some(|_| Box::new(BaggagePropagator::new())),
    },
    KnownFormat {
        name: "kontur",
        feature: Some("kontur"),
        headers: &[
            "x-kontur-trace-id",
            "x-kontur-trace-spanid",
            "x-kontur-trace-issampled",
        ],
        header_prefixes: &[],
        baggage_prefix: None,
        build: if_enabled!("kontur", |_| Box::new(
            opentelemetry_propagator_kontur::KonturPropagator::new()
        )),
    },
    KnownFormat {
        name: "vostok",
        feature: Some("vostok"),
        headers: &["context-globals", "context-properties", "request-priority"],
        header_prefixes: &[],
        baggage_prefix: None,
        build: if_enabled!("vostok", |_| Box::new(
            opentelemetry_propagator_vostok::VostokPropagator::new()
        )),
    },
    KnownFormat {
        name: "sentry",
        feature: Some("sentry"),
        headers: &["sentry-trace", "baggage"],
        header_prefixes: &[],
        baggage_prefix: Some("sentry-"),
        build: if_enabled!("sentry", |env| Box::new(crate::sentry_env::propagator(env))),
    },
    KnownFormat {
        name: "b3",
        feature: Some("b3"),
        // Only `b3` is written. OpenTelemetry's specification requires that the headers of
        // `b3multi` are read as well.
        headers: &[
            "b3",
            "x-b3-traceid",
            "x-b3-spanid",
            "x-b3-sampled",
            "x-b3-flags",
        ],
        header_prefixes: &[],
        baggage_prefix: None,
        build: if_enabled!("b3", |_| Box::new(
            opentelemetry_propagator_zipkin::B3Propagator::new()
        )),
    },
    KnownFormat {
        name: "b3multi",
        feature: Some("b3"),
        headers: &[
            "x-b3-traceid",
            "x-b3-spanid",
            "x-b3-sampled",
            "x-b3-flags",
            // OpenTelemetry's specification requires that this header is read as well.
            "b3",
        ],
        header_prefixes: &[],
        baggage_prefix: None,
        build: if_enabled!("b3", |_| Box::new(
            opentelemetry_propagator_zipkin::B3Propagator::builder()
                .multi_header(true)
                .build()
        )),
    },
    KnownFormat {
        name: "xray",
        feature: Some("xray"),
        headers: &["x-amzn-trace-id"],
        header_prefixes: &[],
        baggage_prefix: None,
        build: if_enabled!("xray", |_| Box::new(
            opentelemetry_propagator_xray::XrayPropagator::new()
        )),
    },
    KnownFormat {
        name: "xray-lambda",
        feature: Some("xray"),
        headers: &["x-amzn-trace-id"],
        header_prefixes: &[],
        baggage_prefix: None,
        build: if_enabled!("xray", |env| {
            let env = env.clone();
            let builder = opentelemetry_propagator_xray::XrayLambdaPropagator::builder();
            Box::new(builder.lookup(move |variable| env(variable)).build())
        }),
    },
    KnownFormat {
        name: "jaeger",
        feature: Some("jaeger"),
        headers: &["uber-trace-id", "jaeger-baggage"],
        header_prefixes: &["uberctx-"],
        baggage_prefix: None,
        build: if_enabled!("jaeger", |_| Box::new(
            opentelemetry_propagator_jaeger::JaegerPropagator::new()
        )),
    },
    KnownFormat {
        name: "ottrace",
        feature: Some("ottrace"),
        headers: &["ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled"],
        header_prefixes: &["ot-baggage-"],
        baggage_prefix: None,
        build: if_enabled!("ottrace", |_| Box::new(
            opentelemetry_propagator_ottrace::OtTracePropagator::new()
        )),
    },
];

/// Names of which the first one is not used in a list that contains the second one, because both
/// read the same header in different ways.
pub(crate) const SUPERSEDED: [(&str, &str); 1] = [("xray", "xray-lambda")];

/// Other words for a format, and its name.
const SYNONYMS: [(&str, &str); 7] = [
    ("контур", "kontur"),
    ("восток", "vostok"),
    ("w3c", "tracecontext"),
    ("zipkin", "b3"),
    ("aws", "xray"),
    ("aws-xray", "xray"),
    ("opentracing", "ottrace"),
];

/// Returns the names that `OTEL_PROPAGATORS` may contain, except `none`. Names whose cargo feature
/// is off are included.
///
/// ```
/// let names: Vec<_> = opentelemetry_autoprop::known_formats()
///     .iter()
///     .map(|format| format.name)
///     .collect();
/// assert_eq!(names[..3], ["tracecontext", "baggage", "kontur"]);
/// ```
pub fn known_formats() -> &'static [KnownFormat] {
    &FORMATS
}

/// Returns the names whose cargo feature is enabled.
pub(crate) fn enabled_names() -> impl Iterator<Item = &'static str> {
    FORMATS
        .iter()
        .filter(|format| format.is_enabled())
        .map(|format| format.name)
}

fn find(name: &str) -> Option<&'static KnownFormat> {
    FORMATS.iter().find(|format| format.name == name)
}

/// Creates the propagator of a name, if the name is known and its feature enabled.
pub(crate) fn build(name: &str, env: &EnvLookup) -> Option<Box<dyn Format>> {
    Some(find(name)?.build?(env))
}

/// Returns the reason why [`build`] returns no propagator. `known` contains the known names.
///
/// `written` is the name as the operator wrote it, and `name` is normalized.
pub(crate) fn problem(written: &str, name: &str, known: &[String]) -> Problem {
    match find(name) {
        Some(format) => Problem::FeatureOff {
            name: format.name,
            feature: format
                .feature
                .expect("a format without a feature is always built"),
        },
        None => Problem::Unknown {
            name: Quoted::new(written),
            hint: hint(name, known),
        },
    }
}

/// Returns the most likely correction of an unknown name.
fn hint(name: &str, known: &[String]) -> Option<Hint> {
    if let Some(meant) = name_of_word(&name.replace('_', "-")) {
        return Some(Hint::Header(meant));
    }
    // A list entry or a comment, as in YAML.
    let name = name.split(" #").next().unwrap_or(name);
    let name = name.strip_prefix("- ").unwrap_or(name);
    let is_known = |name: &str| known.iter().any(|known| known == name);
    let unquoted = name.trim_matches(is_quote).trim();
    let parts: Vec<_> = unquoted
        .split(is_separator)
        .map(|part| part.trim_matches(is_quote))
        .filter(|part| !part.is_empty())
        .collect();
    if parts.len() > 1 {
        let is_list = parts.len() <= known.len() && parts.iter().copied().all(is_known);
        return Some(Hint::Separator(is_list.then(|| parts.join(","))));
    }
    if is_known(unquoted) {
        return Some(Hint::OnlyTheName(unquoted.to_owned()));
    }
    let known = known.iter().map(String::as_str);
    closest_match(name, known).map(|name| Hint::Closest(name.to_owned()))
}

/// Returns the name of the format that a header or another word stands for.
fn name_of_word(word: &str) -> Option<&'static str> {
    let synonym = SYNONYMS.into_iter().find(|(synonym, _)| *synonym == word);
    // A format lists its most typical headers first.
    let rank = |format: &KnownFormat| format.headers.iter().position(|header| *header == word);
    let format = || {
        let ranked = FORMATS
            .iter()
            .filter_map(|format| Some((rank(format)?, format)));
        ranked
            .min_by_key(|(rank, _)| *rank)
            .map(|(_, format)| format)
    };
    synonym
        .map(|(_, name)| name)
        .or_else(|| format().map(|format| format.name))
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '[' | ']' | '“' | '”' | '«' | '»')
}

/// Whether a character separates names in other kinds of lists.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, ';' | ':' | '|' | '+' | '/')
}

/// Returns the most similar name, if one is similar enough for a misspelling.
fn closest_match<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer names are not compared, because the time is quadratic in the lengths. All built-in
    /// names are much shorter.
    const MAX_LEN: usize = 32;
    if name.len() > MAX_LEN {
        return None;
    }
    names
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use opentelemetry::propagation::Extractor;

    use super::*;

    #[test]
    fn problem_names_the_feature_that_is_off() {
        for format in FORMATS.iter().filter(|format| format.feature.is_some()) {
            let (name, feature) = (format.name, format.feature.unwrap());
            assert_eq!(
                problem(name, name, &[]),
                Problem::FeatureOff { name, feature }
            );
        }
    }

    #[test]
    fn synonyms_stand_for_known_names() {
        for (synonym, name) in SYNONYMS {
            assert!(find(name).is_some(), "{name}");
            assert!(find(synonym).is_none(), "{synonym}");
        }
    }

    #[test]
    fn row_lists_the_fields_of_its_propagator() {
        for format in &FORMATS {
            let Some(propagator) = build(format.name, &no_env()) else {
                continue;
            };
            for field in propagator.fields() {
                let field = field.to_ascii_lowercase();
                assert!(
                    format.headers.contains(&&*field),
                    "{}: {field}",
                    format.name
                );
            }
        }
    }

    fn no_env() -> EnvLookup {
        std::sync::Arc::new(|_| None)
    }

    /// A carrier with the headers of one trace that records which headers are read.
    #[derive(Default)]
    struct Recorder(std::cell::RefCell<std::collections::BTreeSet<String>>);

    impl Recorder {
        fn value(&self, key: &str) -> Option<&'static str> {
            let key = key.to_ascii_lowercase();
            let value = match &*key {
                "traceparent" => "00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01",
                "x-kontur-trace-id" | "x-b3-traceid" => "27bb7faa48294cf49ae6007d70905468",
                "sentry-trace" => "27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-1",
                "x-b3-spanid" | "ot-tracer-spanid" => "0bcd098a592642e4",
                "ot-tracer-traceid" => "9ae6007d70905468",
                _ => "",
            };
            self.0.borrow_mut().insert(key);
            (!value.is_empty()).then_some(value)
        }
    }

    impl Extractor for Recorder {
        fn get(&self, key: &str) -> Option<&str> {
            self.value(key)
        }

        fn get_all(&self, key: &str) -> Option<Vec<&str>> {
            Some(vec![self.value(key)?])
        }

        fn keys(&self) -> Vec<&str> {
            vec![]
        }
    }

    #[test]
    fn row_lists_every_header_that_is_read() {
        for format in &FORMATS {
            let Some(propagator) = build(format.name, &no_env()) else {
                continue;
            };
            let read = Recorder::default();
            propagator.extract(&read);
            let read = read.0.into_inner();
            assert!(!read.is_empty(), "{}", format.name);
            for header in &read {
                let is_listed = format.headers.contains(&&**header);
                assert!(is_listed, "{}: {header}", format.name);
            }
        }
    }

    #[test]
    fn row_has_the_name_of_its_format() {
        for format in &FORMATS {
            if let Some(built) = build(format.name, &no_env()) {
                assert_eq!(built.name(), format.name);
                assert_eq!(built.baggage_prefix(), format.baggage_prefix);
            }
        }
    }
}
