//! `trace-inspect`: dumps in hex digits, decoded as the naive decoder does.
#![cfg_attr(not(test), no_main)]

use propagator_oracle::notations::dump_line;
use trace_inspect::headers::readers::hexdump;

propagator_fuzz::value! {
    typical_len: 64;
    words: [
        "0000: 74 72 61 63 65 70\n", "0x0010:  7472 6163 6570\n", "00000020  74 72 61 63  65 70  |trac|\n",
        "74 ", " 7472", "\n", "  ", "\t", "0x", ":", "0010"
    ];
    fn check(text: &str) {
        let (mut bytes, mut dumped, mut other) = ([0; 256], 0, 0);
        let mut len = 0;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let is_dump = dump_line(line, |byte| {
                bytes[len] = byte;
                len += 1;
            });
            *if is_dump { &mut dumped } else { &mut other } += 1;
        }
        // Later lines are not read if a text begins with many others.
        if other <= 16 {
            let expected = (dumped > 1 && dumped > other).then_some(&bytes[..len]);
            assert_eq!(hexdump(text).as_deref(), expected);
        }
    }
}
