//! Time measurements of a case.

use std::fmt;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion};

use crate::case::Case;
use crate::request::{hash_map, header_map, Header};

/// The carriers with which every propagator is measured.
pub const CARRIERS: [Carrier; 4] = [
    Carrier::HeaderMap(16),
    Carrier::HeaderMap(64),
    Carrier::HeaderMap(128),
    Carrier::HashMap(16),
];

/// A carrier, with this number of ordinary headers in addition to those of the format.
#[derive(Clone, Copy, Debug)]
pub enum Carrier {
    /// An `http::HeaderMap`, through `opentelemetry-http`.
    HeaderMap(usize),
    /// A map of strings, which OpenTelemetry supports as a carrier.
    HashMap(usize),
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Carrier::HeaderMap(ordinary) => write!(f, "HeaderMap {ordinary}"),
            Carrier::HashMap(ordinary) => write!(f, "HashMap {ordinary}"),
        }
    }
}

/// Returns a configuration that is short enough to run all benchmarks at once, so that ratios come
/// from one run.
pub fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
        .sample_size(100)
        .without_plots()
}

/// Measures extraction from a request with these headers.
pub fn extract(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: BenchmarkId,
    case: &Case,
    carrier: Carrier,
    headers: &[Header],
) {
    match carrier {
        Carrier::HeaderMap(ordinary) => {
            let request = header_map(ordinary, headers);
            group.bench_function(id, |b| b.iter(|| case.propagator.extract(&request)));
        }
        Carrier::HashMap(ordinary) => {
            let request = hash_map(ordinary, headers);
            group.bench_function(id, |b| b.iter(|| case.propagator.extract_map(&request)));
        }
    }
}

/// Measures injection into a request that already contains the headers, as a reused carrier does.
pub fn inject(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: BenchmarkId,
    case: &Case,
    carrier: Carrier,
) {
    match carrier {
        Carrier::HeaderMap(ordinary) => {
            let mut request = header_map(ordinary, &case.headers);
            group.bench_function(id, |b| b.iter(|| case.propagator.inject(&mut request)));
        }
        Carrier::HashMap(ordinary) => {
            let mut request = hash_map(ordinary, &case.headers);
            group.bench_function(id, |b| b.iter(|| case.propagator.inject_map(&mut request)));
        }
    }
}
