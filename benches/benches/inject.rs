//! Measures `inject` into a carrier that already contains the headers.

use benches::cases;
use benches::measure::{self, Carrier};
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};

fn inject(c: &mut Criterion) {
    let mut group = c.benchmark_group("inject");
    for carrier in [Carrier::HeaderMap(16), Carrier::HashMap(16)] {
        for case in cases::timed() {
            let id = BenchmarkId::new(case.name, carrier);
            measure::inject(&mut group, id, &case, carrier);
        }
    }
}

criterion_group!(name = benches; config = measure::criterion(); targets = inject);
criterion_main!(benches);
