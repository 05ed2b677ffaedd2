//! Measures `extract` on a request without the headers.

use benches::cases;
use benches::measure::{self, CARRIERS};
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};

fn extract_absent(c: &mut Criterion) {
    let mut group = c.benchmark_group("extract_absent");
    for carrier in CARRIERS {
        for case in cases::timed() {
            let id = BenchmarkId::new(case.name, carrier);
            measure::extract(&mut group, id, &case, carrier, &[]);
        }
    }
}

criterion_group!(name = benches; config = measure::criterion(); targets = extract_absent);
criterion_main!(benches);
