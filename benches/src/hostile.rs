//! Requests of an attacker, who wants each byte of a header to cost as much as possible.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::request::{self, header_map, Header};

/// The largest number of instructions per byte that an extraction may take.
pub const LIMIT: f64 = 40.0;

/// The length of the hostile header, in which a line counts [`LINE`] bytes more.
const LEN: usize = 64 * 1024;

const LINE: usize = 4;

/// A request with one hostile header, among the valid other headers of its format.
pub struct Hostile {
    header: &'static str,
    value: String,
    shape: Shape,
    others: Vec<Header>,
}

/// What the hostile header consists of.
enum Shape {
    /// One line that repeats a text.
    Repeated(&'static str),
    /// The usual value, and then commas.
    AfterValue,
    /// Many lines with the same text.
    Lines(&'static str),
    /// Many headers whose names have the same beginning.
    Names,
}

const REPEATED: [&str; 15] = [
    ",", " ", " , ", " =,", "=1,", "(=1,", "%%%", "a b=1,", "a=1,", "a,", ";", "=;", "-", ":", "0",
];

const LINES: [&str; 3] = ["", " ", "a=b"];

/// Returns the valid headers of each format. A name that ends in a hyphen is the beginning of the
/// names of many headers.
fn formats() -> [Vec<Header>; 10] {
    let vostok = [("context-properties", ""), ("request-priority", "Ordinary")];
    let jaeger = [("jaeger-baggage", "key=value"), ("uberctx-", "value")];
    [
        request::tracecontext(),
        request::baggage(6),
        request::sentry(),
        request::kontur(),
        with(request::vostok(), &vostok),
        request::b3(),
        with(request::b3_multi(), &[("x-b3-flags", "0")]),
        request::xray(),
        with(request::jaeger(), &jaeger),
        with(request::ottrace(), &[("ot-baggage-", "value")]),
    ]
}

fn with(mut headers: Vec<Header>, more: &[(&'static str, &str)]) -> Vec<Header> {
    headers.extend(more.iter().map(|&(name, value)| (name, value.to_owned())));
    headers
}

/// Returns every shape of every header.
pub fn requests() -> Vec<Hostile> {
    let mut requests = Vec::new();
    for headers in formats() {
        for (at, (header, value)) in headers.iter().enumerate() {
            let mut others = headers.clone();
            others.remove(at);
            others.retain(|(name, _)| !name.ends_with('-'));
            let mut shapes: Vec<_> = REPEATED.map(Shape::Repeated).into();
            shapes.extend(LINES.map(Shape::Lines));
            shapes.push(Shape::AfterValue);
            if header.ends_with('-') {
                shapes.push(Shape::Names);
            }
            requests.extend(shapes.into_iter().map(|shape| Hostile {
                header,
                value: value.clone(),
                shape,
                others: others.clone(),
            }));
        }
    }
    requests
}

impl Hostile {
    /// Returns the name of the header, and what it consists of.
    pub fn name(&self) -> String {
        let header = self.header;
        match self.shape {
            Shape::Repeated(text) => format!("{header}: {text:?}"),
            Shape::AfterValue => format!("{header}: value and \",\""),
            Shape::Lines(text) => format!("{header}: lines {text:?}"),
            Shape::Names => format!("{header}: names"),
        }
    }

    /// Returns the request, and the number of bytes of the hostile header.
    pub fn request(&self) -> (HeaderMap, usize) {
        let name = match self.header.strip_suffix('-') {
            Some(_) => format!("{}a", self.header),
            None => self.header.to_owned(),
        };
        let line = |value: String| (name.clone(), value);
        let mut request = header_map(16, &self.others);
        let len = match self.shape {
            Shape::Repeated(text) => {
                let repeated = text.repeat(LEN / text.len());
                add(&mut request, [line(repeated)])
            }
            Shape::AfterValue => {
                let value = format!("{}{}", self.value, ",".repeat(LEN));
                add(&mut request, [line(value)])
            }
            Shape::Lines(text) => {
                let count = LEN / (text.len() + LINE);
                add(&mut request, (0..count).map(|_| line(text.to_owned())))
            }
            Shape::Names => {
                let count = LEN / (self.header.len() + "9999".len() + self.value.len() + LINE);
                let name = |i| format!("{}{i}", self.header);
                add(
                    &mut request,
                    (0..count).map(|i| (name(i), self.value.clone())),
                )
            }
        };
        (request, len)
    }
}

/// Adds lines to a request. Returns their number of bytes.
fn add(request: &mut HeaderMap, lines: impl IntoIterator<Item = (String, String)>) -> usize {
    let mut len = 0;
    for (name, value) in lines {
        len += value.len() + LINE;
        let header: HeaderName = name.parse().expect("the name is valid");
        // A further line of a name does not contain the name.
        if !request.contains_key(&header) {
            len += name.len();
        }
        request.append(
            header,
            HeaderValue::try_from(value).expect("the value is valid"),
        );
    }
    len
}
