//! Dumps of packets in hex digits: tcpdump, Wireshark, `curl --trace`, xxd, hexdump.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::regex;

/// Decodes the bytes of a line of a dump: an offset, and up to 16 bytes.
pub(super) fn decode(line: &str) -> Option<Vec<u8>> {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?x)^\s*(?:0x)?[0-9a-fA-F]{4,8}:?\s+
            ((?:[0-9a-fA-F]{2}){1,2}(?:\s{1,2}(?:[0-9a-fA-F]{2}){1,2}){0,15})(?:\s|$)",
        )
    });
    /// The bytes of one line in all of these tools.
    const ON_LINE: usize = 16;

    // Most lines do not begin with an offset.
    let start = line.trim_start().as_bytes();
    let start = start.strip_prefix(b"0x").unwrap_or(start);
    let is_offset = start.len() > 6 && start[..4].iter().all(u8::is_ascii_hexdigit);
    if !is_offset || line.len() > 200 {
        return None;
    }
    let found = LINE.captures(line)?;
    let digits: Vec<u8> = found[1].bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks_exact(2).take(ON_LINE);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_takes_the_bytes_and_not_the_text() {
        for line in [
            "00000000  47 45 54 20 2f 76 31 20  48 54 54 50 2f 31 2e 31 |GET /v1 HTTP/1.1|",
            "0000: 47 45 54 20 2f 76 31 20 48 54 54 50 2f 31 2e 31 GET /v1 HTTP/1.1",
            "\t0x0000:  4745 5420 2f76 3120 4854 5450 2f31 2e31  GET /v1 HTTP/1.1",
        ] {
            assert_eq!(decode(line).unwrap(), b"GET /v1 HTTP/1.1", "{line}");
        }
        assert_eq!(decode("0010: Host: 127.0.0.1"), None);
        assert_eq!(decode("2026-11-25 10:00:00"), None);
    }
}
