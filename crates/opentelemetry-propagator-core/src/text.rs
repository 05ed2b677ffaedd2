//! Whitespace and separators in header values.

/// Trims optional whitespace (OWS), which consists of spaces and tabs, on both sides.
///
/// ```
/// assert_eq!(opentelemetry_propagator_core::trim_ows(" \t0 1 "), "0 1");
/// ```
#[inline]
pub fn trim_ows(value: &str) -> &str {
    let bytes = value.as_bytes();
    let end = bytes.len() - trailing_ows(bytes);
    &value[leading_ows(&bytes[..end])..end]
}

/// Returns the number of leading spaces and tabs.
#[inline]
pub(crate) fn leading_ows(mut text: &[u8]) -> usize {
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
    const NONE: [u8; 32] = [0; 32];
    let chunks = text.chunks_exact(NONE.len());
    let mut last = [b'0'; 32];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    let mut start = 0;
    for chunk in chunks.chain([&last[..]]) {
        let mut marks = NONE;
        for (mark, &byte) in marks.iter_mut().zip(chunk) {
            *mark = if wanted(byte) { 0x80 } else { 0 };
        }
        if marks != NONE {
            for word in marks.chunks_exact(8) {
                let mut word =
                    u64::from_le_bytes(word.try_into().expect("a chunk has eight bytes"));
                while word != 0 {
                    if !found(start + word.trailing_zeros() as usize / 8) {
                        return;
                    }
                    word &= word - 1;
                }
                start += 8;
            }
        } else {
            start += NONE.len();
        }
    }
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
