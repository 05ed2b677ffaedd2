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

/// A DSN, which contains the address of a Sentry project and the key for reporting to it.
///
/// Scheme and host are normalized to lower case, and the default port of the scheme is dropped. A
/// query and a fragment are ignored. All other parts are kept verbatim, without percent-decoding.
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
/// assert_eq!(dsn.project_id(), "1");
/// assert_eq!(dsn.port(), 443);
/// assert_eq!(dsn.org_id(), Some("447951"));
///
/// let dsn: Dsn = "http://key:secret@sentry.example.com:9000/errors/42".parse()?;
/// assert_eq!(dsn.secret_key(), Some("secret"));
/// assert_eq!((dsn.host(), dsn.port()), ("sentry.example.com", 9000));
/// assert_eq!((dsn.path(), dsn.project_id()), ("/errors/", "42"));
/// assert_eq!(dsn.to_string(), "http://key:secret@sentry.example.com:9000/errors/42");
///
/// let error = "https://sentry.example.com/42".parse::<Dsn>().unwrap_err();
/// assert_eq!(error.to_string(), "missing public key before the host");
/// # Ok::<(), opentelemetry_propagator_sentry::ParseDsnError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Dsn {
    scheme: Scheme,
    public_key: String,
    secret_key: Option<String>,
    host: String,
    port: Option<u16>,
    path: String,
    project_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

impl Dsn {
    /// Returns `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        self.scheme.as_str()
    }

    /// Returns the public key, which is not empty.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// Returns the secret key, which only the deprecated form of a DSN contains.
    pub fn secret_key(&self) -> Option<&str> {
        self.secret_key.as_deref()
    }

    /// Returns the host name or IP address. An IPv6 address is in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port. The default is that of the scheme.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(self.scheme.default_port())
    }

    /// Returns the path before the project ID. It begins and ends with a slash.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the project ID, which is not empty. Sentry assigns numbers.
    pub fn project_id(&self) -> &str {
        &self.project_id
    }

    /// Returns the organization ID if the host contains one, as Sentry's own ingest hosts do:
    /// `o447951.ingest.sentry.io` or `o447951.ingest.de.sentry.io`.
    pub fn org_id(&self) -> Option<&str> {
        let (org_id, rest) = self.host.strip_prefix('o')?.split_once('.')?;
        let region = rest.strip_prefix("ingest.")?.strip_suffix("sentry.io")?;
        let is_ingest = match region.strip_suffix('.') {
            Some(region) => !region.contains('.'),
            None => region.is_empty(),
        };
        let is_number = !org_id.is_empty() && org_id.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && is_ingest).then_some(org_id)
    }
}

impl FromStr for Dsn {
    type Err = ParseDsnError;

    fn from_str(text: &str) -> Result<Self, ParseDsnError> {
        let (scheme, rest) = parse_scheme(text)?;
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let rest = &rest[..end];
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (keys, address) = match authority.rsplit_once('@') {
            Some((keys, address)) if !keys.is_empty() => (keys, address),
            _ => return Err(ParseDsnError(ErrorKind::MissingPublicKey)),
        };
        let (public_key, secret_key) = parse_keys(keys)?;
        let (host, port) = parse_address(address)?;
        let (path, project_id) = parse_path(path)?;
        Ok(Dsn {
            scheme,
            public_key,
            secret_key,
            host,
            port: port.filter(|&port| port != scheme.default_port()),
            path,
            project_id,
        })
    }
}

fn parse_scheme(text: &str) -> Result<(Scheme, &str), ParseDsnError> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    if scheme.eq_ignore_ascii_case("https") {
        Ok((Scheme::Https, rest))
    } else if scheme.eq_ignore_ascii_case("http") {
        Ok((Scheme::Http, rest))
    } else {
        Err(ParseDsnError(ErrorKind::Scheme))
    }
}

fn parse_keys(keys: &str) -> Result<(String, Option<String>), ParseDsnError> {
    let (public_key, secret_key) = keys.split_once(':').unwrap_or((keys, ""));
    if public_key.is_empty() {
        return Err(ParseDsnError(ErrorKind::MissingPublicKey));
    }
    let is_allowed = |byte| is_unreserved(byte) || byte == b'%';
    check("public key", public_key, is_allowed)?;
    check("secret key", secret_key, is_allowed)?;
    let secret_key = (!secret_key.is_empty()).then(|| secret_key.to_owned());
    Ok((public_key.to_owned(), secret_key))
}

fn parse_address(address: &str) -> Result<(String, Option<u16>), ParseDsnError> {
    let (host, port) = match address.strip_prefix('[') {
        Some(rest) => {
            let invalid = ParseDsnError(ErrorKind::Ipv6);
            let (host, port) = rest.split_once(']').ok_or(invalid.clone())?;
            let host: Ipv6Addr = host.parse().map_err(|_| invalid)?;
            (format!("[{host}]"), port)
        }
        None => {
            let (host, port) = address.split_at(address.find(':').unwrap_or(address.len()));
            (parse_host(host)?, port)
        }
    };
    if port.is_empty() {
        return Ok((host, None));
    }
    let digits = port.strip_prefix(':').unwrap_or_default();
    // `parse` would also accept a sign.
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(port) if is_number => Ok((host, Some(port))),
        _ => Err(ParseDsnError(ErrorKind::Port)),
    }
}

fn parse_host(host: &str) -> Result<String, ParseDsnError> {
    if host.is_empty() {
        return Err(ParseDsnError(ErrorKind::MissingHost));
    }
    check("host", host, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
    })?;
    let host = host.to_ascii_lowercase();
    // URL parsers treat a host that ends in a number as an IPv4 address, even in forms like
    // `0x7f.1`. Only the form that all of them parse alike is accepted.
    if ends_in_number(&host) && host.parse::<Ipv4Addr>().is_err() {
        return Err(ParseDsnError(ErrorKind::Ipv4));
    }
    Ok(host)
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

fn parse_path(path: &str) -> Result<(String, String), ParseDsnError> {
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
    if path.split('/').any(is_dots) {
        return Err(ParseDsnError(ErrorKind::DotSegment));
    }
    Ok(match path.rsplit_once('/') {
        Some((path, project_id)) => (format!("/{path}/"), project_id.to_owned()),
        None => ("/".to_owned(), path.to_owned()),
    })
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

impl fmt::Display for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.public_key)?;
        if let Some(secret_key) = &self.secret_key {
            write!(f, ":{secret_key}")?;
        }
        write!(f, "@{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}{}", self.path, self.project_id)
    }
}

/// Formats the DSN without its secret key.
impl fmt::Debug for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let public = Dsn {
            secret_key: None,
            ..self.clone()
        };
        write!(f, "Dsn({public})")
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
