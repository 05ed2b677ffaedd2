//! The tables of the guides. The script `django` makes them from the printed lines and compares the
//! guides with them.

use std::io::{self, Write};

/// A cell of a table, to which each request contributes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell<'a> {
    /// The number of the table.
    pub(crate) table: usize,
    /// The position and the name of the row.
    pub(crate) row: (usize, &'a str),
    /// The position and the name of the column.
    pub(crate) column: (usize, &'a str),
}

impl Cell<'_> {
    /// Returns the line for a request. The cell contains the share of requests with each property.
    pub(crate) fn line(self, properties: &[bool]) -> String {
        let Cell { table, row, column } = self;
        let properties: String = properties
            .iter()
            .map(|it| format!("|{}", u8::from(*it)))
            .collect();
        format!(
            "cell|{table}|{}|{}|{}|{}{properties}\n",
            row.0, row.1, column.0, column.1
        )
    }
}

/// Prints the lines at once, because several tests print at the same time.
pub(crate) fn print(lines: impl IntoIterator<Item = String>) {
    let text: String = lines.into_iter().collect();
    io::stdout().write_all(text.as_bytes()).unwrap();
}
