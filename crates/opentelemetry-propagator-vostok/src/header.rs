//! What `Context-Globals` and `Context-Properties` say.
//!
//! Both are the standard Base64 of an envelope: names and values in turn, each a string with its
//! length in bytes before it as a little-endian signed 32-bit integer. Their order means nothing.
//!
//! ```text
//! 17 00 00 00  vostok.request.priority  08 00 00 00  Ordinary
//! 16 00 00 00  vostok.tracing.context   49 00 00 00  27bb7faa-…;0bcd098a-…
//! ```
//!
//! [`parse_globals`] and [`parse_properties`] read what a propagator needs, and make the best of a
//! header that is damaged at its end; [`Entries::decode`] reads every entry or says what is wrong.

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::{Guid, ParseIdError};

use crate::encoding::{self, Buffer, Damage};
use crate::entries::Entries;

/// The header of the distributed globals, the tracing entry among them.
pub const GLOBALS: &str = "context-globals";

/// The header of the distributed properties.
pub const PROPERTIES: &str = "context-properties";

/// The name of the global that holds the trace.
pub const TRACING_CONTEXT: &str = "vostok.tracing.context";

/// The name of the global that holds the [`RequestPriority`].
pub const REQUEST_PRIORITY: &str = "vostok.request.priority";

/// The greatest length in bytes of a header that is decoded, unless the propagator is told another.
pub const MAX_LEN: usize = 16 * 1024;

/// What [`GLOBALS`] says to a propagator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Globals {
    /// The tracing entry, if there is one.
    pub tracing: Option<TracingContext>,
    /// The entries to keep, bytes as they came.
    pub kept: Entries,
}

/// Reads [`GLOBALS`]: the first tracing entry, and of all others those whose name is in `keep`.
///
/// Where the tracing entry stood before some damage, it is used and nothing is kept.
///
/// # Errors
///
/// A value of more than `max_len` bytes is refused unread. Any damage before the tracing entry, or
/// a tracing entry that holds no trace, refuses the header; the error says what and where.
///
/// ```
/// use opentelemetry_propagator_vostok::header::{parse_globals, MAX_LEN};
/// use opentelemetry_propagator_vostok::Entries;
///
/// let mut entries = Entries::new();
/// entries.insert("user.region", "66");
/// entries.insert("secret", "x");
/// let header = entries.encode();
///
/// let globals = parse_globals(&header, &["user.region"], MAX_LEN)?;
/// assert_eq!(globals.tracing, None);
/// assert_eq!(globals.kept.get_str("user.region"), Some("66"));
/// assert_eq!(globals.kept.get("secret"), None);
///
/// assert_eq!(
///     parse_globals("whatever", &["user.region"], MAX_LEN).unwrap_err().to_string(),
///     "context-globals: envelope byte 0: a string of 2058163906 bytes, 2 are left"
/// );
/// # Ok::<(), opentelemetry_propagator_vostok::ParseError>(())
/// ```
pub fn parse_globals(
    value: &str,
    keep: &[impl AsRef<str>],
    max_len: usize,
) -> Result<Globals, ParseError> {
    let mut buffer = Buffer::new();
    let mut globals = Globals::default();
    for entry in Reader::new(GLOBALS, value, max_len, &mut buffer)? {
        match entry {
            Ok(entry) if entry.name == TRACING_CONTEXT.as_bytes() => {
                if globals.tracing.is_none() {
                    globals.tracing = Some(TracingContext::parse(entry.value)?);
                }
            }
            Ok(entry) => keep_listed(&mut globals.kept, entry, keep),
            Err(_) if globals.tracing.is_some() => {
                globals.kept = Entries::new();
                break;
            }
            Err(damage) => return Err(damage),
        }
    }
    Ok(globals)
}

/// Reads [`PROPERTIES`]: the entries whose name is in `keep`.
///
/// # Errors
///
/// A value of more than `max_len` bytes is refused unread, a damaged one whole.
///
/// ```
/// use opentelemetry_propagator_vostok::header::{parse_properties, MAX_LEN};
/// use opentelemetry_propagator_vostok::Entries;
///
/// let mut entries = Entries::new();
/// entries.insert("client.kind", "web");
/// let kept = parse_properties(&entries.encode(), &["client.kind"], MAX_LEN)?;
/// assert_eq!(kept, entries);
/// # Ok::<(), opentelemetry_propagator_vostok::ParseError>(())
/// ```
pub fn parse_properties(
    value: &str,
    keep: &[impl AsRef<str>],
    max_len: usize,
) -> Result<Entries, ParseError> {
    let mut buffer = Buffer::new();
    let mut kept = Entries::new();
    for entry in Reader::new(PROPERTIES, value, max_len, &mut buffer)? {
        keep_listed(&mut kept, entry?, keep);
    }
    Ok(kept)
}

/// Keeps an entry that is on the list, unless its name was there before: the first one counts.
#[inline]
fn keep_listed(kept: &mut Entries, entry: Entry<'_>, keep: &[impl AsRef<str>]) {
    let listed = keep
        .iter()
        .map(AsRef::as_ref)
        .find(|name| name.as_bytes() == entry.name);
    if listed.is_some_and(|name| kept.get(name).is_none()) {
        kept.push(entry);
    }
}

/// One entry of an envelope.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
    /// Both with their lengths, as they stand in the envelope.
    pub(crate) raw: &'a [u8],
}

/// Reads an envelope entry by entry; an error is the last item.
pub(crate) struct Reader<'a> {
    header: &'static str,
    envelope: &'a [u8],
    at: usize,
    damage: Option<Damage>,
}

impl<'a> Reader<'a> {
    /// Of a header's value, decoded into `buffer`.
    #[inline]
    pub(crate) fn new(
        header: &'static str,
        value: &str,
        max_len: usize,
        buffer: &'a mut Buffer,
    ) -> Result<Self, ParseError> {
        if value.len() > max_len {
            let fault = Fault::TooLong {
                found: value.len(),
                max: max_len,
            };
            return Err(ParseError { header, fault });
        }
        let decoded = encoding::decode(value, buffer);
        Ok(Reader {
            header,
            envelope: decoded.bytes,
            at: 0,
            damage: decoded.damage,
        })
    }

    /// Of an envelope that is known to be sound.
    pub(crate) fn of_bytes(envelope: &'a [u8]) -> Self {
        Reader {
            header: "",
            envelope,
            at: 0,
            damage: None,
        }
    }

    /// Ends the reading at some damage, of the Base64 if that is what cut the envelope short.
    #[cold]
    fn damaged(&mut self, fault: Fault) -> ParseError {
        let header = self.header;
        let fault = self.damage.take().map_or(fault, Fault::Base64);
        self.at = self.envelope.len();
        ParseError { header, fault }
    }

    #[inline]
    fn string(&mut self) -> Result<&'a [u8], Fault> {
        let at = self.at;
        let left = &self.envelope[at..];
        let &[a, b, c, d, ref left @ ..] = left else {
            return Err(Fault::NoLength { at });
        };
        let Ok(length) = usize::try_from(i32::from_le_bytes([a, b, c, d])) else {
            return Err(Fault::Negative { at });
        };
        let Some(string) = left.get(..length) else {
            let left = left.len();
            return Err(Fault::Overrun { at, length, left });
        };
        self.at = at + 4 + length;
        Ok(string)
    }

    #[inline]
    fn entry(&mut self) -> Result<Entry<'a>, Fault> {
        let start = self.at;
        let name = self.string()?;
        if self.at == self.envelope.len() {
            return Err(Fault::NameAlone { at: start });
        }
        let value = self.string()?;
        let raw = &self.envelope[start..self.at];
        Ok(Entry { name, value, raw })
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Entry<'a>, ParseError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at == self.envelope.len() {
            let header = self.header;
            let damage = self.damage.take().map(Fault::Base64);
            return damage.map(|fault| Err(ParseError { header, fault }));
        }
        Some(self.entry().map_err(|fault| self.damaged(fault)))
    }
}

/// The tracing entry's value: the GUIDs of the trace and of the caller's span.
///
/// Parsed as Vostok's FlowingContext does it: split at `;`, empty parts dropped, exactly two GUIDs
/// in .NET's `D`, `N`, `B` (`{…}`) or `P` (`(…)`) form, either case, blanks around each dropped.
/// Beyond that, the trace id and the span id of OpenTelemetry must not be zero.
///
/// ```
/// use opentelemetry_propagator_vostok::header::TracingContext;
///
/// let value = "27bb7faa-4829-4cf4-9ae6-007d70905468;0bcd098a-5926-42e4-9603-2b13607e899e";
/// let tracing: TracingContext = value.parse()?;
/// assert_eq!(tracing.trace_id().to_string(), "27bb7faa48294cf49ae6007d70905468");
/// assert_eq!(tracing.span_id().to_string(), "0bcd098a592642e4");
/// assert_eq!(tracing.to_string(), value);
/// # Ok::<(), opentelemetry_propagator_vostok::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracingContext {
    trace: Guid,
    span: Guid,
}

impl TracingContext {
    /// How long the value is as it is written here and by Vostok.
    pub(crate) const LEN: usize = 2 * Guid::HYPHENATED_LEN + 1;

    /// The entry up to its value, as every header begins that is written here: the name and both
    /// lengths in Base64. Its 30 bytes end where a group of four characters does.
    pub(crate) const HEAD: &'static str = "FgAAAHZvc3Rvay50cmFjaW5nLmNvbnRleHRJAAAA";

    /// Of OpenTelemetry's ids; the span's GUID is its 16 digits and 16 zeros.
    pub fn new(trace_id: TraceId, span_id: SpanId) -> Self {
        TracingContext {
            trace: trace_id.into(),
            span: span_id.into(),
        }
    }

    /// The trace's GUID.
    pub fn trace(self) -> Guid {
        self.trace
    }

    /// The GUID of the caller's span.
    pub fn span(self) -> Guid {
        self.span
    }

    /// The trace's GUID as OpenTelemetry's trace id.
    pub fn trace_id(self) -> TraceId {
        self.trace.trace_id()
    }

    /// The first 16 digits of the span's GUID as OpenTelemetry's span id.
    pub fn span_id(self) -> SpanId {
        self.span.span_id()
    }

    /// Writes the entry's value.
    #[inline]
    pub(crate) fn encode(self, value: &mut [u8; Self::LEN]) {
        let (trace, rest) = value.split_at_mut(Guid::HYPHENATED_LEN);
        let (separator, span) = rest.split_at_mut(1);
        separator[0] = b';';
        for (guid, text) in [(self.trace, trace), (self.span, span)] {
            let text = text.try_into().expect("the length of a hyphenated GUID");
            guid.encode_hyphenated(text);
        }
    }

    #[inline]
    fn parse(value: &[u8]) -> Result<Self, ParseError> {
        let tracing = Self::canonical(value).map_or_else(|| Self::tolerant(value), Ok);
        let fault = match tracing {
            Ok(tracing) if tracing.trace_id() == TraceId::INVALID => Fault::Zero("trace"),
            Ok(tracing) if tracing.span_id() == SpanId::INVALID => Fault::Zero("span"),
            Ok(tracing) => return Ok(tracing),
            Err(fault) => fault,
        };
        let header = GLOBALS;
        Err(ParseError { header, fault })
    }

    /// The form that Vostok writes.
    #[inline]
    fn canonical(value: &[u8]) -> Option<Self> {
        let value: &[u8; Self::LEN] = value.try_into().ok()?;
        let (trace, rest) = value.split_at(Guid::HYPHENATED_LEN);
        let (separator, span) = rest.split_at(1);
        if separator != b";" {
            return None;
        }
        Some(TracingContext {
            trace: Guid::decode_hyphenated(trace)?,
            span: Guid::decode_hyphenated(span)?,
        })
    }

    /// The other forms that FlowingContext takes.
    #[cold]
    fn tolerant(value: &[u8]) -> Result<Self, Fault> {
        let text = String::from_utf8_lossy(value);
        let mut parts = text.split(';').filter(|part| !part.is_empty());
        let (Some(trace), Some(span), None) = (parts.next(), parts.next(), parts.next()) else {
            let found = text.split(';').filter(|part| !part.is_empty()).count();
            return Err(Fault::Parts { found });
        };
        Ok(TracingContext {
            trace: guid(trace).map_err(|fault| Fault::Guid("trace", fault))?,
            span: guid(span).map_err(|fault| Fault::Guid("span", fault))?,
        })
    }
}

/// A GUID in one of .NET's forms `D`, `N`, `B` and `P`.
fn guid(text: &str) -> Result<Guid, ParseIdError> {
    let text = text.trim();
    let within = |open, close| text.strip_prefix(open)?.strip_suffix(close);
    match within('{', '}').or_else(|| within('(', ')')) {
        Some(hyphenated) => Guid::parse_hyphenated(hyphenated),
        None => text.parse(),
    }
}

impl FromStr for TracingContext {
    type Err = ParseError;

    fn from_str(value: &str) -> Result<Self, ParseError> {
        Self::parse(value.as_bytes())
    }
}

impl fmt::Display for TracingContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};{}", self.trace, self.span)
    }
}

/// How urgent a request is to Vostok's services: what they shed first under load, and last.
///
/// ```
/// use opentelemetry_propagator_vostok::RequestPriority;
///
/// assert_eq!("Critical".parse(), Ok(RequestPriority::Critical));
/// assert_eq!(RequestPriority::Sheddable.as_str(), "Sheddable");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestPriority {
    /// May be refused first.
    Sheddable,
    /// The usual.
    Ordinary,
    /// Is served as long as anything is.
    Critical,
}

impl RequestPriority {
    /// The name as Vostok writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            RequestPriority::Sheddable => "Sheddable",
            RequestPriority::Ordinary => "Ordinary",
            RequestPriority::Critical => "Critical",
        }
    }
}

impl FromStr for RequestPriority {
    type Err = ParseError;

    /// Either case, as .NET reads the names of an enumeration.
    fn from_str(value: &str) -> Result<Self, ParseError> {
        use RequestPriority::{Critical, Ordinary, Sheddable};
        [Sheddable, Ordinary, Critical]
            .into_iter()
            .find(|priority| priority.as_str().eq_ignore_ascii_case(value))
            .ok_or(ParseError {
                header: GLOBALS,
                fault: Fault::Priority,
            })
    }
}

impl fmt::Display for RequestPriority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a header was refused: which one, what was wrong, and where.
///
/// It quotes one character of the header at most, escaped, so that it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    header: &'static str,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    TooLong {
        found: usize,
        max: usize,
    },
    Base64(Damage),
    NoLength {
        at: usize,
    },
    Negative {
        at: usize,
    },
    Overrun {
        at: usize,
        length: usize,
        left: usize,
    },
    NameAlone {
        at: usize,
    },
    Parts {
        found: usize,
    },
    Guid(&'static str, ParseIdError),
    Zero(&'static str),
    Priority,
}

impl ParseError {
    /// The header that was refused, by its name in lower case.
    pub fn header(&self) -> &'static str {
        self.header
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.header)?;
        match &self.fault {
            Fault::TooLong { found, max } => {
                write!(f, "{found} bytes are more than the {max} permitted")
            }
            Fault::Base64(Damage::Character { at, found }) => {
                write!(f, "{found:?} at byte {at} is no Base64 there")
            }
            Fault::Base64(Damage::Truncated) => write!(f, "the Base64 is cut off"),
            Fault::NoLength { at } => {
                write!(f, "envelope byte {at}: fewer than the 4 bytes of a length")
            }
            Fault::Negative { at } => write!(f, "envelope byte {at}: a negative length"),
            Fault::Overrun { at, length, left } => write!(
                f,
                "envelope byte {at}: a string of {length} bytes, {left} are left"
            ),
            Fault::NameAlone { at } => {
                write!(f, "envelope byte {at}: a name without a value")
            }
            Fault::Parts { found } => write!(
                f,
                "{TRACING_CONTEXT}: expected 2 GUIDs, found {found} parts"
            ),
            Fault::Guid(which, fault) => {
                write!(f, "{TRACING_CONTEXT}: {which}: {fault}")
            }
            Fault::Zero(which) => {
                write!(
                    f,
                    "{TRACING_CONTEXT}: {which}: an id of zeros names nothing"
                )
            }
            Fault::Priority => {
                write!(
                    f,
                    "{REQUEST_PRIORITY}: expected Sheddable, Ordinary or Critical"
                )
            }
        }
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "27bb7faa-4829-4cf4-9ae6-007d70905468";
    const SPAN: &str = "0bcd098a-5926-42e4-9603-2b13607e899e";

    fn globals(envelope: &[u8]) -> Result<Globals, ParseError> {
        parse_globals(&encoding::encode(envelope), &[REQUEST_PRIORITY], usize::MAX)
    }

    fn envelope(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut envelope = Vec::new();
        for (name, value) in entries {
            for text in [name, value] {
                envelope.extend((text.len() as i32).to_le_bytes());
                envelope.extend(text.as_bytes());
            }
        }
        envelope
    }

    fn message<T: fmt::Debug>(result: Result<T, ParseError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_tracing_entry_reads_in_every_form_of_its_guids() {
        let expected: TracingContext = format!("{TRACE};{SPAN}").parse().unwrap();
        let (n_trace, n_span) = (TRACE.replace('-', ""), SPAN.replace('-', ""));
        for value in [
            format!("{n_trace};{n_span}"),
            format!("{{{TRACE}}};({SPAN})"),
            format!("({TRACE});{{{SPAN}}}").to_uppercase(),
            format!(";;{TRACE};;{SPAN};"),
            format!(" {TRACE}\t; {n_span} "),
        ] {
            assert_eq!(value.parse(), Ok(expected), "{value:?}");
        }
        assert_eq!(expected.to_string(), format!("{TRACE};{SPAN}"));
        assert_eq!(expected.trace().to_string(), TRACE);
        assert_eq!(expected.span().to_string(), SPAN);
    }

    #[test]
    fn a_tracing_entry_that_holds_no_trace_says_why() {
        let zero = "00000000-0000-0000-0000-000000000000";
        let half_zero = "00000000-0000-0000-9603-2b13607e899e";
        let short = "expected a hyphenated GUID of 36, found 35 characters";
        for (value, reason) in [
            (String::new(), "expected 2 GUIDs, found 0 parts".to_owned()),
            (
                TRACE.to_owned(),
                "expected 2 GUIDs, found 1 parts".to_owned(),
            ),
            (
                format!("{TRACE};{SPAN};{SPAN}"),
                "expected 2 GUIDs, found 3 parts".to_owned(),
            ),
            (
                format!("{TRACE}; "),
                "span: expected 32 hex digits, found 0 characters".to_owned(),
            ),
            (format!("{};{SPAN}", &TRACE[1..]), format!("trace: {short}")),
            (
                format!("{TRACE};{{{}}}", &SPAN[1..]),
                format!("span: {short}"),
            ),
            (
                format!("{TRACE};{{{}}}", SPAN.replace('-', "")),
                "span: expected a hyphenated GUID of 36, found 32 characters".to_owned(),
            ),
            (
                format!("{TRACE};{{{SPAN})"),
                "span: expected a hyphenated GUID of 36, found 38 characters".to_owned(),
            ),
            (
                format!("{zero};{SPAN}"),
                "trace: an id of zeros names nothing".to_owned(),
            ),
            (
                format!("{TRACE};{half_zero}"),
                "span: an id of zeros names nothing".to_owned(),
            ),
        ] {
            assert_eq!(
                message(value.parse::<TracingContext>()),
                format!("context-globals: vostok.tracing.context: {reason}"),
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_damaged_envelope_says_where() {
        let whole = envelope(&[("a", "1")]);
        let cut = |len: usize| globals(&whole[..len]);
        assert_eq!(cut(10).map(|globals| globals.tracing), Ok(None));
        for (result, reason) in [
            (cut(9), "envelope byte 5: a string of 1 bytes, 0 are left"),
            (
                cut(8),
                "envelope byte 5: fewer than the 4 bytes of a length",
            ),
            (cut(5), "envelope byte 0: a name without a value"),
            (
                cut(3),
                "envelope byte 0: fewer than the 4 bytes of a length",
            ),
            (globals(&[0xff; 8]), "envelope byte 0: a negative length"),
            (
                globals(&[0xff, 0xff, 0xff, 0x7f]),
                "envelope byte 0: a string of 2147483647 bytes, 0 are left",
            ),
            (
                parse_globals("!!!!", &[""], 9),
                "'!' at byte 0 is no Base64 there",
            ),
            (
                parse_globals("AAAAAAAAA", &[""], 9),
                "the Base64 is cut off",
            ),
            (
                parse_globals("AAAAAAAAAA", &[""], 9),
                "10 bytes are more than the 9 permitted",
            ),
        ] {
            let error = result.unwrap_err();
            assert_eq!(error.to_string(), format!("context-globals: {reason}"));
            assert_eq!(error.header(), GLOBALS);
        }
        let error = parse_properties("!", &[""], 9).unwrap_err();
        assert_eq!(
            error.to_string(),
            "context-properties: '!' at byte 0 is no Base64 there"
        );
        assert_eq!(error.header(), PROPERTIES);
    }

    #[test]
    fn a_trace_before_the_damage_is_used_and_nothing_is_kept() {
        let tracing = format!("{TRACE};{SPAN}");
        let sound = envelope(&[(REQUEST_PRIORITY, "Critical"), (TRACING_CONTEXT, &tracing)]);
        let expected = Globals {
            tracing: tracing.parse().ok(),
            kept: Entries::new(),
        };

        for damage in [&[1][..], &[0xff; 4], &[9, 0, 0, 0], &[1, 0, 0, 0, b'a']] {
            assert_eq!(
                globals(&[&sound[..], damage].concat()),
                Ok(expected.clone()),
                "{damage:?}"
            );
        }
        for damage in ["!", "AAAA!", "="] {
            let value = format!("{}{damage}", encoding::encode(&sound));
            assert_eq!(
                parse_globals(&value, &[REQUEST_PRIORITY], 9999),
                Ok(expected.clone()),
                "{damage:?}"
            );
        }
    }

    #[test]
    fn of_entries_of_one_name_the_first_counts() {
        let (first, second) = (format!("{TRACE};{SPAN}"), format!("{SPAN};{TRACE}"));
        let read = globals(&envelope(&[
            (TRACING_CONTEXT, &first),
            (REQUEST_PRIORITY, "Critical"),
            (TRACING_CONTEXT, &second),
            (REQUEST_PRIORITY, "Ordinary"),
            (TRACING_CONTEXT, "junk"),
        ]))
        .unwrap();
        assert_eq!(read.tracing, first.parse().ok());
        assert_eq!(
            read.kept.iter().collect::<Vec<_>>(),
            [(REQUEST_PRIORITY.as_bytes(), &b"Critical"[..])]
        );
    }

    #[test]
    fn a_priority_reads_in_either_case() {
        for priority in [
            RequestPriority::Sheddable,
            RequestPriority::Ordinary,
            RequestPriority::Critical,
        ] {
            assert_eq!(priority.to_string().parse(), Ok(priority));
            assert_eq!(priority.to_string().to_lowercase().parse(), Ok(priority));
        }
        assert_eq!(
            message("High".parse::<RequestPriority>()),
            "context-globals: vostok.request.priority: expected Sheddable, Ordinary or Critical"
        );
    }
}
