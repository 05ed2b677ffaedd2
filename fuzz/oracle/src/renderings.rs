//! Headers in the notations that tools, languages and logs print.
//!
//! Unlike the other modules, this one writes. It formats known names and values in one of many
//! notations, so that the result of a reader can be compared with them.

/// The name of a header in lower case, and its value, which is ASCII without quotes and
/// backslashes.
pub type Header = (&'static str, String);

/// A notation for the headers of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `name: value` on separate lines.
    Lines,
    /// Lines after a request line.
    Request,
    /// The output of `curl -v`.
    CurlVerbose,
    /// `curl -H 'name: value'`.
    CurlCommand,
    /// `curl -H ^"name: value^"`, with carets before line ends.
    CmdCommand,
    /// `fetch(…)` of a browser.
    Fetch,
    /// `{"headers": {"name": "value"}}`.
    JsonMap,
    /// `{"headers": {"name": ["value"]}}`, over several lines.
    JsonLists,
    /// `{"headers": [{"name": "name", "value": "value"}]}`.
    JsonPairs,
    /// `["name", "value", …]`.
    JsonFlat,
    /// JSON in a string of JSON.
    JsonInJson,
    /// An HTTP archive.
    Har,
    /// JSON after the prefix of a log line.
    JsonInLog,
    /// `{'name': 'value'}` of Python.
    PythonDict,
    /// `[(b'name', b'value')]` of Python.
    PythonScope,
    /// `map[name:[value]]` of Go.
    GoMap,
    /// `{ name: 'value' }` of Node, over several lines.
    NodeObject,
    /// `{name=value, name=value}` of Java.
    JavaMap,
    /// `"name" => "value"` of PHP and Ruby.
    Arrows,
    /// `name="value"` in a log line.
    LogQuoted,
    /// `name=value` in a log line.
    LogPlain,
    /// A request in quotes with escaped line ends.
    LogEscaped,
    /// `NAME=value` on lines.
    Environment,
    /// `HTTP_NAME="value"` on lines.
    Cgi,
    /// `<meta name="name" content="value">`.
    Meta,
    /// `name: "value"`, indented below a key.
    Yaml,
    /// `| name | value |`.
    MarkdownTable,
}

/// All notations.
pub const SHAPES: [Shape; 27] = [
    Shape::Lines,
    Shape::Request,
    Shape::CurlVerbose,
    Shape::CurlCommand,
    Shape::CmdCommand,
    Shape::Fetch,
    Shape::JsonMap,
    Shape::JsonLists,
    Shape::JsonPairs,
    Shape::JsonFlat,
    Shape::JsonInJson,
    Shape::Har,
    Shape::JsonInLog,
    Shape::PythonDict,
    Shape::PythonScope,
    Shape::GoMap,
    Shape::NodeObject,
    Shape::JavaMap,
    Shape::Arrows,
    Shape::LogQuoted,
    Shape::LogPlain,
    Shape::LogEscaped,
    Shape::Environment,
    Shape::Cgi,
    Shape::Meta,
    Shape::Yaml,
    Shape::MarkdownTable,
];

/// The case of names, for notations that do not prescribe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Lower,
    Title,
    Upper,
}

/// A change of a text in transit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Plain,
    /// Lines end with CR LF.
    CrLf,
    /// Each line is indented.
    Indented,
    /// The text begins with a byte order mark.
    Mark,
    /// UTF-16 with a byte order mark, little-endian.
    Utf16Le,
    /// UTF-16 with a byte order mark, big-endian.
    Utf16Be,
    /// Spaces are no-break spaces.
    NoBreakSpaces,
}

/// All changes.
pub const TRANSPORTS: [Transport; 7] = [
    Transport::Plain,
    Transport::CrLf,
    Transport::Indented,
    Transport::Mark,
    Transport::Utf16Le,
    Transport::Utf16Be,
    Transport::NoBreakSpaces,
];

/// Whether a notation is unambiguous for values that contain commas or spaces.
pub fn holds_lists(shape: Shape) -> bool {
    // A list in a table looks like prose.
    shape != Shape::MarkdownTable
}

/// Writes headers in a notation.
pub fn render(shape: Shape, case: Case, headers: &[Header]) -> String {
    let each = |write: &dyn Fn(&str, &str) -> String, between: &str| {
        let parts = headers
            .iter()
            .map(|(name, value)| write(&spelled(name, case), value));
        parts.collect::<Vec<_>>().join(between)
    };
    let request = |end: &str| {
        let lines = each(&|name, value| format!("{name}: {value}{end}"), "");
        format!("GET /v1/orders HTTP/1.1{end}Host: api.example{end}{lines}{end}")
    };
    let json = || each(&|name, value| format!("\"{name}\": \"{value}\""), ", ");
    match shape {
        Shape::Lines => each(&|name, value| format!("{name}: {value}\n"), ""),
        Shape::Request => request("\n"),
        Shape::CurlVerbose => {
            let lines = each(&|name, value| format!("> {name}: {value}\n"), "");
            format!(
                "* Connected to api.example\n> GET /v1 HTTP/1.1\n> Host: api.example\n{lines}>\n\
                 < HTTP/1.1 200 OK\n< Content-Length: 2\n<\nok\n"
            )
        }
        Shape::CurlCommand => {
            let words = each(&|name, value| format!("-H '{name}: {value}'"), " \\\n  ");
            format!("curl 'https://api.example/v1' \\\n  {words} \\\n  --compressed\n")
        }
        Shape::CmdCommand => {
            let words = each(&|name, value| format!("-H ^\"{name}: {value}^\""), " ^\n  ");
            format!("curl ^\"https://api.example/v1^\" ^\n  {words}\n")
        }
        Shape::Fetch => {
            let lines = each(&|name, value| format!("    \"{name}\": \"{value}\""), ",\n");
            format!(
                "fetch(\"https://api.example/v1\", {{\n  \"headers\": {{\n{lines}\n  }},\n  \
                 \"body\": null,\n  \"method\": \"GET\"\n}});\n"
            )
        }
        Shape::JsonMap => format!("{{\"status\": 200, \"headers\": {{{}}}}}", json()),
        Shape::JsonLists => {
            let lines = each(
                &|name, value| format!("    \"{name}\": [\"{value}\"]"),
                ",\n",
            );
            format!("{{\n  \"request\": {{\n{lines}\n  }},\n  \"bytes\": [1, 2.5, null]\n}}\n")
        }
        Shape::JsonPairs => {
            let pair = |name: &str, value: &str| {
                format!("{{\"name\": \"{name}\", \"value\": \"{value}\"}}")
            };
            format!(
                "{{\"headers\": [{}], \"method\": \"GET\"}}",
                each(&pair, ", ")
            )
        }
        Shape::JsonFlat => {
            format!(
                "[{}]",
                each(&|name, value| format!("\"{name}\", \"{value}\""), ", ")
            )
        }
        Shape::JsonInJson => {
            let inner = format!("{{\"headers\": {{{}}}}}", json());
            format!("{{\"log\": \"{}\"}}\n", inner.replace('"', "\\\""))
        }
        Shape::Har => {
            let pair = |name: &str, value: &str| {
                format!("{{\"value\": \"{value}\", \"name\": \"{name}\"}}")
            };
            format!(
                "{{\"log\": {{\"version\": \"1.2\", \"entries\": [{{\"request\": {{\"headers\": \
                 [{}], \"url\": \"https://api.example/v1\", \"method\": \"GET\"}}, \"response\": \
                 {{\"status\": 200, \"headers\": []}}}}]}}}}",
                each(&pair, ", ")
            )
        }
        Shape::JsonInLog => {
            format!(
                "2026-11-25 10:00:00 [worker-1] INFO request {{\"headers\": {{{}}}}} done\n",
                json()
            )
        }
        Shape::PythonDict => {
            let pairs = each(&|name, value| format!("'{name}': '{value}'"), ", ");
            format!("{{'Host': 'api.example', {pairs}}}\n")
        }
        Shape::PythonScope => {
            let pairs = each(&|name, value| format!("(b'{name}', b'{value}')"), ", ");
            format!("[(b'host', b'api.example'), {pairs}]\n")
        }
        Shape::GoMap => {
            let pairs = each(&|name, value| format!("{name}:[{value}]"), " ");
            format!("map[Accept:[*/*] {pairs} User-Agent:[Go-http-client/1.1]]\n")
        }
        Shape::NodeObject => {
            let lines = each(&|name, value| format!("  '{name}': '{value}',\n"), "");
            format!("{{\n  host: 'api.example',\n{lines}}}\n")
        }
        Shape::JavaMap => {
            let pairs = each(&|name, value| format!("{name}={value}"), ", ");
            format!("{{host=api.example, {pairs}}}\n")
        }
        Shape::Arrows => {
            let lines = each(&|name, value| format!("  \"{name}\" => \"{value}\",\n"), "");
            format!("[\n  \"host\" => \"api.example\",\n{lines}]\n")
        }
        Shape::LogQuoted => {
            let fields = each(&|name, value| format!("{name}=\"{value}\""), " ");
            format!("10.0.0.1 - \"GET /v1 HTTP/1.1\" 200 {fields} rt=0.003\n")
        }
        Shape::LogPlain => {
            let fields = each(&|name, value| format!("{name}={value}"), " ");
            format!("time=10:00:00 level=info path=/v1 {fields} status=200\n")
        }
        Shape::LogEscaped => format!("2026-11-25 sent \"{}\"\n", request("\\r\\n")),
        Shape::Environment => each(&|name, value| format!("{}={value}\n", variable(name)), ""),
        Shape::Cgi => each(
            &|name, value| format!("HTTP_{}=\"{value}\"\n", variable(name)),
            "",
        ),
        Shape::Meta => {
            let meta =
                |name: &str, value: &str| format!("<meta name=\"{name}\" content=\"{value}\"/>\n");
            format!("<html><head>\n{}</head></html>\n", each(&meta, ""))
        }
        Shape::Yaml => {
            format!(
                "headers:\n{}",
                each(&|name, value| format!("  {name}: \"{value}\"\n"), "")
            )
        }
        Shape::MarkdownTable => {
            let rows = each(&|name, value| format!("| {name} | {value} |\n"), "");
            format!("| header | value |\n|---|---|\n{rows}")
        }
    }
}

/// Changes a text.
pub fn transport(text: &str, transport: Transport) -> Vec<u8> {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    };
    match transport {
        Transport::Plain => text.into(),
        Transport::CrLf => text.replace("\r\n", "\n").replace('\n', "\r\n").into(),
        Transport::Indented => {
            let lines = text.lines().map(|line| format!("    {line}\n"));
            lines.collect::<String>().into()
        }
        Transport::Mark => format!("\u{feff}{text}").into(),
        Transport::Utf16Le => utf16(u16::to_le_bytes),
        Transport::Utf16Be => utf16(u16::to_be_bytes),
        Transport::NoBreakSpaces => text.replace(' ', "\u{a0}").into(),
    }
}

fn spelled(name: &str, case: Case) -> String {
    match case {
        Case::Lower => name.to_owned(),
        Case::Upper => name.to_uppercase(),
        Case::Title => {
            let words = name.split('-').map(|word| {
                let (first, rest) = word.split_at(1);
                first.to_uppercase() + rest
            });
            words.collect::<Vec<_>>().join("-")
        }
    }
}

fn variable(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn render_writes_each_name_and_value() {
        let headers = [("x-kontur-trace-id", "5".repeat(32))];
        for shape in SHAPES {
            let text = render(shape, Case::Title, &headers);
            assert!(text.contains(&headers[0].1), "{shape:?}: {text}");
            let plain = text.to_lowercase().replace('_', "-");
            assert!(plain.contains("x-kontur-trace-id"), "{shape:?}: {text}");
        }
    }

    #[test]
    fn transport_changes_the_bytes() {
        assert_eq!(transport("a b\n", Transport::CrLf), b"a b\r\n");
        assert_eq!(transport("a", Transport::Utf16Be), b"\xfe\xff\0a");
        assert_eq!(
            transport("a b", Transport::NoBreakSpaces),
            "a\u{a0}b".as_bytes()
        );
    }
}
