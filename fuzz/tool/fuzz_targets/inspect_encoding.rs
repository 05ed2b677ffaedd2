//! `trace-inspect`: bytes to text, decoded as the standard library does.
//!
//! - UTF-8 and UTF-16 with a byte order mark give the same text, with typographic characters
//!   replaced.
//! - UTF-16 without a mark is recognized if it is ASCII.
#![cfg_attr(not(test), no_main)]

use trace_inspect::headers::readers::decode;

propagator_fuzz::value! {
    typical_len: 48;
    words: [
        "\u{feff}", "\u{a0}", "\u{200b}", "\u{2009}", "\u{2028}", "“", "”", "‘", "’", "«", "t\0r\0a\0", "\0t\0r",
        "é", "語", "🦀"
    ];
    fn check(input: &[u8]) {
        let unit = |read: fn([u8; 2]) -> u16, bytes: &[u8]| -> Vec<u16> {
            bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect()
        };
        let (text, is_odd) = match input {
            [0xff, 0xfe, rest @ ..] => {
                (String::from_utf16_lossy(&unit(u16::from_le_bytes, rest)), rest.len() % 2 == 1)
            }
            [0xfe, 0xff, rest @ ..] => {
                (String::from_utf16_lossy(&unit(u16::from_be_bytes, rest)), rest.len() % 2 == 1)
            }
            // Every other byte of UTF-16 without a mark is zero.
            _ if input.contains(&0) => return drop(decode(input)),
            _ => (String::from_utf8_lossy(input).into_owned(), false),
        };
        let decoded = decode(input).expect("memory");
        if !is_odd {
            assert_eq!(decoded, plain(&text));
        }
        if (2..=64).contains(&input.len()) && input.is_ascii() {
            let units: Vec<u8> = input.iter().flat_map(|byte| [*byte, 0]).collect();
            assert_eq!(decode(&units[..]).expect("memory"), decoded);
        }
    }
}

/// Replaces what editors and chats insert, one character at a time.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => plain.push(' '),
            '\u{2028}' | '\u{2029}' => plain.push('\n'),
            '“' | '”' | '„' | '«' | '»' => plain.push('"'),
            '‘' | '’' => plain.push('\''),
            c => plain.push(c),
        }
    }
    plain
}
