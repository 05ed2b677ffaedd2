//! Lines that belong together.

/// Lines that belong together.
#[derive(Debug, Default)]
pub struct Record {
    /// The request or status line.
    pub start_line: Option<String>,
    /// The lines from the first one with a name or an id, without color and escapes.
    pub text: String,
    /// Where each line of the text begins, and its number in the input.
    pub(super) lines: Vec<(usize, usize)>,
    /// Whether it begins with the line of a log: a time, a level, an address.
    pub is_log: bool,
    /// Whether it is a row of a table or an item of a list, in which a name does not repeat.
    pub(super) is_list: bool,
}

impl Record {
    /// Returns an empty row of a table, or item of a list.
    pub(super) fn item(start_line: Option<String>) -> Self {
        Record {
            start_line,
            is_log: true,
            is_list: true,
            ..Record::default()
        }
    }

    /// Returns the number of the input's line that contains a position of the text.
    pub(super) fn line_of(&self, position: usize) -> usize {
        let after = self.lines.partition_point(|(start, _)| *start <= position);
        let last = self.lines[..after].last();
        last.map_or(1, |(_, number)| *number)
    }

    pub(super) fn push(&mut self, line: &str, number: usize) {
        self.lines.push((self.text.len(), number));
        self.text.push_str(line);
        self.text.push('\n');
    }
}
