//! The readers of `inspect`. Any text is harmless, and a valid value is found in every syntax.
#![cfg_attr(not(test), no_main)]

use inspect::headers::{read, read_words};
use propagator_oracle::w3c::read_traceparent;

propagator_fuzz::value! {
    typical_len: 64;
    words: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "traceparent", "traceparent: ",
        "x-kontur-trace-id: 27bb7faa48294cf49ae6007d70905468", "context-globals", "baggage: a=1",
        "{\"headers\": {\"traceparent\": \"", "\"}}", "curl -H '", "'", "< HTTP/1.1 200 OK\n", "> ",
        "TRACEPARENT=", "0000: 74 72 61 63\n", "&quot;", "=3D", "%22", "\\\n", "\n ", "\t", "["
    ];
    fn check(text: &str) {
        read(text.as_bytes());
        read_words(text.split(' ').map(str::to_owned));
        if text.len() != 55 || read_traceparent(text).is_none() {
            return;
        }
        for input in [
            format!("traceparent: {text}"),
            format!("Host: example.com\r\nTraceParent:{text}\r\n\r\n"),
            format!("< HTTP/1.1 200 OK\n< traceparent: {text}\n"),
            format!("{{\"headers\": {{\"Traceparent\": [\"{text}\"]}}}}"),
            format!("curl -H 'traceparent: {text}' https://example.com"),
            format!("TRACEPARENT={text}"),
            format!("level=info traceparent={text} status=200"),
        ] {
            let reading = read(input.as_bytes());
            assert_eq!(reading.messages.len(), 1, "{input:?}");
            assert_eq!(reading.messages[0].headers["traceparent"], text, "{input:?}");
        }
    }
}
