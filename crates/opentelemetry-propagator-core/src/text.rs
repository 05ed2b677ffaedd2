//! Whitespace and separators in header values.

/// Trims optional whitespace (OWS), which consists of spaces and tabs, on both sides.
///
/// ```
/// assert_eq!(opentelemetry_propagator_core::trim_ows(" \t0 1 "), "0 1");
/// ```
#[inline]
pub fn trim_ows(value: &str) -> &str {
    match value.as_bytes() {
        [b' ' | b'\t', ..] | [.., b' ' | b'\t'] => trim_whitespace(value),
        _ => value,
    }
}

/// Separate, because most values of a request have none.
#[cold]
fn trim_whitespace(value: &str) -> &str {
    let bytes = value.as_bytes();
    let end = bytes.len() - trailing_ows(bytes);
    &value[leading_ows(&bytes[..end])..end]
}

/// Returns the number of leading spaces and tabs.
#[inline]
fn leading_ows(mut text: &[u8]) -> usize {
    let mut count = 0;
    while let [b' ' | b'\t', rest @ ..] = text {
        (text, count) = (rest, count + 1);
    }
    count
}

/// Returns the number of trailing spaces and tabs.
#[inline]
pub(crate) fn trailing_ows(mut text: &[u8]) -> usize {
    let mut count = 0;
    while let [rest @ .., b' ' | b'\t'] = text {
        (text, count) = (rest, count + 1);
    }
    count
}

/// Calls `found` with the position of each byte for which `wanted` is true, until `found` returns
/// `false`. `wanted` must be false for digits.
///
/// It compares 32 bytes at a time, without a branch per byte. [`str::find`] is optimized for longer
/// texts, and takes several times as long for the short members of a list.
#[inline]
pub(crate) fn for_each_match(
    text: &[u8],
    wanted: impl Fn(u8) -> bool,
    mut found: impl FnMut(usize) -> bool,
) {
    let mut start = 0;
    while start < text.len() {
        let rest = &text[start..];
        let chunk = match rest.get(..CHUNK) {
            Some(chunk) => chunk.try_into().expect("the chunk has this length"),
            None => padded(rest),
        };
        let mut matches = matches(chunk, &wanted);
        while matches != 0 {
            if !found(start + matches.trailing_zeros() as usize) {
                return;
            }
            matches &= matches - 1;
        }
        start += CHUNK;
    }
}

/// The number of bytes that are compared at a time.
const CHUNK: usize = 32;

/// Appends digits to a text that is shorter than a chunk.
#[inline]
fn padded(text: &[u8]) -> [u8; CHUNK] {
    let mut chunk = [b'0'; CHUNK];
    chunk[..text.len()].copy_from_slice(text);
    chunk
}

/// Returns a word with one bit for each byte of a chunk: 1 if `wanted` is true for it.
#[inline]
fn matches(chunk: [u8; CHUNK], wanted: impl Fn(u8) -> bool) -> u32 {
    let mut marks = [0; CHUNK];
    for (mark, byte) in marks.iter_mut().zip(chunk) {
        *mark = u8::from(wanted(byte));
    }
    let mut bits = 0;
    for (index, eight) in marks.chunks_exact(8).enumerate() {
        let word = u64::from_le_bytes(eight.try_into().expect("a chunk has eight bytes"));
        // Each byte is 0 or 1. The product's highest byte collects them, the first one lowest.
        let byte = word.wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= (byte as u32) << (8 * index);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn for_each_match_finds_each_position_in_order(text in "[,=aя]{0,80}") {
            let mut positions = Vec::new();
            for_each_match(text.as_bytes(), |b| matches!(b, b',' | b'='), |at| {
                positions.push(at);
                true
            });
            let expected: Vec<_> = text.match_indices([',', '=']).map(|(at, _)| at).collect();
            prop_assert_eq!(positions, expected);
        }

        #[test]
        fn for_each_match_stops_when_told(text in "[,a]{0,80}", most in 0usize..5) {
            let mut positions = Vec::new();
            for_each_match(text.as_bytes(), |b| b == b',', |at| {
                positions.push(at);
                positions.len() < most
            });
            let all: Vec<_> = text.match_indices(',').map(|(at, _)| at).collect();
            prop_assert_eq!(&positions[..], &all[..all.len().min(most.max(1))]);
        }

        #[test]
        fn trim_ows_agrees_with_trim_matches(text in "[ \\ta\u{a0}]{0,6}") {
            prop_assert_eq!(trim_ows(&text), text.trim_matches([' ', '\t']));
        }
    }
}
