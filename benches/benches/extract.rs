//! `extract` where the headers are there.

use benches::measure::{self, CARRIERS};
use benches::{floor, ours, peers};
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};

fn extract(c: &mut Criterion) {
    let mut group = c.benchmark_group("extract");
    for carrier in CARRIERS {
        for case in ours::reading()
            .into_iter()
            .chain(floor::reading())
            .chain(peers::all())
        {
            let id = BenchmarkId::new(case.name, carrier);
            measure::extract(&mut group, id, &case, carrier, &case.headers);
        }
    }
}

criterion_group!(name = benches; config = measure::criterion(); targets = extract);
criterion_main!(benches);
