//! `trace-inspect`: lines to records.
//!
//! - A message begins in a line of the text, after the messages before it.
//! - A text that arrives in two parts has the messages of the whole text.
//! - Log lines with an id each are messages of their own.
#![cfg_attr(not(test), no_main)]

use tool_fuzz::found::{assert_message, read, read_parts};

propagator_fuzz::value! {
    words: [
        "GET / HTTP/1.1\n", "HTTP/1.1 200 OK\n", "POST https://a/b\n", "> GET / HTTP/2\n", "< HTTP/2 200\n",
        "\n\n", "\n", "\r\n", "> ", "< ", "* ", "traceparent: 0\n", "### \n", "{\n", "}\n", "[", "]",
        "--> GET /a\n", "<-- 200\n", "\\r\\n",
        "10:00:00 INFO ", "trace_id=27bb7faa48294cf49ae6007d70905468\n", "trace_id\tb3\n", "| trace_id |\n", "baggage: a=1\n"
    ];
    fn check(text: &str) {
        let (messages, summary) = read(text.as_bytes());
        let mut last = 1;
        for message in &messages {
            assert_message(message);
            assert!((last..=summary.lines).contains(&message.line));
            last = message.line;
        }
        let parts = read_parts(text.as_bytes(), text.len() / 2);
        let lines = parts.iter().map(|message| message.line);
        assert!(lines.eq(messages.iter().map(|message| message.line)));
        if text.len() == 1 {
            check_log(usize::from(text.as_bytes()[0]));
        }
    }
}

fn check_log(count: usize) {
    let line = |i: usize| format!("10:00:00 INFO trace_id={:032x} x\n", i + 1);
    let log: String = (0..count).map(line).collect();
    assert_eq!(read(log.as_bytes()).0.len(), count);
}
