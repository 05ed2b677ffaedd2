//! The example `inspect` over any text: what it reads, and that what it prints is safe to print.

use inspect::headers::{self, Block};
use inspect::report::Report;
use inspect::{json, text};
use opentelemetry_autoprop::Propagator;
use propagator_oracle as oracle;

use crate::generate::{Format, Grammar};
use crate::invariants;

/// What the mutator writes into inputs.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[
        Format::Kontur,
        Format::VostokGlobals,
        Format::VostokProperties,
        Format::Sentry,
        Format::TraceContext,
    ],
    options: &[],
};

/// Bytes that a line may take as an entry of a header map, whatever its length.
const ENTRY: usize = 128;

/// The whole input is the text.
pub fn check(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    let size = input.len() + ENTRY * input.lines().count();
    let blocks = invariants::bounded(size, || headers::read(&input));
    let expected = oracle::header_block::read(&input);
    assert_eq!(
        blocks.iter().map(plain).collect::<Vec<_>>(),
        sorted(expected)
    );

    let all = "tracecontext,baggage,kontur,vostok,sentry";
    let propagator = opentelemetry_autoprop::builder()
        .lookup(|_| None)
        .from_list(all);
    let propagator = propagator.expect("known names");
    for block in &blocks {
        check_report(block, &propagator);
    }
}

/// A block as the oracle tells it; a header map keeps the lines of one name together.
fn plain(block: &Block) -> oracle::header_block::Block {
    let headers = block.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.to_string(), value.into_owned())
    });
    let mut headers: Vec<_> = headers.collect();
    headers.sort_by(|(a, _), (b, _)| a.cmp(b));
    oracle::header_block::Block {
        start_line: block.start_line.as_ref().map(|line| line.trim().to_owned()),
        headers,
    }
}

fn sorted(mut blocks: Vec<oracle::header_block::Block>) -> Vec<oracle::header_block::Block> {
    for block in &mut blocks {
        block.headers.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    blocks
}

fn check_report(block: &Block, propagator: &Propagator) {
    let report = Report::new(&block.headers, propagator);
    check_refusals(block, &report);

    let link = report
        .continued
        .as_ref()
        .map(|(_, span_context)| format!("https://example.com/{}", span_context.trace_id()));
    let start_line = block.start_line.as_deref();
    let mut printed = Vec::new();
    text::write(&mut printed, &report, start_line, link.as_deref()).expect("room in memory");
    check_terminal(std::str::from_utf8(&printed).expect("text"));
    check_onward(&report, std::str::from_utf8(&printed).expect("text"));

    let json = json::of(&report, start_line, link.as_deref());
    assert_eq!(json["formats"].as_array().map(Vec::len), Some(5));
    assert_eq!(json["trace"].is_null(), report.continued.is_none());
    assert_eq!(
        json["onward"].as_object().map(|onward| onward.len()),
        Some(report.onward.len())
    );
}

/// A format is refused exactly when its header is there and holds no trace for us.
fn check_refusals(block: &Block, report: &Report) {
    let header = |name: &str| block.headers.get(name)?.to_str().ok();
    for format in &report.formats {
        let has_trace = format.span_context.is_some();
        let is_refused = format.refused.is_some();
        match format.name.as_str() {
            "kontur" if header("x-kontur-trace-id").is_some() => {
                assert_eq!(is_refused, !has_trace, "{:?}", format.refused);
            }
            "sentry" if header("sentry-trace").is_some() => {
                assert_eq!(is_refused, !has_trace, "{:?}", format.refused);
            }
            "vostok" => {
                let read = |value| oracle::vostok::globals(value, &[], 16 * 1024).is_none();
                let expected = header("context-globals").is_some_and(read);
                assert_eq!(is_refused, expected, "{:?}", format.refused);
            }
            _ => {}
        }
        if let Some(reason) = &format.refused {
            assert!(!reason.contains(char::is_control), "{reason:?}");
        }
    }
}

/// Apart from its own colours, what is printed holds nothing that a terminal acts upon.
fn check_terminal(printed: &str) {
    let mut rest = printed;
    while let Some(at) = rest.find('\x1b') {
        let (before, escape) = rest.split_at(at);
        check_plain(before);
        let end = escape.find('m').expect("a colour's end");
        let colour = &escape[1..end];
        let is_colour = colour.starts_with('[')
            && colour[1..]
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b';');
        assert!(is_colour, "{colour:?}");
        rest = &escape[end + 1..];
    }
    check_plain(rest);
}

fn check_plain(text: &str) {
    let acts = |c: char| {
        // Controls, and the marks that turn the direction of what follows.
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(acts), "{text:?}");
}

/// The headers that are sent on stand there as a shell reads them back.
fn check_onward(report: &Report, printed: &str) {
    let lines = printed
        .lines()
        .filter_map(|line| line.strip_prefix("  -H '"));
    let read: Vec<String> = lines
        .map(|line| {
            let quoted = line.strip_suffix('\'').expect("a quote at the end");
            let parts: Vec<&str> = quoted.split(r"'\''").collect();
            assert!(parts.iter().all(|part| !part.contains('\'')), "{line}");
            parts.join("'")
        })
        .collect();
    let expected = report
        .onward
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    assert_eq!(read, expected.collect::<Vec<_>>());
    for (name, value) in &report.onward {
        invariants::assert_legal(name, value);
    }
}
