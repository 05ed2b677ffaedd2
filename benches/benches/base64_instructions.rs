//! Counts the instructions of two Base64 libraries, see `benches::base64`.

use benches::base64::{envelope, Library, BASE64, BASE64_SIMD, CONSTANT, ENVELOPES};
use gungraun::{library_benchmark, library_benchmark_group, main};

/// Calls the library once before counting, because the first call detects the processor's features.
fn text(library: Library, len: usize) -> (Library, String) {
    let text = (library.encode)(&envelope(len));
    (library.decode)(&text);
    (library, text)
}

fn bytes(library: Library, len: usize) -> (Library, Vec<u8>) {
    let bytes = envelope(len)[CONSTANT..].to_vec();
    (library.encode)(&bytes);
    (library, bytes)
}

// The harness drops the returned values after counting.

#[library_benchmark(setup = text)]
#[bench::base64_simd_tracing(BASE64_SIMD, ENVELOPES[0])]
#[bench::base64_simd_priority(BASE64_SIMD, ENVELOPES[1])]
#[bench::base64_tracing(BASE64, ENVELOPES[0])]
#[bench::base64_priority(BASE64, ENVELOPES[1])]
fn decode((library, text): (Library, String)) -> (u8, String) {
    ((library.decode)(&text), text)
}

#[library_benchmark(setup = bytes)]
#[bench::base64_simd_tracing(BASE64_SIMD, ENVELOPES[0])]
#[bench::base64_simd_priority(BASE64_SIMD, ENVELOPES[1])]
#[bench::base64_tracing(BASE64, ENVELOPES[0])]
#[bench::base64_priority(BASE64, ENVELOPES[1])]
fn encode((library, bytes): (Library, Vec<u8>)) -> (String, Vec<u8>) {
    ((library.encode)(&bytes), bytes)
}

library_benchmark_group!(name = base64, benchmarks = [decode, encode]);
main!(library_benchmark_groups = base64);
