//! The DSN, which identifies the Sentry project that an SDK reports to.
//!
//! ```text
//! https://49d0f7386ad645858ae85020e393bef3:secret@o447951.ingest.sentry.io:443/path/1
//! scheme  public key                       secret host                     port path project ID
//! ```
//!
//! Secret, port and path are optional. Source: Sentry's developer documentation, "DSN Parsing".

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The parts of a DSN that a propagator needs: the public key and the organization ID.
///
/// The other parts are validated, but not kept. A DSN therefore never reveals its secret key.
///
/// The parser accepts URLs that conform to RFC 3986. Unlike a browser, it does not correct invalid
/// ones. Characters that must be percent-encoded, backslashes, the path segments `.` and `..`, and
/// IPv4 addresses that are not dotted decimal are errors. Keys consist of letters, digits, `-`,
/// `_`, `.`, `~` and `%`. An internationalized host name must be in its ASCII form (`xn--…`), which
/// is not validated.
///
/// ```
/// use opentelemetry_propagator_sentry::Dsn;
///
/// let dsn: Dsn = "https://49d0f7386ad645858ae85020e393bef3@o447951.ingest.sentry.io/1".parse()?;
/// assert_eq!(dsn.public_key(), "49d0f7386ad645858ae85020e393bef3");
/// assert_eq!(dsn.org_id(), Some("447951"));
///
/// let error = "https://sentry.example.com/42".parse::<Dsn>().unwrap_err();
/// assert_eq!(error.to_string(), "missing public key before the host");
/// # Ok::<(), opentelemetry_propagator_sentry::ParseDsnError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dsn {
    public_key: String,
    org_id: Option<String>,
}

impl Dsn {
    /// Returns the public key, which is not empty.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// Returns the organization ID if the host contains one, as Sentry's own ingest hosts do:
    /// `o447951.ingest.sentry.io` or `o447951.ingest.de.sentry.io`.
    pub fn org_id(&self) -> Option<&str> {
        self.org_id.as_deref()
    }
}

impl FromStr for Dsn {
    type Err = ParseDsnError;

    fn from_str(text: &str) -> Result<Self, ParseDsnError> {
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        if !["http", "https"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
        {
            return Err(ParseDsnError(ErrorKind::Scheme));
        }
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let rest = &rest[..end];
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        // Without keys, the public key is missing.
        let (keys, address) = authority.rsplit_once('@').unwrap_or_default();
        let public_key = parse_keys(keys)?;
        let host = parse_address(address)?;
        check_path(path)?;
        Ok(Dsn {
            public_key: public_key.to_owned(),
            org_id: org_id(&host.to_ascii_lowercase()).map(str::to_owned),
        })
    }
}

/// Returns the organization ID that a host in lower case contains.
fn org_id(host: &str) -> Option<&str> {
    let (org_id, rest) = host.strip_prefix('o')?.split_once('.')?;
    let region = rest.strip_prefix("ingest.")?.strip_suffix("sentry.io")?;
    let is_ingest = match region.strip_suffix('.') {
        Some(region) => !region.contains('.'),
        None => region.is_empty(),
    };
    let is_number = !org_id.is_empty() && org_id.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && is_ingest).then_some(org_id)
}

/// Returns the public key.
fn parse_keys(keys: &str) -> Result<&str, ParseDsnError> {
    let (public_key, secret_key) = keys.split_once(':').unwrap_or((keys, ""));
    if public_key.is_empty() {
        return Err(ParseDsnError(ErrorKind::MissingPublicKey));
    }
    let is_allowed = |byte| is_unreserved(byte) || byte == b'%';
    check("public key", public_key, is_allowed)?;
    check("secret key", secret_key, is_allowed)?;
    Ok(public_key)
}

/// Returns the host, without the brackets of an IPv6 address.
fn parse_address(address: &str) -> Result<&str, ParseDsnError> {
    let (host, port) = match address.strip_prefix('[') {
        Some(rest) => {
            let invalid = ParseDsnError(ErrorKind::Ipv6);
            let (host, port) = rest.split_once(']').ok_or(invalid.clone())?;
            host.parse::<Ipv6Addr>().map_err(|_| invalid)?;
            (host, port)
        }
        None => {
            let (host, port) = address.split_at(address.find(':').unwrap_or(address.len()));
            check_host(host)?;
            (host, port)
        }
    };
    let digits = match port {
        "" => return Ok(host),
        port => port.strip_prefix(':').unwrap_or_default(),
    };
    // `parse` would also accept a sign.
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse::<u16>() {
        Ok(_) if is_number => Ok(host),
        _ => Err(ParseDsnError(ErrorKind::Port)),
    }
}

fn check_host(host: &str) -> Result<(), ParseDsnError> {
    if host.is_empty() {
        return Err(ParseDsnError(ErrorKind::MissingHost));
    }
    check("host", host, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
    })?;
    // URL parsers treat a host that ends in a number as an IPv4 address, even in forms like
    // `0x7f.1`. Only the form that all of them parse alike is accepted.
    if ends_in_number(&host.to_ascii_lowercase()) && host.parse::<Ipv4Addr>().is_err() {
        return Err(ParseDsnError(ErrorKind::Ipv4));
    }
    Ok(())
}

/// Whether the last label of a host is a decimal or hexadecimal number.
fn ends_in_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let label = host.rsplit('.').next().unwrap_or_default();
    match label.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

fn check_path(path: &str) -> Result<(), ParseDsnError> {
    let path = path.trim_matches('/');
    if path.is_empty() {
        return Err(ParseDsnError(ErrorKind::MissingProjectId));
    }
    check("path", path, |byte| {
        is_unreserved(byte) || b"%!$&'()*+,;=:@/".contains(&byte)
    })?;
    let is_dots = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    };
    match path.split('/').any(is_dots) {
        true => Err(ParseDsnError(ErrorKind::DotSegment)),
        false => Ok(()),
    }
}

/// Whether a byte is an unreserved character of RFC 3986.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

fn check(
    part: &'static str,
    text: &str,
    is_allowed: impl Fn(u8) -> bool,
) -> Result<(), ParseDsnError> {
    let is_allowed =
        |c: char| u8::try_from(c).is_ok_and(|byte| byte.is_ascii() && is_allowed(byte));
    match text.chars().find(|&c| !is_allowed(c)) {
        Some(found) => Err(ParseDsnError(ErrorKind::Character { part, found })),
        None => Ok(()),
    }
}

/// An invalid DSN. The message names the invalid part and the reason.
///
/// It quotes at most one character of the DSN, escaped, so that it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseDsnError(ErrorKind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum ErrorKind {
    Scheme,
    MissingPublicKey,
    MissingHost,
    MissingProjectId,
    Character { part: &'static str, found: char },
    Ipv4,
    Ipv6,
    Port,
    DotSegment,
}

impl fmt::Display for ParseDsnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ErrorKind::Scheme => write!(f, "missing https:// or http:// at the start"),
            ErrorKind::MissingPublicKey => write!(f, "missing public key before the host"),
            ErrorKind::MissingHost => write!(f, "missing host after the public key"),
            ErrorKind::MissingProjectId => write!(f, "missing project ID after the host"),
            ErrorKind::Character { part, found } => {
                write!(f, "invalid character {found:?} in the {part}")
            }
            ErrorKind::Ipv4 => {
                write!(f, "invalid IPv4 address: expected four decimal numbers")
            }
            ErrorKind::Ipv6 => write!(f, "invalid IPv6 address in brackets"),
            ErrorKind::Port => write!(f, "invalid port: expected a number from 0 to 65535"),
            ErrorKind::DotSegment => write!(f, "path must not contain the segments . or .."),
        }
    }
}

impl std::error::Error for ParseDsnError {}
