//! An entry of the list.

use std::error::Error;
use std::fmt;
use std::net::Ipv6Addr;

/// One host, or all hosts below a domain.
#[derive(Debug)]
pub(super) struct Host {
    /// The name, or the address. A domain begins with a dot.
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Parses the entry at this position of the list.
    pub(super) fn parse(at: usize, entry: &str) -> Result<Self, ParseHostError> {
        let error = |problem| ParseHostError { at, problem };
        let end = match entry.strip_prefix('[') {
            Some(after) => after.find(']').map_or(entry.len(), |it| it + "[]".len()),
            None => entry.find(':').unwrap_or(entry.len()),
        };
        let (name, port) = entry.split_at(end);
        if let Some(inner) = name.strip_prefix('[') {
            let address = inner.strip_suffix(']').unwrap_or_default();
            if address.parse::<Ipv6Addr>().is_err() {
                return Err(error(Problem::Address));
            }
        } else if let Some((position, found)) = name.chars().enumerate().find(|it| !is_name(it.1)) {
            return Err(error(Problem::Character { position, found }));
        } else if name.trim_start_matches('.').is_empty() || name.contains("..") {
            return Err(error(Problem::Name));
        }
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            None => return Err(error(Problem::Port)),
            Some(digits) => {
                // `parse` also accepts a sign.
                let other = digits.chars().enumerate().find(|it| !it.1.is_ascii_digit());
                if let Some((position, found)) = other {
                    let position = end + ":".len() + position;
                    return Err(error(Problem::Character { position, found }));
                }
                Some(digits.parse().map_err(|_| error(Problem::Port))?)
            }
        };
        let name = name.to_owned();
        Ok(Self { name, port })
    }

    pub(super) fn matches(&self, host: &str, port: u16) -> bool {
        if self.port.is_some_and(|it| it != port) {
            return false;
        }
        if !self.name.starts_with('.') {
            return host.eq_ignore_ascii_case(&self.name);
        }
        match host.len().checked_sub(self.name.len()) {
            // A name in front of the dot is required.
            None | Some(0) => false,
            Some(at) => host.as_bytes()[at..].eq_ignore_ascii_case(self.name.as_bytes()),
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')
}

/// An entry of [`OwnHosts`](crate::OwnHosts) is invalid.
///
/// ```
/// use opentelemetry_carriers::OwnHosts;
///
/// let error = OwnHosts::new(["a.example.com", "https://b.example.com"]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "host 2: invalid character '/' at character 7; expected HOST, .DOMAIN, HOST:PORT or .DOMAIN:PORT"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseHostError {
    /// The index of the entry.
    at: usize,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    Address,
    Character { position: usize, found: char },
    Name,
    Port,
}

impl fmt::Display for ParseHostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "host {}: ", self.at + 1)?;
        match self.problem {
            Problem::Address => f.write_str("invalid IPv6 address")?,
            Problem::Character { position, found } => {
                write!(
                    f,
                    "invalid character {found:?} at character {}",
                    position + 1
                )?;
            }
            Problem::Name => f.write_str("a part of the name is empty")?,
            Problem::Port => f.write_str("invalid port")?,
        }
        f.write_str("; expected HOST, .DOMAIN, HOST:PORT or .DOMAIN:PORT")
    }
}

impl Error for ParseHostError {}
