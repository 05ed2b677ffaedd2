//! Measures how the time of `extract` grows with the size of the request and of the list.

use benches::case::v0_33::case;
use benches::case::Case;
use benches::measure::{self, Carrier};
use benches::{ours, request};
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};
use opentelemetry_propagator_kontur::KonturPropagator;
use opentelemetry_propagator_sentry::SentryPropagator;
use opentelemetry_propagator_vostok::VostokPropagator;

/// Returns a list of this many propagators, each of which reads the headers.
fn list_of(propagators: usize) -> Case {
    let names: Vec<_> = (0..propagators).map(|i| format!("kontur{i}")).collect();
    let builder = names
        .iter()
        .fold(opentelemetry_autoprop::builder(), |builder, name| {
            builder.register(name, KonturPropagator::new())
        });
    let list = builder
        .from_list(&names.join(","))
        .expect("the names are known");
    case("propagators", list, request::kontur())
}

fn scaling(c: &mut Criterion) {
    let vostok = |globals| {
        let headers = request::vostok_among(globals);
        case("globals", VostokPropagator::new(), headers)
    };
    let sentry = |members| {
        let headers = request::sentry_with(members);
        case("baggage members", SentryPropagator::new(), headers)
    };
    let mut group = c.benchmark_group("scaling");
    let mut measure = |case: Case, count: usize, ordinary: usize| {
        let id = BenchmarkId::new(case.name, count);
        let carrier = Carrier::HeaderMap(ordinary);
        measure::extract(&mut group, id, &case, carrier, &case.headers);
    };
    for headers in [16, 32, 64, 96, 128] {
        measure(
            Case {
                name: "headers",
                ..ours::kontur()
            },
            headers,
            headers,
        );
    }
    for globals in [1, 10, 25, 50, 100, 200] {
        measure(vostok(globals), globals, 16);
    }
    for members in [1, 8, 16, 32, 48, 64] {
        measure(sentry(members), members, 16);
    }
    for propagators in [1, 2, 4, 8, 16] {
        measure(list_of(propagators), propagators, 16);
    }
}

criterion_group!(name = benches; config = measure::criterion(); targets = scaling);
criterion_main!(benches);
