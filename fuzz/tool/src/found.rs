//! Checks of what a reader of `trace-inspect` found, for the fast targets.

use opentelemetry::trace::TraceId;
use propagator_oracle::notations::known;
use trace_inspect::headers::Message;

/// Checks that a message is not empty, contains only known headers, and no more lines than servers
/// accept.
pub fn assert_message(message: &Message) {
    assert!(!message.is_empty());
    assert!(message.headers.len() <= 256);
    for name in message.headers.keys() {
        assert_eq!(known(name.as_str()), Some(name.as_str()));
    }
    let is_valid = |id: TraceId| id != TraceId::INVALID;
    assert!(message.mentions.iter().all(|m| is_valid(m.trace_id)));
}

/// Checks that the lines of a header include a value.
pub fn assert_has(message: &Message, name: &str, value: &str) {
    let mut lines = message.headers.get_all(name).iter();
    assert!(lines.any(|line| line == value), "{name}: {value}");
}

/// Returns the only message that a reader passes on.
pub fn only(read: impl FnOnce(&mut dyn FnMut(Message))) -> Message {
    let mut only = None;
    read(&mut |message| assert!(only.replace(message).is_none(), "one message"));
    only.expect("a message")
}
