//! `trace-inspect`: misspelt names.
//!
//! - Each name that is reported is part of the text before a colon or an equals sign, is not known,
//!   and resembles a known one.
//! - A name with one mistake is reported.
#![cfg_attr(not(test), no_main)]

use propagator_oracle::notations::{is_one_edit, known, misspelt};
use trace_inspect::headers::readers::unknown_names;

propagator_fuzz::value! {
    words: [
        "X-Kontur-TraceId: 1", "sentry_trce=2", "\"Trace-Parent\" : 3", "traceparent", "context-globals",
        "baggage", "x-b3-traceid", "-", "_", ":", "=", ": ", "\n", "\"", "'", "\\n"
    ];
    fn check(text: &str) {
        let unknown = unknown_names(text);
        for found in &unknown {
            let end = text.find(&found.name).expect("a part of the text") + found.name.len();
            assert!(text[end..].contains([':', '=']));
            assert_eq!(known(&found.name), None);
            assert_eq!(known(found.nearest), Some(found.nearest));
            assert!((1..=text.lines().count()).contains(&found.line));
        }
        if let Some((name, _)) = text.split_once(": ") {
            check_first(name, unknown.first().map(|found| (&*found.name, found.nearest)));
        }
    }
}

/// A line `Name: …` at the beginning of the text.
fn check_first(name: &str, found: Option<(&str, &str)>) {
    let is_word = |name: &str| {
        let name = name.as_bytes();
        (6..=40).contains(&name.len())
            && name[0].is_ascii_lowercase()
            && name.iter().all(|b| b.is_ascii_lowercase() || *b == b'-')
    };
    if !is_word(name) || known(name).is_some() || name.starts_with("http-") || name == "traceid" {
        return;
    }
    if misspelt(name).is_some() {
        let (found, nearest) = found.expect("the name");
        assert_eq!(found, name);
        assert!(is_one_edit(name, nearest), "{nearest}");
    }
}
