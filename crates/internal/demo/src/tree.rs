//! A trace as a tree, on a terminal of 80 columns.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use crate::collector::Span;

/// Displays the spans below the span `parent`, and then the spans whose parent is missing.
#[derive(Debug)]
pub struct Tree<'a> {
    /// The spans of one trace, in the order of their starts.
    pub spans: &'a [Span],
    /// The id of the root, a span of the caller.
    pub parent: &'a str,
    /// The text next to the root.
    pub label: &'a str,
}

impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.parent, self.label)?;
        self.below(f, self.parent, "")?;
        let known: BTreeSet<_> = self.spans.iter().map(|it| it.span_id.as_str()).collect();
        for orphan in self.spans {
            let parent = orphan.parent_span_id.as_str();
            if parent != self.parent && !known.contains(parent) {
                writeln!(f, "{parent:16} is missing")?;
                self.branch(f, orphan, "", true)?;
            }
        }
        Ok(())
    }
}

impl Tree<'_> {
    fn below(&self, f: &mut fmt::Formatter<'_>, parent: &str, indent: &str) -> fmt::Result {
        let mut children = self
            .spans
            .iter()
            .filter(|it| it.parent_span_id == parent)
            .peekable();
        while let Some(child) = children.next() {
            self.branch(f, child, indent, children.peek().is_none())?;
        }
        Ok(())
    }

    fn branch(
        &self,
        f: &mut fmt::Formatter<'_>,
        span: &Span,
        indent: &str,
        last: bool,
    ) -> fmt::Result {
        let (corner, below) = if last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let left = format!("{indent}{corner}{}", span.service);
        let mut line = format!(
            "{left:27} {:8} {:14} {}",
            span.kind, span.name, span.span_id
        );
        let milliseconds = span.duration.as_secs_f64() * 1000.0;
        write!(line, " {milliseconds:6.1} ms")?;
        if span.failed {
            line.push_str(" ✗");
        }
        writeln!(f, "{}", cut(&line, WIDTH))?;
        self.below(f, &span.span_id, &format!("{indent}{below}"))
    }
}

/// The columns of a terminal.
pub const WIDTH: usize = 80;

/// Returns the text, cut to a width with an ellipsis.
///
/// ```
/// use demo::tree::cut;
///
/// assert_eq!(cut("long enough", 11), "long enough");
/// assert_eq!(cut("long enough", 6), "long …");
/// ```
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn span(service: &str, name: &str, span_id: &str, parent_span_id: &str) -> Span {
        Span {
            service: service.to_owned(),
            name: name.to_owned(),
            kind: "server",
            trace_id: "27bb7faa48294cf49ae6007d70905468".to_owned(),
            span_id: span_id.to_owned(),
            parent_span_id: parent_span_id.to_owned(),
            start: 0,
            duration: Duration::from_micros(1250),
            failed: false,
            flags: 0,
            encoding: None,
        }
    }

    fn draw(spans: &[Span]) -> String {
        let tree = Tree {
            spans,
            parent: "0bcd098a592642e4",
            label: "the caller",
        };
        tree.to_string()
    }

    #[test]
    fn tree_shows_children_below_their_parent() {
        let spans = [
            span("shop", "GET /next", "1111111111111111", "0bcd098a592642e4"),
            span("stock", "GET /", "2222222222222222", "1111111111111111"),
            span("prices", "GET /", "3333333333333333", "1111111111111111"),
        ];
        let expected = "\
0bcd098a592642e4 the caller
└─ shop                     server   GET /next      1111111111111111    1.2 ms
   ├─ stock                 server   GET /          2222222222222222    1.2 ms
   └─ prices                server   GET /          3333333333333333    1.2 ms
";
        assert_eq!(draw(&spans), expected);
    }

    #[test]
    fn tree_shows_spans_without_their_parent() {
        let spans = [span(
            "shop",
            "GET /",
            "1111111111111111",
            "9999999999999999",
        )];
        let expected = "\
0bcd098a592642e4 the caller
9999999999999999 is missing
└─ shop                     server   GET /          1111111111111111    1.2 ms
";
        assert_eq!(draw(&spans), expected);
    }

    #[test]
    fn tree_cuts_long_names() {
        let name = "GET /".repeat(40);
        let mut long = span("shop", &name, "1111111111111111", "0bcd098a592642e4");
        long.failed = true;
        for line in draw(&[long]).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }
}
