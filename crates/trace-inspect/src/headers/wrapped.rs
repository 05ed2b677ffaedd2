//! Values that a chat, an editor or a proxy broke over several lines.

use super::names;
use super::values;

/// A value and how many further lines it was joined from.
pub(super) struct Joined {
    pub(super) value: String,
    pub(super) lines: usize,
}

/// The longest value that is joined, in bytes. No server accepts a longer header.
const MAX_LEN: usize = 64 * 1024;

/// Joins an invalid value with the lines after it, if the result is valid.
pub(super) fn join(name: &str, first: &str, following: &[&str]) -> Option<Joined> {
    let first = first.trim_end_matches(['\\', '^', '=']);
    let mut value = first.to_owned();
    let mut lines = 0;
    for line in following {
        if value.len() > MAX_LEN || !is_rest(line) {
            break;
        }
        value.push_str(rest(line));
        lines += 1;
        // Ids fit on few lines, so that each join can be tried. An envelope is tried when it ends.
        if !values::is_base64(name) && (lines > 4 || values::is_valid(name, &value)) {
            break;
        }
    }
    (lines > 0 && values::is_valid(name, &value)).then_some(Joined { value, lines })
}

/// Whether a line may be the rest of a value: one word without a name.
pub(super) fn is_rest(line: &str) -> bool {
    let rest = rest(line);
    let is_of_value = |b: u8| b.is_ascii_alphanumeric() || b"+/=-_".contains(&b);
    !rest.is_empty() && rest.bytes().all(is_of_value) && !names::contains(rest)
}

fn rest(line: &str) -> &str {
    line.trim()
        .trim_end_matches(['"', '\'', ',', '\\', '`', ';'])
}

/// Joins a list with the lines into which it was folded: indented ones (RFC 9112, 5.2), and those
/// after a comma.
pub(super) fn unfold(line: &str, first: &str, following: &[&str]) -> Joined {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut value = first.to_owned();
    let mut lines = 0;
    for next in following {
        let is_folded = indent(next) > indent(line) || value.trim_end().ends_with(',');
        if !is_folded || value.len() > MAX_LEN {
            break;
        }
        if next.trim().contains(": ") || names::contains(next) {
            break;
        }
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str(next.trim());
        lines += 1;
    }
    Joined { value, lines }
}
