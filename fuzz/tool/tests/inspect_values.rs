//! Tests that `trace-inspect` reads the headers that the renderings write, in thousands of cases that are
//! the same in every run.

use std::collections::BTreeSet;

use arbitrary::Unstructured;
use propagator_oracle::renderings::SHAPES;
use tool_fuzz::inspect_values;

/// Returns pseudo-random bytes that are the same in every run (xorshift).
fn bytes(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..16).flat_map(|_| next()).collect()
}

#[test]
fn inspect_finds_headers_in_every_notation() {
    let mut shapes = BTreeSet::new();
    for seed in 1..=3000 {
        let input = bytes(seed);
        let written = inspect_values::write(&mut Unstructured::new(&input)).unwrap();
        inspect_values::check_reading(&written);
        shapes.insert(format!("{:?}", written.shape));
    }
    assert_eq!(shapes.len(), SHAPES.len(), "{shapes:?}");
}
