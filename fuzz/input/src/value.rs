//! Fast targets, which check one value type without a carrier and without the text form of a case.
//!
//! A target in `fuzz_targets/` defines its check with [`value!`](crate::value!). The check also
//! runs on stable Rust over the target's seeds.

use std::fmt::{self, Write};

/// Changes the first `size` bytes of a buffer in place, to at most `max_size` bytes, as libFuzzer
/// does. Returns the new size.
pub type ByteMutator = fn(data: &mut [u8], size: usize, max_size: usize) -> usize;

/// Defines the check of a fast target, and the program of that target.
///
/// The input is passed as text, up to its first invalid UTF-8, or as bytes. `words` are spliced
/// into inputs. `typical_len` is the length in bytes that most inputs do not exceed, by default 48.
/// `max_len` is the length that no mutation exceeds, by default 256. It must be greater than every
/// length that the format limits or can state, as far as the fast target checks it.
#[macro_export]
macro_rules! value {
    (words: $($rest:tt)*) => {
        $crate::value! { typical_len: 48; words: $($rest)* }
    };
    (typical_len: $len:expr; words: $($rest:tt)*) => {
        $crate::value! { typical_len: $len; max_len: 256; words: $($rest)* }
    };
    (
        typical_len: $len:expr; max_len: $max_len:expr; words: $words:expr;
        fn check($text:ident: &str) $body:block
    ) => {
        $crate::value! {
            typical_len: $len;
            max_len: $max_len;
            words: $words;
            fn check(input: &[u8]) {
                let $text = $crate::value::valid_prefix(input);
                $body
            }
        }
    };
    (
        typical_len: $len:expr; max_len: $max_len:expr; words: $words:expr;
        fn check($input:ident: &[u8]) $body:block
    ) => {
        pub fn check($input: &[u8]) {
            $body
        }

        #[cfg(not(test))]
        const MUTATOR: $crate::value::Mutator = $crate::value::Mutator {
            words: &$words,
            typical_len: $len,
            max_len: $max_len,
            bytes: libfuzzer_sys::fuzzer_mutate,
        };

        #[cfg(not(test))]
        libfuzzer_sys::fuzz_target!(|input: &[u8]| check(input));

        #[cfg(not(test))]
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            MUTATOR.mutate(data, size, max_size, seed)
        });
    };
}

/// Returns the input up to its first invalid UTF-8.
pub fn valid_prefix(input: &[u8]) -> &str {
    match std::str::from_utf8(input) {
        Ok(text) => text,
        Err(error) => {
            let valid = &input[..error.valid_up_to()];
            std::str::from_utf8(valid).expect("the text is valid up to the error")
        }
    }
}

/// The mutator of a fast target.
#[derive(Clone, Copy, Debug)]
pub struct Mutator {
    /// Words that are spliced into inputs.
    pub words: &'static [&'static str],
    /// The length in bytes that most inputs do not exceed. Short inputs are fast and find as much.
    pub typical_len: usize,
    /// The length in bytes that no mutation exceeds.
    pub max_len: usize,
    /// libFuzzer's own mutator.
    pub bytes: ByteMutator,
}

impl Mutator {
    /// Splices words into half of the inputs, and leaves the other half to libFuzzer. Seven of
    /// eight mutations cut the input to the typical length first, and do not exceed it.
    pub fn mutate(&self, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
        // Fibonacci hashing, because libFuzzer's seeds are consecutive numbers.
        let random = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let below = |shift: u32, limit: usize| (random >> shift) as usize % limit;
        let (size, max_size) = if below(58, 8) > 0 {
            (size.min(self.typical_len), max_size.min(self.typical_len))
        } else {
            (size, max_size.min(self.max_len.max(size)))
        };
        let choice = below(61, 8);
        if self.words.is_empty() || choice < 4 {
            return (self.bytes)(data, size, max_size);
        }
        let word = self.words[below(40, self.words.len())].as_bytes();
        let at = below(20, size + 1);
        let (start, end) = match choice {
            // Replaces the whole input, overwrites a part of it, or inserts.
            4 => (0, size),
            5 => (at, size.min(at + word.len())),
            _ => (at, at),
        };
        let new_size = size - (end - start) + word.len();
        if new_size > max_size {
            return (self.bytes)(data, size, max_size);
        }
        data.copy_within(end..size, start + word.len());
        data[start..start + word.len()].copy_from_slice(word);
        new_size
    }
}

/// Checks that an error about an untrusted header is short and contains no control characters, so
/// that it cannot flood a log or forge a line in it.
pub fn assert_safe_to_log(error: &dyn std::error::Error) {
    let mut line = LogLine { len: 0 };
    write!(line, "{error}").expect("the line accepts any text");
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

    const MUTATOR: Mutator = Mutator {
        words: &["123"],
        typical_len: 6,
        max_len: 40,
        bytes: |_, size, _| size,
    };

    #[test]
    fn mutate_splices_words_within_the_limit() {
        let (mut inserted, mut replaced) = (0, 0);
        for seed in 0..1000 {
            let mut data = *b"abcd............";
            let size = MUTATOR.mutate(&mut data, 4, 6, seed);
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
    fn mutate_rarely_exceeds_the_typical_length() {
        let lengths = (0..1000).map(|seed| MUTATOR.mutate(&mut [b'a'; 40], 30, 40, seed));
        let long = lengths.filter(|length| *length > 6).count();
        assert!((50..200).contains(&long), "{long}");
    }

    #[test]
    #[should_panic(expected = "bytes")]
    fn assert_safe_to_log_rejects_a_long_error() {
        assert_safe_to_log(&std::io::Error::other("x".repeat(201)));
    }

    #[test]
    #[should_panic(expected = "\\n")]
    fn assert_safe_to_log_rejects_a_line_break() {
        assert_safe_to_log(&std::io::Error::other("a\nb"));
    }
}
