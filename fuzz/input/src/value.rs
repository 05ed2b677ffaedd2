//! Fast targets: one value type, without a carrier and without the text form of a case.
//!
//! A target in `fuzz_targets/` defines its check with [`value!`](crate::value!). The check runs on
//! stable Rust over the target's seeds, too.

use std::fmt::{self, Write};

/// Changes the first `size` bytes of a buffer in place, as libFuzzer does: up to `max_size` bytes.
/// Returns the new size.
pub type ByteMutator = fn(data: &mut [u8], size: usize, max_size: usize) -> usize;

/// Defines the check of a fast target, and the program of that target.
///
/// The input is passed as text, up to its first invalid UTF-8, or as bytes. `words` are spliced into
/// inputs.
#[macro_export]
macro_rules! value {
    (words: $words:expr; fn check($text:ident: &str) $body:block) => {
        $crate::value! {
            words: $words;
            fn check(input: &[u8]) {
                let $text = $crate::value::valid_prefix(input);
                $body
            }
        }
    };
    (words: $words:expr; fn check($input:ident: &[u8]) $body:block) => {
        pub fn check($input: &[u8]) {
            $body
        }

        #[cfg(not(test))]
        const WORDS: &[&str] = &$words;

        #[cfg(not(test))]
        libfuzzer_sys::fuzz_target!(|input: &[u8]| check(input));

        #[cfg(not(test))]
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::value::mutate(
                WORDS,
                libfuzzer_sys::fuzzer_mutate,
                data,
                size,
                max_size,
                seed,
            )
        });
    };
}

/// Returns the input up to its first invalid UTF-8.
pub fn valid_prefix(input: &[u8]) -> &str {
    match std::str::from_utf8(input) {
        Ok(text) => text,
        Err(error) => {
            let valid = &input[..error.valid_up_to()];
            std::str::from_utf8(valid).expect("valid up to here")
        }
    }
}

/// The greatest length of an input in bytes that mutations grow to. Values are short, and short inputs
/// are fast.
const MAX_LEN: usize = 256;

/// Splices words into inputs half of the time, and leaves the other half to libFuzzer.
pub fn mutate(
    words: &[&str],
    bytes: ByteMutator,
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
) -> usize {
    let max_size = max_size.min(MAX_LEN.max(size));
    // Fibonacci hashing: libFuzzer's seeds are consecutive numbers.
    let random = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let below = |shift: u32, limit: usize| (random >> shift) as usize % limit;
    let choice = below(61, 8);
    if words.is_empty() || choice < 4 {
        return bytes(data, size, max_size);
    }
    let word = words[below(40, words.len())].as_bytes();
    let at = below(20, size + 1);
    let (start, end) = match choice {
        // Replaces the whole input, overwrites a part of it, or inserts.
        4 => (0, size),
        5 => (at, size.min(at + word.len())),
        _ => (at, at),
    };
    let new_size = size - (end - start) + word.len();
    if new_size > max_size {
        return bytes(data, size, max_size);
    }
    data.copy_within(end..size, start + word.len());
    data[start..start + word.len()].copy_from_slice(word);
    new_size
}

/// An error about an untrusted header is short and has no control characters, so that nobody can
/// flood or forge a log with it.
pub fn assert_safe_to_log(error: &dyn std::error::Error) {
    let mut line = LogLine { len: 0 };
    write!(line, "{error}").expect("a line of a log");
}

struct LogLine {
    len: usize,
}

impl Write for LogLine {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.len += text.len();
        assert!(self.len <= 200, "{} bytes: {text:?}", self.len);
        let is_control = |byte: &u8| *byte < b' ' || *byte == 0x7f;
        assert!(!text.as_bytes().iter().any(is_control), "{text:?}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutate_splices_words_in_within_the_limit() {
        let keep: ByteMutator = |_, size, _| size;
        let (mut inserted, mut replaced) = (0, 0);
        for seed in 0..1000 {
            let mut data = *b"abcd............";
            let size = mutate(&["123"], keep, &mut data, 4, 6, seed);
            assert!(size <= 6);
            match &data[..size] {
                b"123" => replaced += 1,
                data if data.windows(3).any(|window| window == b"123") => inserted += 1,
                data => assert_eq!(data, b"abcd"),
            }
        }
        assert!(inserted > 50 && replaced > 50, "{inserted} {replaced}");
    }

    #[test]
    #[should_panic(expected = "bytes")]
    fn a_long_error_is_not_safe_to_log() {
        assert_safe_to_log(&std::io::Error::other("x".repeat(201)));
    }

    #[test]
    #[should_panic(expected = "\\n")]
    fn an_error_with_a_line_break_is_not_safe_to_log() {
        assert_safe_to_log(&std::io::Error::other("a\nb"));
    }
}
