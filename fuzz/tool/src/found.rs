//! Checks of what `trace-inspect` found, for the fast targets.

use opentelemetry::trace::TraceId;
use propagator_oracle::notations::known;
pub use trace_inspect::headers::read;
use trace_inspect::headers::{Message, Reader};

/// Reads an input that arrives in two parts.
pub fn read_parts(input: &[u8], middle: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut reader = Reader::new();
    reader.push(&input[..middle], &mut |message| messages.push(message));
    reader.push(&input[middle..], &mut |message| messages.push(message));
    reader.finish(&mut |message| messages.push(message));
    messages
}

/// Checks that a message is not empty, contains only known headers, and no more lines than servers
/// accept.
pub fn assert_message(message: &Message) {
    assert!(!message.is_empty());
    assert!(message.headers.len() <= 256);
    for name in message.headers.keys().map(|name| name.as_str()) {
        let is_entry = name.starts_with("uberctx-") || name.starts_with("ot-baggage-");
        assert!(is_entry || known(name) == Some(name), "{name}");
    }
    let is_valid = |id: TraceId| id != TraceId::INVALID;
    assert!(message.mentions.iter().all(|m| is_valid(m.id.trace_id)));
}

/// Checks that one of the messages has a line of a header.
pub fn assert_has(messages: &[Message], name: &str, value: &str) {
    let mut lines = messages
        .iter()
        .flat_map(|message| message.headers.get_all(name));
    assert!(lines.any(|line| line == value), "{name}: {value}");
}

#[cfg(test)]
mod tests {
    use opentelemetry_autoprop::known_formats;

    use super::known;

    #[test]
    fn known_has_every_header_of_the_registry() {
        let headers = known_formats().iter().flat_map(|format| format.headers);
        // The variable of AWS Lambda is read as the header.
        for header in headers.filter(|header| !header.starts_with('_')) {
            assert_eq!(known(header), Some(*header));
        }
    }
}
