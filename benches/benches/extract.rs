//! Measures `extract` on a request with the headers.

use benches::cases;
use benches::measure::{self, CARRIERS};
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};

fn extract(c: &mut Criterion) {
    let mut group = c.benchmark_group("extract");
    for carrier in CARRIERS {
        for case in cases::timed() {
            let id = BenchmarkId::new(case.name, carrier);
            measure::extract(&mut group, id, &case, carrier, &case.headers);
        }
    }
}

criterion_group!(name = benches; config = measure::criterion(); targets = extract);
criterion_main!(benches);
