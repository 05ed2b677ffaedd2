//! Measures a list of propagators, and each of its propagators alone, on the same request.

use benches::measure::{self, Carrier};
use benches::{baseline, others, ours};
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};

fn composite(c: &mut Criterion) {
    let carrier = Carrier::HeaderMap(16);
    let mut group = c.benchmark_group("composite");
    let parts = ours::FIVE.split(',').map(ours::list);
    let references = [baseline::five(), others::sdk()];
    for case in parts.chain(ours::lists()).chain(references) {
        let id = |operation| BenchmarkId::new(operation, case.name);
        measure::extract(&mut group, id("extract"), &case, carrier, &case.headers);
        measure::extract(&mut group, id("extract_absent"), &case, carrier, &[]);
        measure::inject(&mut group, id("inject"), &case, carrier);
    }
}

criterion_group!(name = benches; config = measure::criterion(); targets = composite);
criterion_main!(benches);
