//! Measures the time of two Base64 libraries, see `benches::base64`.

use std::hint::black_box;

use benches::base64::{envelope, BASE64, BASE64_SIMD, CONSTANT, ENVELOPES};
use benches::measure;
use criterion::{criterion_group, criterion_main, Criterion};

fn base64(c: &mut Criterion) {
    let mut group = c.benchmark_group("base64");
    for len in ENVELOPES {
        let bytes = envelope(len);
        let text = (BASE64.encode)(&bytes);
        for library in [BASE64_SIMD, BASE64] {
            group.bench_function(format!("decode {len} {}", library.name), |b| {
                b.iter(|| (library.decode)(black_box(&text)));
            });
            group.bench_function(format!("encode {} {}", len - CONSTANT, library.name), |b| {
                b.iter(|| (library.encode)(black_box(&bytes[CONSTANT..])));
            });
        }
    }
}

criterion_group!(name = benches; config = measure::criterion(); targets = base64);
criterion_main!(benches);
