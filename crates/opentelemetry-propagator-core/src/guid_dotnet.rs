//! All text forms of a GUID that .NET parses.

use crate::guid::Guid;
use crate::id_error::ParseIdError;

impl Guid {
    /// Parses a GUID in any of .NET's forms: `N` (32 digits), `D` (hyphenated), `B` (`{…}`), `P`
    /// (`(…)`) and `X` (`{0x…,0x…,0x…,{0x…,…}}`), in either case. Whitespace around it is dropped.
    ///
    /// It follows .NET's `Guid.Parse`, and it is not optimized. [`Guid::parse_hyphenated`] and
    /// [`FromStr`](std::str::FromStr) are faster for `D` and `N`, which .NET usually writes.
    ///
    /// # Errors
    ///
    /// Returns an error if the text has none of these forms.
    ///
    /// ```
    /// use opentelemetry_propagator_core::Guid;
    ///
    /// let guid = Guid::parse_dotnet("27bb7faa-4829-4cf4-9ae6-007d70905468")?;
    /// for text in [
    ///     "27bb7faa48294cf49ae6007d70905468",
    ///     " {27BB7FAA-4829-4CF4-9AE6-007D70905468}",
    ///     "(27bb7faa-4829-4cf4-9ae6-007d70905468)",
    ///     "{0x27bb7faa,0x4829,0x4cf4,{0x9a,0xe6,0x00,0x7d,0x70,0x90,0x54,0x68}}",
    /// ] {
    ///     assert_eq!(Guid::parse_dotnet(text)?, guid);
    /// }
    /// # Ok::<(), opentelemetry_propagator_core::ParseIdError>(())
    /// ```
    #[cold]
    pub fn parse_dotnet(text: &str) -> Result<Self, ParseIdError> {
        let text = text.trim();
        let within = |open, close| text.strip_prefix(open)?.strip_suffix(close);
        match within('{', '}').or_else(|| within('(', ')')) {
            Some(inside) => {
                let hexadecimal = match text.contains('-') {
                    true => None,
                    false => parse_hexadecimal(text),
                };
                hexadecimal.map_or_else(|| Guid::parse_hyphenated(inside), Ok)
            }
            None => text.parse(),
        }
    }
}

/// Parses the form `X`. Whitespace is allowed anywhere, and numbers may have any number of leading
/// zeros.
fn parse_hexadecimal(text: &str) -> Option<Guid> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let rest = text.strip_prefix('{')?;
    let (first, rest) = number(rest, ',')?;
    let (second, rest) = number(rest, ',')?;
    let (third, rest) = number(rest, ',')?;
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&first.to_be_bytes());
    // .NET keeps only the lower half if one of these two numbers is too large.
    bytes[4..6].copy_from_slice(&(second as u16).to_be_bytes());
    bytes[6..8].copy_from_slice(&(third as u16).to_be_bytes());
    let mut rest = rest.strip_prefix('{')?;
    for (i, byte) in bytes[8..].iter_mut().enumerate() {
        let (value, after) = number(rest, if i < 7 { ',' } else { '}' })?;
        (*byte, rest) = (value.try_into().ok()?, after);
    }
    (rest == "}").then_some(Guid::from_bytes(bytes))
}

/// Parses a number up to the next `end`, and returns it with the rest of the text. As in .NET, the
/// prefix may be followed by a sign and a second prefix, after which the digits may be missing.
fn number(text: &str, end: char) -> Option<(u32, &str)> {
    let (number, rest) = strip_prefix_0x(text)?.split_once(end)?;
    let digits = number.strip_prefix('+').unwrap_or(number);
    let digits = strip_prefix_0x(digits).unwrap_or(digits);
    if number.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    let value = match digits {
        "" => 0,
        digits => u32::from_str_radix(digits, 16).ok()?,
    };
    Some((value, rest))
}

/// Removes the prefix `0x`, in either case.
fn strip_prefix_0x(text: &str) -> Option<&str> {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "27bb7faa-4829-4cf4-9ae6-007d70905468";
    const X: &str = "{0x27bb7faa,0x4829,0x4cf4,{0x9a,0xe6,0x00,0x7d,0x70,0x90,0x54,0x68}}";

    #[test]
    fn parse_dotnet_accepts_every_form() {
        let guid: Guid = TEXT.parse().unwrap();
        for text in [
            TEXT.to_owned(),
            TEXT.replace('-', ""),
            format!("{{{TEXT}}}").to_uppercase(),
            format!("({TEXT})"),
            format!("\t{TEXT}\u{a0}\u{2003}"),
            X.to_owned(),
            X.to_uppercase(),
            X.replace("0x", " 0x0000"),
            X.replace(',', " ,\u{a0}").replace('}', " } "),
            X.replace("0x", "0x+"),
            X.replace("0x", "0x0x"),
            X.replace("0x", "0x+0x"),
            X.replace("0x00", "0x0"),
            X.replace("0x00", "0x+"),
            X.replace("0x4829", "0x12344829"),
        ] {
            assert_eq!(Guid::parse_dotnet(&text), Ok(guid), "{text:?}");
        }
    }

    #[test]
    fn parse_dotnet_rejects_other_forms() {
        for text in [
            String::new(),
            format!("{{{TEXT})"),
            format!("({TEXT}}}"),
            format!("{{{}}}", TEXT.replace('-', "")),
            format!("({})", TEXT.replace('-', "")),
            X.replace("0x27", "0x127"),
            X.replace("0x9a", "0x19a"),
            X.replace("0x68", "0x168"),
            X.replace("0x00", "0x"),
            X.replace("0x00", "00"),
            X.replace("0x00", "0x+-1"),
            X.replace("0x00", "0x+0x+1"),
            X.replace("0x00", "0xg"),
            X.replace("0x00", "0x{"),
            X.replace(",0x68", ""),
            X.replace(",0x68", ",0x68,0x68"),
            X.replace(",{", ","),
            format!("{X}}}"),
            format!("{X}x"),
            X[..X.len() - 1].to_owned(),
            X[1..].to_owned(),
            X.replace("}}", "}x}"),
        ] {
            let error = Guid::parse_dotnet(&text).expect_err(&text);
            assert!(error.to_string().len() < 80);
        }
    }

    proptest! {
        #[test]
        fn parse_dotnet_agrees_with_the_digits(bytes: [u8; 16]) {
            let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
            let first = u32::from_be_bytes([a, b, c, d]);
            let [second, third] = [[e, f], [g, h]].map(u16::from_be_bytes);
            let rest = rest.map(|byte| format!("{byte:#x}")).join(",");
            let text = format!("{{{first:#x},{second:#x},{third:#x},{{{rest}}}}}");
            prop_assert_eq!(Guid::parse_dotnet(&text), Ok(Guid::from_bytes(bytes)));
        }

        #[test]
        fn parse_dotnet_error_is_short(text in "[{}()0xX+,a-f \u{a0}я-]{0,90}") {
            if let Err(error) = Guid::parse_dotnet(&text) {
                prop_assert!(error.to_string().len() < 80);
            }
        }
    }
}
