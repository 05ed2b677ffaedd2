//! How a case is measured by the clock.

use std::fmt;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion};

use crate::case::Case;
use crate::request::{hash_map, header_map, Header};

/// The carriers on which every propagator is measured.
pub const CARRIERS: [Carrier; 4] = [
    Carrier::HeaderMap(16),
    Carrier::HeaderMap(64),
    Carrier::HeaderMap(128),
    Carrier::HashMap(16),
];

/// A kind of carrier, with that many ordinary headers beside those of the format.
#[derive(Clone, Copy, Debug)]
pub enum Carrier {
    /// `http::HeaderMap` by way of `opentelemetry-http`.
    HeaderMap(usize),
    /// The map of strings that OpenTelemetry itself makes a carrier.
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

/// Short enough for all of them to be run at once, so that ratios are of one run.
pub fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
        .sample_size(100)
        .without_plots()
}

/// Extracts from a request of these headers.
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

/// Injects into a request that has been injected into before, as it is with a reused carrier.
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
