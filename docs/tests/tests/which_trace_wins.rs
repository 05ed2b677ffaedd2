//! Runs every row of docs/which-trace-wins.md.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_autoprop::{builder, from_list};
use opentelemetry_propagator_vostok::VostokContextExt;

const PAGE: &str = include_str!("../../which-trace-wins.md");

/// The ids that the letters of the page stand for.
const IDS: [(&str, &str); 4] = [
    ("A", "27bb7faa48294cf49ae6007d70905468"),
    ("B", "771a43a4192642f0b136d5159a501700"),
    ("S", "0bcd098a592642e4"),
    ("R", "1234567890abcdef"),
];

/// Replaces the letters that stand alone.
fn with_ids(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let mut result = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let id = IDS.into_iter().find(|(letter, _)| *letter == word);
        result.push_str(id.map_or(word, |(_, id)| id));
        let next = after.find(is_word).unwrap_or(after.len());
        result.push_str(&after[..next]);
        rest = &after[next..];
    }
    result
}

/// Returns the rows of the tables whose head begins with a cell, without the code marks.
fn rows(first_cell: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut is_table = false;
    for line in PAGE.lines() {
        let Some(cells) = line.strip_prefix("| ") else {
            is_table &= line.starts_with("|---");
            continue;
        };
        let cells = cells.trim_end_matches(" |").split(" | ");
        let cells: Vec<_> = cells.map(|cell| cell.replace('`', "")).collect();
        if cells[0] == first_cell {
            is_table = true;
        } else if is_table {
            rows.push(cells);
        }
    }
    rows
}

fn headers<'a>(headers: impl IntoIterator<Item = &'a str>) -> HashMap<String, String> {
    let pairs = headers
        .into_iter()
        .map(|header| header.split_once(": ").unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), with_ids(value)))
        .collect()
}

#[test]
fn every_row_of_a_list_is_true() {
    let rows = rows("list");
    assert!(rows.len() > 30, "{}", rows.len());
    for row in rows {
        let [list, request, trace, parent, decision] = &row[..] else {
            panic!("five cells: {row:?}");
        };
        let propagator = from_list(list).unwrap();
        let request = headers(request.split(" · "));
        let explanation = propagator.explain(&Context::new(), &request);
        let span = explanation.context.span();
        let span_context = span.span_context();
        if trace == "none" {
            assert!(!span_context.is_valid(), "{row:?}");
            continue;
        }
        assert_eq!(
            span_context.trace_id().to_string(),
            with_ids(trace),
            "{row:?}"
        );
        assert_eq!(
            span_context.span_id().to_string(),
            with_ids(parent),
            "{row:?}"
        );
        let sampled = if span_context.is_sampled() {
            "sampled"
        } else {
            "not sampled"
        };
        let origin = explanation.parent.unwrap();
        let is_debug = request.values().any(|value| value.ends_with("-d"));
        let found = match origin.sampled_from.is_some() || is_debug {
            true => sampled.to_owned(),
            false => format!("undecided, {sampled}"),
        };
        assert_eq!(found, *decision, "{row:?}");
    }
}

#[test]
fn every_row_of_trust_is_true() {
    let request = headers([
        "traceparent: 00-A-S-01",
        "tracestate: a=1",
        "baggage: userId=42",
        "request-priority: Critical",
    ]);
    let rows = rows("trust");
    assert_eq!(rows.len(), 3);
    for row in rows {
        let word = row[0].clone();
        let propagator = builder()
            .lookup(move |variable| match variable {
                "OTEL_PROPAGATORS" => Some("tracecontext,baggage,vostok".to_owned()),
                "OTEL_RUST_PROPAGATORS_TRUST" => Some(word.clone()),
                _ => None,
            })
            .from_env();
        let cx = propagator.extract_with_context(&Context::new(), &request);
        let span = cx.span();
        let is_kept = |kept: bool| if kept { "kept" } else { "dropped" };
        let found = [
            if span.span_context().is_valid() {
                "A"
            } else {
                "new"
            },
            is_kept(span.span_context().trace_state().get("a").is_some()),
            is_kept(cx.baggage().get("userId").is_some()),
            is_kept(cx.vostok_request_priority().is_some()),
        ];
        assert_eq!(row[1..], found, "{row:?}");
    }
}
