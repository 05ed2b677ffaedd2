//! `extract` where the headers are there.

use benches::measure::{self, CARRIERS};
use benches::{baseline, ours, peers};
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};

fn extract(c: &mut Criterion) {
    let mut group = c.benchmark_group("extract");
    for carrier in CARRIERS {
        for case in ours::formats()
            .into_iter()
            .chain(baseline::formats())
            .chain(peers::all())
        {
            let id = BenchmarkId::new(case.name, carrier);
            measure::extract(&mut group, id, &case, carrier, &case.headers);
        }
    }
}

criterion_group!(name = benches; config = measure::criterion(); targets = extract);
criterion_main!(benches);
