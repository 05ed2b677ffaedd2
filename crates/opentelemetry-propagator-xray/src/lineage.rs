//! The `Lineage` field, by which AWS Lambda detects loops.

use std::fmt;

use opentelemetry_propagator_core::decode_hex;

/// The highest value of the first counter.
const MAX_REQUESTS: u16 = 32767;

/// A lineage, as AWS Lambda writes it: a counter, a hash and another counter.
///
/// ```
/// use opentelemetry_propagator_xray::Lineage;
///
/// let lineage = Lineage::parse("32767:e65a2c4d:255").unwrap();
/// assert_eq!(lineage.to_string(), "32767:e65a2c4d:255");
/// assert_eq!(Lineage::parse("32768:e65a2c4d:255"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lineage {
    requests: u16,
    hash: u32,
    loops: u8,
}

impl Lineage {
    /// Parses a number up to 32767, a hash of 8 hex digits, and a number up to 255, separated by
    /// colons. Returns `None` if the value does not have this form.
    pub fn parse(value: &str) -> Option<Self> {
        let mut fields = value.splitn(4, ':');
        let lineage = Lineage {
            requests: parse_number(fields.next()?)?,
            hash: u32::from_be_bytes(decode_hex(fields.next()?).ok()?),
            loops: parse_number(fields.next()?)?,
        };
        (fields.next().is_none() && lineage.requests <= MAX_REQUESTS).then_some(lineage)
    }

    /// Returns the value of the field.
    pub fn encode(&self) -> String {
        self.to_string()
    }

    /// Returns the length of the value in bytes.
    pub(crate) fn len(&self) -> usize {
        let digits = |number: u16| number.checked_ilog10().unwrap_or(0) as usize + 1;
        digits(self.requests) + digits(u16::from(self.loops)) + ":00000000:".len()
    }
}

impl fmt::Display for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:08x}:{}", self.requests, self.hash, self.loops)
    }
}

/// Parses a decimal number without a sign.
fn parse_number<T: std::str::FromStr>(digits: &str) -> Option<T> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_accepts_only_the_short_form() {
        for value in [
            "",
            "0:00000000",
            "0:00000000:0:0",
            "32768:00000000:0",
            "65536:00000000:0",
            "0:00000000:256",
            "1:badc0de:13",
            "1:0badc0dex:13",
            "1:0badc0dg:13",
            "+1:0badc0de:1",
            "-1:0badc0de:1",
            ":0badc0de:1",
            "1:0badc0de:",
            " 1:0badc0de:1",
            "12326a9d:0",
        ] {
            assert_eq!(Lineage::parse(value), None, "{value:?}");
        }
    }

    #[test]
    fn parse_reads_what_encode_writes() {
        for value in [
            "0:00000000:0",
            "9:0badc0de:10",
            "32767:e65a2c4d:255",
            "10:ffffffff:9",
        ] {
            let lineage = Lineage::parse(value).unwrap();
            assert_eq!(lineage.encode(), value);
            assert_eq!(lineage.len(), value.len());
        }
        let lineage = Lineage::parse("00001:0BADC0DE:001").unwrap();
        assert_eq!(lineage.encode(), "1:0badc0de:1");
    }
}
