//! Regular expressions of the program.

use regex::{Regex, RegexBuilder};

/// Compiles a regular expression that is part of the program.
///
/// Its classes are ASCII's, which is several times as fast: `\w`, `\s` and `\b` of Unicode make the
/// slow engine run for texts that are not ASCII. Negated classes need `(?u:…)`.
pub(super) fn regex(pattern: &str) -> Regex {
    RegexBuilder::new(pattern)
        .unicode(false)
        .build()
        .expect("a valid pattern")
}
