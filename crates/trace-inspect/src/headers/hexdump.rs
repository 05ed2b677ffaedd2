//! Dumps of packets in hex digits: tcpdump, Wireshark, `curl --trace`, xxd, hexdump.

use std::sync::LazyLock;

use memchr::memchr_iter;
use regex::Regex;

use super::values::regex;

/// Whether a text begins with lines of a dump.
pub(super) fn is_dump(text: &str) -> bool {
    /// Some lines, since a packet may be announced by a longer one.
    const LINES: usize = 32;
    let end = memchr_iter(b'\n', text.as_bytes()).nth(LINES);
    decode(&text[..end.unwrap_or(text.len())]).is_some()
}

/// Decodes a dump, if most lines of the text are lines of one.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?x)^\s*(?:0x)?[0-9a-fA-F]{4,8}:?\s+
            ((?:[0-9a-fA-F]{2}){1,2}(?:\s{1,2}(?:[0-9a-fA-F]{2}){1,2}){0,15})(?:\s|$)",
        )
    });
    /// The bytes of one line in all of these tools.
    const ON_LINE: usize = 16;

    let (mut bytes, mut dumped, mut other) = (Vec::new(), 0, 0);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let Some(found) = LINE.captures(line) else {
            other += 1;
            // Most texts are not dumps, and their first lines show it.
            if other > 16 && dumped == 0 {
                return None;
            }
            continue;
        };
        dumped += 1;
        let digits: Vec<u8> = found[1].bytes().filter(u8::is_ascii_hexdigit).collect();
        let pairs = digits.chunks_exact(2).take(ON_LINE);
        bytes.extend(pairs.filter_map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        }));
    }
    (dumped > 1 && dumped > other).then_some(bytes)
}
