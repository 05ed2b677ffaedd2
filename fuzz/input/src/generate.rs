//! Generators of header lines and options, well-formed and almost well-formed.
//!
//! The mutator inserts them into inputs. Random bytes rarely contain the right number of digits,
//! matching lengths or valid Base64.

use arbitrary::{Arbitrary, Result, Unstructured};

use propagator_oracle::{guid, vostok};

/// A name and a value.
pub type Line = (Vec<u8>, Vec<u8>);

/// The lines that are useful for a target.
#[derive(Clone, Copy, Debug)]
pub struct Grammar {
    /// The formats of the headers.
    pub formats: &'static [Headers],
    /// The options, each with useful values.
    pub options: &'static [(&'static str, &'static [&'static str])],
}

/// Headers that a grammar generates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headers {
    /// `X-Kontur-Trace-*`.
    Kontur,
    /// `Context-Globals`.
    VostokGlobals,
    /// `Context-Properties`.
    VostokProperties,
    /// `Request-Priority`.
    VostokPriority,
    /// `sentry-trace` and `baggage`.
    Sentry,
    /// `traceparent`, `tracestate`.
    TraceContext,
    /// B3, X-Ray, Jaeger and OT trace.
    Others,
    /// Environment variables instead of headers.
    Environment,
}

impl Grammar {
    /// Generates a header line of one of the formats.
    pub fn header(&self, u: &mut Unstructured<'_>) -> Result<Line> {
        let (name, value) = match *u.choose(self.formats)? {
            Headers::Kontur => kontur(u)?,
            Headers::VostokGlobals => ("context-globals", envelope(u)?),
            Headers::VostokProperties => ("context-properties", envelope(u)?),
            Headers::VostokPriority => {
                let names = ["Critical", " sheddable", "2", "", "Ordinary,Critical"];
                ("request-priority", (*u.choose(&names)?).to_owned())
            }
            Headers::Sentry if u.ratio(1, 2)? => ("sentry-trace", sentry_trace(u)?),
            Headers::Sentry => ("baggage", baggage(u)?),
            Headers::TraceContext => trace_context(u)?,
            Headers::Others => other_format(u)?,
            Headers::Environment => environment(u)?,
        };
        Ok((name.into(), value.into_bytes()))
    }

    /// Generates an option of the target, if it has any.
    pub fn option(&self, u: &mut Unstructured<'_>) -> Result<Option<Line>> {
        if self.options.is_empty() {
            return Ok(None);
        }
        let (name, values) = *u.choose(self.options)?;
        let value = *u.choose(values)?;
        Ok(Some((name.into(), value.into())))
    }
}

/// A small set of trace ids, so that several headers of one input often have the same one.
const TRACES: [&str; 3] = [
    "27bb7faa48294cf49ae6007d70905468",
    "00000000000000000000000000000005",
    "00000000000000000000000000000000",
];

fn trace_id(u: &mut Unstructured<'_>) -> Result<String> {
    if u.ratio(2, 3)? {
        return Ok((*u.choose(&TRACES)?).to_owned());
    }
    Ok(format!("{:032x}", u128::arbitrary(u)?))
}

fn span_id(u: &mut Unstructured<'_>) -> Result<String> {
    if u.ratio(1, 8)? {
        return Ok("0".repeat(16));
    }
    Ok(format!("{:016x}", u64::arbitrary(u)?))
}

/// The forms of a GUID.
#[derive(Arbitrary)]
enum GuidForm {
    Simple,
    Hyphenated,
    Upper,
    Braces,
    Parentheses,
    Padded,
}

fn guid(u: &mut Unstructured<'_>, digits: &str) -> Result<String> {
    let number = propagator_oracle::hex::number(digits).expect("the text has 32 digits");
    let hyphenated = guid::hyphenated(number);
    Ok(match GuidForm::arbitrary(u)? {
        GuidForm::Simple => digits.to_owned(),
        GuidForm::Hyphenated => hyphenated,
        GuidForm::Upper => hyphenated.to_uppercase(),
        GuidForm::Braces => format!("{{{hyphenated}}}"),
        GuidForm::Parentheses => format!("({hyphenated})"),
        GuidForm::Padded => format!(" {hyphenated}\t"),
    })
}

fn kontur(u: &mut Unstructured<'_>) -> Result<(&'static str, String)> {
    Ok(match u.int_in_range(0..=3)? {
        0 => {
            let digits = trace_id(u)?;
            ("x-kontur-trace-id", guid(u, &digits)?)
        }
        1 => ("x-kontur-trace-spanid", span_id(u)?),
        2 => {
            let digits = format!("{}{}", span_id(u)?, span_id(u)?);
            let length = *u.choose(&[8, 16, 32])?;
            ("x-kontur-trace-spanid", digits[..length].to_owned())
        }
        _ => {
            let words = ["true", "True", "1", "false", "FALSE", "0", "yes", ""];
            ("x-kontur-trace-issampled", (*u.choose(&words)?).to_owned())
        }
    })
}

fn envelope(u: &mut Unstructured<'_>) -> Result<String> {
    let mut entries: Vec<(String, Vec<u8>)> = Vec::new();
    for _ in 0..u.int_in_range(0..=4)? {
        entries.push(entry(u)?);
    }
    let entries = entries
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_slice()));
    Ok(vostok::write(entries))
}

/// Generates an entry of a Vostok envelope.
pub fn entry(u: &mut Unstructured<'_>) -> Result<(String, Vec<u8>)> {
    let name = *u.choose(&[
        vostok::TRACING,
        vostok::TRACING,
        "vostok.request.priority",
        "user.global",
        "имя",
        "",
    ])?;
    let value = match name {
        vostok::TRACING => tracing(u)?.into_bytes(),
        _ => u
            .choose(&["Sheddable", "Ordinary", "Critical", "привет", "\0", ""])?
            .as_bytes()
            .to_vec(),
    };
    Ok((name.to_owned(), value))
}

fn tracing(u: &mut Unstructured<'_>) -> Result<String> {
    let trace_id = trace_id(u)?;
    let span_id = format!("{}{}", span_id(u)?, span_id(u)?);
    let separator = *u.choose(&[";", ";", ";;", " ; ", ":"])?;
    Ok(format!(
        "{}{separator}{}",
        guid(u, &trace_id)?,
        guid(u, &span_id)?
    ))
}

fn sentry_trace(u: &mut Unstructured<'_>) -> Result<String> {
    let ids = format!("{}-{}", trace_id(u)?, span_id(u)?);
    let (before, after) = *u.choose(&[
        ("", ""),
        ("", "-"),
        ("", "-0"),
        ("", "-1"),
        ("", "-2"),
        ("00-", "-00"),
        ("00-", "-01"),
        (" ", "\t"),
        (",", ",junk"),
    ])?;
    Ok(format!("{before}{ids}{after}"))
}

fn baggage(u: &mut Unstructured<'_>) -> Result<String> {
    let mut members = Vec::new();
    for _ in 0..u.int_in_range(0..=6)? {
        members.push(member(u)?);
    }
    Ok(members.join(u.choose(&[",", ", ", " ,\t"])?))
}

fn member(u: &mut Unstructured<'_>) -> Result<String> {
    let key = *u.choose(&[
        "sentry-trace_id",
        "sentry-public_key",
        "sentry-sample_rate",
        "sentry-sample_rand",
        "sentry-sampled",
        "sentry-org_id",
        "sentry-",
        "Sentry-x",
        "userId",
        "tenant",
        "",
    ])?;
    let value = *u.choose(&[
        "1",
        "2",
        "0.5",
        "a%2Cb%3Bc",
        "%D0%9A",
        "%",
        "%ff",
        "a=b",
        "v;ttl=30",
        "",
        "ы",
    ])?;
    Ok(format!("{key}={value}"))
}

fn trace_context(u: &mut Unstructured<'_>) -> Result<(&'static str, String)> {
    if u.ratio(1, 4)? {
        let state = *u.choose(&["a=b", "kontur=1,other=2", "=", "a=b,a=c"])?;
        return Ok(("tracestate", state.to_owned()));
    }
    let flags = *u.choose(&["00", "01", "02", "03", "ff", "1"])?;
    let value = format!("00-{}-{}-{flags}", trace_id(u)?, span_id(u)?);
    Ok(("traceparent", value))
}

fn other_format(u: &mut Unstructured<'_>) -> Result<(&'static str, String)> {
    let (trace_id, span_id) = (trace_id(u)?, span_id(u)?);
    let short = trace_id[16..].to_owned();
    Ok(match u.int_in_range(0..=9)? {
        0 => {
            let flag = *u.choose(&["", "-", "-0", "-1", "-d", "-true", "-1-p", "-1-p-x"])?;
            ("b3", format!("{trace_id}-{span_id}{flag}"))
        }
        1 => ("b3", (*u.choose(&["0", "1", "d", ""])?).to_owned()),
        2 => (
            "x-b3-traceid",
            if u.ratio(1, 2)? { trace_id } else { short },
        ),
        3 => ("x-b3-spanid", span_id),
        4 => {
            let flags = [
                ("x-b3-sampled", "1"),
                ("x-b3-sampled", "False"),
                ("x-b3-flags", "1"),
            ];
            let (name, value) = *u.choose(&flags)?;
            (name, value.to_owned())
        }
        5 => {
            let (time, random) = trace_id.split_at(8);
            let rest = *u.choose(&["", ";Sampled=1", ";Sampled=0", ";Sampled=?", ";a=b", ",x"])?;
            (
                "x-amzn-trace-id",
                format!("Root=1-{time}-{random};Parent={span_id}{rest}"),
            )
        }
        6 => {
            let flags = *u.choose(&["0", "1", "3", "2", "", "ff", "x"])?;
            ("uber-trace-id", format!("{trace_id}:{span_id}:0:{flags}"))
        }
        7 => ("ot-tracer-traceid", short),
        8 => ("ot-tracer-spanid", span_id),
        _ => (
            "ot-tracer-sampled",
            (*u.choose(&["true", "False", "1", "x"])?).to_owned(),
        ),
    })
}

fn environment(u: &mut Unstructured<'_>) -> Result<(&'static str, String)> {
    if u.ratio(1, 3)? {
        let (name, values): (_, &[&str]) = *u.choose(&[
            (
                "sentry_dsn",
                &["https://key@o17.ingest.sentry.io/1", "junk"][..],
            ),
            ("sentry_release", &["shop@1.0", "\0", "ёж"]),
            ("sentry_environment", &["production", " "]),
            ("sentry_traces_sample_rate", &["0", "1", "0.5", "NaN", "2"]),
        ])?;
        return Ok((name, (*u.choose(values)?).to_owned()));
    }
    let mut names = Vec::new();
    for _ in 0..u.int_in_range(0..=5)? {
        names.push(*u.choose(&[
            "tracecontext",
            "baggage",
            "kontur",
            " VOSTOK ",
            "sentry",
            "b3",
            "b3multi",
            "xray",
            "jaeger",
            "knotur",
            "ours",
            "none",
            "",
        ])?);
    }
    Ok(("otel_propagators", names.join(",")))
}
