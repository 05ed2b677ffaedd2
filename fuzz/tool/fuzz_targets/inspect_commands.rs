//! `trace-inspect`: commands of `curl`.
//!
//! - A command with headers in quotes has exactly these headers.
//! - Words that a shell has split give the same message as the command.
#![cfg_attr(not(test), no_main)]

use propagator_oracle::notations::curl_command;
use tool_fuzz::found::{assert_has, assert_message, only};
use trace_inspect::headers::{read_words, readers::commands};

propagator_fuzz::value! {
    typical_len: 80;
    words: [
        "curl ", "curl.exe ", " -H 'traceparent: 0'", " -H \"b3: 1\"", " --header 'baggage: a=1'", "-Hb3:1",
        "--header=b3:1", " -H $'b3:\\x201'", " https://a", " -X POST", " -d '", "'", " \\\n", " ^\n", "^\"",
        "`\n", "\n", "\n-H '", "$ ", ": "
    ];
    fn check(text: &str) {
        commands(text, &mut |message| assert_message(&message));
        let mut count = 0;
        if curl_command(text, |_| count += 1).is_some() && count > 0 {
            check_command(text, count);
        }
    }
}

fn check_command(text: &str, count: usize) {
    let message = only(|out| commands(text, out));
    assert_eq!(message.headers.len(), count);
    let mut words = vec!["curl".to_owned()];
    curl_command(text, |(name, value)| {
        assert_has(&message, name, value);
        words.extend(["-H".to_owned(), format!("{name}: {value}")]);
    });
    let [split] = &read_words(words).messages[..] else {
        panic!("one message");
    };
    assert_eq!(split.headers, message.headers);
}
