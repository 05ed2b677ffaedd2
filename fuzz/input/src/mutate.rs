//! Mutations of the parts of an input, which are lines, values, and Vostok's envelopes.
//!
//! In half of the cases, libFuzzer's own mutator changes the whole text. In the other half, one
//! part of it is changed and the rest stays well-formed.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};

use crate::case::Case;
use crate::generate::{self, Grammar};
use propagator_oracle::{base64, vostok};

pub use crate::value::ByteMutator;

/// Mutates an input for libFuzzer. `seed` determines the change, and `bytes` is libFuzzer's own
/// mutator.
pub fn mutate(
    grammar: &Grammar,
    bytes: ByteMutator,
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
) -> usize {
    let choices = choices(seed);
    let mut u = Unstructured::new(&choices);
    let size = match u.ratio(3, 4) {
        Ok(true) if size > TYPICAL_LEN => shorten(data, size),
        _ => size,
    };
    if let Ok(Some(size)) = insert_word(data, size, max_size, &mut u) {
        return size;
    }
    if let Ok(Some(case)) = change(grammar, bytes, Case::parse(&data[..size]), &mut u) {
        let mutated = case.to_bytes();
        if mutated.len() <= max_size {
            data[..mutated.len()].copy_from_slice(&mutated);
            return mutated.len();
        }
    }
    bytes(data, size, max_size)
}

/// The length in bytes that most inputs do not exceed. Short inputs are fast, and only the limits
/// of the formats need long ones.
const TYPICAL_LEN: usize = 1024;

/// Shortens a long input to a few lines, and cuts off the end of each value. Returns the new size.
fn shorten(data: &mut [u8], size: usize) -> usize {
    let mut case = Case::parse(&data[..size]);
    case.headers.truncate(8);
    for (_, value) in case.headers.iter_mut().chain(&mut case.options) {
        value.truncate(192);
    }
    let shortened = case.to_bytes();
    if shortened.len() > size {
        return size;
    }
    data[..shortened.len()].copy_from_slice(&shortened);
    shortened.len()
}

/// Inserts a word of the dictionary one time in sixteen. Returns the new size if it did.
fn insert_word(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    u: &mut Unstructured<'_>,
) -> Result<Option<usize>> {
    if !u.ratio(1, 16)? {
        return Ok(None);
    }
    let word = u.choose(&DICTIONARY)?;
    let at = u.int_in_range(0..=size)?;
    if size + word.len() > max_size {
        return Ok(None);
    }
    data.copy_within(at..size, at + word.len());
    data[at..at + word.len()].copy_from_slice(word);
    Ok(Some(size + word.len()))
}

/// The words of `dictionary.txt`, which is in libFuzzer's form.
static DICTIONARY: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let lines = include_str!("../../dictionary.txt").lines();
    let words = lines.filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    words.map(unescape).collect()
});

/// Replaces `\\`, `\"` and `\xNN`.
fn unescape(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        rest = match (first, after.first(), digit(1), digit(2)) {
            (b'\\', Some(b'x'), Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                &after[3..]
            }
            (b'\\', Some(escaped), ..) => {
                bytes.push(*escaped);
                &after[1..]
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    bytes
}

/// Changes one part of the case. Returns `None` if the bytes are to be mutated instead.
fn change(
    grammar: &Grammar,
    bytes: ByteMutator,
    mut case: Case,
    u: &mut Unstructured<'_>,
) -> Result<Option<Case>> {
    let choice = u.int_in_range(0..=15)?;
    if choice < 8 || (choice > 10 && case.headers.is_empty()) {
        return Ok(None);
    }
    match choice {
        8 | 9 => {
            let header = grammar.header(u)?;
            let at = u.int_in_range(0..=case.headers.len())?;
            case.headers.insert(at, header);
        }
        10 => {
            let Some(option) = grammar.option(u)? else {
                return Ok(None);
            };
            case.options.retain(|(name, _)| *name != option.0);
            case.options.push(option);
        }
        _ => {
            let at = u.choose_index(case.headers.len())?;
            change_header(choice, bytes, &mut case, at, u)?;
        }
    }
    Ok(Some(case))
}

fn change_header(
    choice: u8,
    bytes: ByteMutator,
    case: &mut Case,
    at: usize,
    u: &mut Unstructured<'_>,
) -> Result<()> {
    let (name, value) = &mut case.headers[at];
    match choice {
        11 => {
            case.headers.remove(at);
        }
        12 => {
            let with = u.choose_index(case.headers.len())?;
            case.headers.swap(at, with);
        }
        13 => {
            // Huge values, and lists that exceed their limits.
            let times = *u.choose(&[2, 3, 20, 70, 300])?;
            let separator: &[u8] = u.choose(&[&b""[..], b",", b";"])?;
            *value = vec![value.as_slice(); times].join(separator);
        }
        _ if name.to_ascii_lowercase().starts_with(b"context-") => {
            let text = String::from_utf8_lossy(value);
            let mut envelope = base64::decode(&text).bytes;
            if u.ratio(1, 2)? {
                mutate_bytes(bytes, &mut envelope);
            } else {
                insert_entry(&mut envelope, u)?;
            }
            *value = base64::encode(&envelope).into_bytes();
        }
        _ => mutate_bytes(bytes, value),
    }
    Ok(())
}

/// Puts an entry before or after those of an envelope.
fn insert_entry(envelope: &mut Vec<u8>, u: &mut Unstructured<'_>) -> Result<()> {
    let (name, value) = generate::entry(u)?;
    let entry = vostok::entries_bytes([(name.as_str(), value.as_slice())]);
    let at = if u.ratio(1, 2)? { 0 } else { envelope.len() };
    envelope.splice(at..at, entry);
    Ok(())
}

fn mutate_bytes(bytes: ByteMutator, part: &mut Vec<u8>) {
    let size = part.len();
    let max_size = size * 2 + 16;
    part.resize(max_size, 0);
    let size = bytes(part, size, max_size);
    part.truncate(size);
}

/// Derives random bytes from libFuzzer's seed. They are the high bytes of a linear congruential
/// generator.
fn choices(seed: u32) -> [u8; 256] {
    let mut state = u64::from(seed);
    std::array::from_fn(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Headers;

    const GRAMMAR: Grammar = Grammar {
        formats: &[Headers::Kontur, Headers::VostokGlobals, Headers::Sentry],
        options: &[("strict", &["true", "false"])],
    };

    /// Mutates an empty input repeatedly, and counts the results that satisfy `found`.
    fn count(found: impl Fn(&Case) -> bool) -> usize {
        let keep: ByteMutator = |_, size, _| size;
        let mut data = vec![0; 4096];
        let mut size = 0;
        (0..1000)
            .filter(|&seed| {
                size = mutate(&GRAMMAR, keep, &mut data, size, 4096, seed);
                found(&Case::parse(&data[..size]))
            })
            .count()
    }

    #[test]
    fn mutate_shortens_most_long_inputs() {
        let input = format!("baggage: {}\n", "a=1,".repeat(500));
        let keep: ByteMutator = |_, size, _| size;
        let lengths = (0..1000).map(|seed| {
            let mut data = input.clone().into_bytes();
            data.resize(4096, 0);
            mutate(&GRAMMAR, keep, &mut data, input.len(), 4096, seed)
        });
        let long = lengths.filter(|length| *length > TYPICAL_LEN).count();
        assert!((200..400).contains(&long), "{long}");
    }

    #[test]
    fn dictionary_is_parsed_in_libfuzzers_format() {
        assert_eq!(unescape(r#"a\x00\\\"\xff"#), b"a\0\\\"\xff");
        assert!(DICTIONARY.len() > 50);
        assert!(DICTIONARY.contains(&b"sentry-trace: ".to_vec()));
        let control = |word: &&Vec<u8>| word.contains(&b'\n');
        assert!(DICTIONARY.iter().any(|word| control(&word)));
    }

    #[test]
    fn mutate_finds_options_headers_and_traces() {
        assert!(count(|case| case.option("strict").is_some()) > 50);
        assert!(count(|case| case.headers.len() > 3) > 50);
        let has_trace = |case: &Case| {
            case.headers.iter().any(|(_, value)| {
                let value = String::from_utf8_lossy(value);
                propagator_oracle::vostok::globals(&value, &[], 16384)
                    .is_some_and(|globals| globals.trace.is_some())
            })
        };
        assert!(count(has_trace) > 50);
    }
}
