//! Text of header values, which is short: an id, a list member.

use std::ops::Range;

/// The value without the blanks and tabs around it.
///
/// ```
/// assert_eq!(opentelemetry_propagator_wire::trim_blanks(" \t0 1 "), "0 1");
/// ```
#[inline]
pub fn trim_blanks(value: &str) -> &str {
    &value[without_blanks(value.as_bytes(), 0..value.len())]
}

/// The range without the blanks and tabs at its ends.
#[inline]
pub(crate) fn without_blanks(text: &[u8], range: Range<usize>) -> Range<usize> {
    let Range { mut start, mut end } = range;
    let is_blank = |at: usize| matches!(text[at], b' ' | b'\t');
    while start < end && is_blank(start) {
        start += 1;
    }
    while start < end && is_blank(end - 1) {
        end -= 1;
    }
    start..end
}

/// Where `byte` stands first; the length of the text where it does not.
///
/// Eight bytes at a time: that finds the end of a list member in half the time of [`str::find`],
/// which is made for longer texts.
#[inline]
pub(crate) fn find(text: &[u8], byte: u8) -> usize {
    const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
    let wanted = u64::from_le_bytes([byte; 8]);
    let mut words = text.chunks_exact(8);
    let mut at = 0;
    for word in &mut words {
        let word: [u8; 8] = word.try_into().expect("a chunk of eight");
        let differing = u64::from_le_bytes(word) ^ wanted;
        // The high bit of each byte that does not differ; no carry leaves its byte.
        let found = !(((differing & LOW) + LOW) | differing | LOW);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = words.remainder();
    at + rest.iter().position(|&b| b == byte).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_byte_is_found_where_it_stands_first(text: Vec<u8>, byte: u8) {
            let expected = text.iter().position(|&b| b == byte).unwrap_or(text.len());
            prop_assert_eq!(find(&text, byte), expected);
        }

        #[test]
        fn blanks_are_trimmed_as_the_standard_library_does(text in "[ \\ta\u{a0}]{0,6}") {
            prop_assert_eq!(trim_blanks(&text), text.trim_matches([' ', '\t']));
        }
    }
}
