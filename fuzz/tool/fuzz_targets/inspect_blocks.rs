//! `trace-inspect`: the headers and bodies of messages.
//!
//! - The lines of the blocks are those of the text, in their order.
//! - A text without the marks of a tool loses no line, and each request or status line begins a
//!   message.
#![cfg_attr(not(test), no_main)]

use propagator_oracle::notations::is_start_line;
use trace_inspect::headers::readers::{blocks, Block};

propagator_fuzz::value! {
    words: [
        "GET / HTTP/1.1\n", "HTTP/1.1 200 OK\n", "POST https://a/b\n", "> GET / HTTP/2\n", "< HTTP/2 200\n",
        "\n\n", "\n", "\r\n", "> ", "< ", "* ", "traceparent: 0\n", ":method: GET\n", ":path\n/a\n", "### \n",
        "=> Send header\n", "<= Recv header\n", "0000: ", "--> GET /a\n", "<-- 200\n", "\\r\\n"
    ];
    fn check(text: &str) {
        let found = blocks(text);
        let mut end = 0;
        for line in found.iter().flat_map(|block| &block.lines) {
            let start = line.as_ptr() as usize - text.as_ptr() as usize;
            assert!(start >= end && start + line.len() <= text.len(), "{line:?}");
            end = start + line.len();
        }
        let has_marks = text.contains(['<', '>', '*', '#', ':', '\\']);
        if !has_marks {
            check_plain(text, &found);
        }
    }
}

fn check_plain(text: &str, found: &[Block<'_>]) {
    let start_lines = || found.iter().filter_map(|block| block.start_line.as_deref());
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let kept = found.iter().map(|block| block.lines.len()).sum::<usize>();
    assert_eq!(lines.count(), kept + start_lines().count());
    let mut rest = start_lines();
    for line in text.lines().filter(|line| is_start_line(line)) {
        assert!(rest.any(|start_line| start_line == line), "{line:?}");
    }
}
