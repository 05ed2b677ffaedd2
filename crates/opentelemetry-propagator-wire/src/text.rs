//! Text of header values, which is short: an id, a list member.

/// The value without the blanks and tabs around it.
///
/// ```
/// assert_eq!(opentelemetry_propagator_wire::trim_blanks(" \t0 1 "), "0 1");
/// ```
#[inline]
pub fn trim_blanks(value: &str) -> &str {
    let bytes = value.as_bytes();
    let end = bytes.len() - trailing_blanks(bytes);
    &value[leading_blanks(&bytes[..end])..end]
}

/// How many blanks and tabs stand before a text.
#[inline]
pub(crate) fn leading_blanks(mut text: &[u8]) -> usize {
    let mut blanks = 0;
    while let [b' ' | b'\t', rest @ ..] = text {
        (text, blanks) = (rest, blanks + 1);
    }
    blanks
}

/// How many stand behind it.
#[inline]
pub(crate) fn trailing_blanks(mut text: &[u8]) -> usize {
    let mut blanks = 0;
    while let [rest @ .., b' ' | b'\t'] = text {
        (text, blanks) = (rest, blanks + 1);
    }
    blanks
}

/// Calls `found` with each place where a byte stands that is `wanted`.
///
/// Bytes are compared 32 at a time, and none waits for where the last was found: [`str::find`],
/// made for longer texts, takes several times as long for the members of a list.
#[inline]
pub(crate) fn each(text: &[u8], wanted: impl Fn(u8) -> bool, mut found: impl FnMut(usize)) {
    const NONE: [u8; 32] = [0; 32];
    let chunks = text.chunks_exact(NONE.len());
    let (rest, mut start) = (chunks.remainder(), 0);
    for chunk in chunks {
        let mut marks = NONE;
        for (mark, &byte) in marks.iter_mut().zip(chunk) {
            *mark = if wanted(byte) { 0x80 } else { 0 };
        }
        if marks != NONE {
            for word in marks.chunks_exact(8) {
                let mut word = u64::from_le_bytes(word.try_into().expect("a chunk of eight"));
                while word != 0 {
                    found(start + word.trailing_zeros() as usize / 8);
                    word &= word - 1;
                }
                start += 8;
            }
        } else {
            start += NONE.len();
        }
    }
    for (i, &byte) in rest.iter().enumerate() {
        if wanted(byte) {
            found(start + i);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_place_is_found_in_its_order(text in "[,=aя]{0,80}") {
            let mut places = Vec::new();
            each(text.as_bytes(), |b| matches!(b, b',' | b'='), |at| places.push(at));
            let expected: Vec<_> = text.match_indices([',', '=']).map(|(at, _)| at).collect();
            prop_assert_eq!(places, expected);
        }

        #[test]
        fn blanks_are_trimmed_as_the_standard_library_does(text in "[ \\ta\u{a0}]{0,6}") {
            prop_assert_eq!(trim_blanks(&text), text.trim_matches([' ', '\t']));
        }
    }
}
