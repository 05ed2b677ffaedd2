//! The Base64 library of the Vostok crate and an alternative, on envelopes of usual sizes.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use base64::engine::{GeneralPurposeConfig, Simd};
use base64::Engine;
use base64_simd::AsOut;

/// The lengths in bytes of an envelope with only a tracing entry, and of one with a request
/// priority, too.
pub const ENVELOPES: [usize; 2] = [103, 142];

/// The number of bytes at the start of a tracing entry whose Base64 is a constant.
pub const CONSTANT: usize = 30;

/// The size of the stack buffer, as in the Vostok crate.
const STACK: usize = 384;

/// A library, called in the fastest way that its safe interface allows.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    pub name: &'static str,
    /// Decodes into a buffer on the stack and returns the last byte.
    pub decode: fn(&str) -> u8,
    pub encode: fn(&[u8]) -> String,
}

pub const BASE64_SIMD: Library = Library {
    name: "base64-simd",
    decode: |text| {
        let mut stack = [MaybeUninit::<u8>::uninit(); STACK];
        let bytes = base64_simd::STANDARD
            .decode(text.as_bytes(), stack.as_mut_slice().as_out())
            .expect("the text is valid Base64");
        last(bytes)
    },
    encode: |bytes| {
        let mut text = String::with_capacity(base64_simd::STANDARD.encoded_length(bytes.len()));
        base64_simd::STANDARD.encode_append(bytes, &mut text);
        text
    },
};

pub const BASE64: Library = Library {
    name: "base64",
    decode: |text| {
        let mut stack = [0; STACK];
        let len = vector_engine()
            .decode_slice(text, &mut stack)
            .expect("the text is valid Base64");
        last(&stack[..len])
    },
    encode: |bytes| vector_engine().encode(bytes),
};

fn last(bytes: &[u8]) -> u8 {
    bytes.last().copied().unwrap_or_default()
}

fn vector_engine() -> &'static Simd {
    static ENGINE: OnceLock<Simd> = OnceLock::new();
    ENGINE.get_or_init(|| Simd::standard(GeneralPurposeConfig::new()))
}

/// Returns an envelope of `len` arbitrary bytes.
pub fn envelope(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 37 + 11) as u8).collect()
}
