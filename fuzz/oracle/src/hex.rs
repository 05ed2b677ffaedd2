//! Hex digits as a number.

/// Parses up to 32 hex digits of either case. Returns `None` if there is no digit or if there is
/// another character.
pub fn number(digits: &str) -> Option<u128> {
    if digits.is_empty() || digits.len() > 32 {
        return None;
    }
    let mut number = 0;
    for digit in digits.chars() {
        number = number << 4 | u128::from(digit.to_digit(16)?);
    }
    Some(number)
}
