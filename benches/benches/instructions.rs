//! Counts the instructions of single calls with callgrind. The script `instructions` runs this
//! benchmark and compares the counts with the recorded ones.

use benches::case::Case;
use benches::cases::counted;
use benches::request::header_map;
use gungraun::{library_benchmark, library_benchmark_group, main};
use http::HeaderMap;

/// Returns a case and a request with its headers. Calls the propagator once before counting,
/// because the first call may initialize shared state.
fn present(index: usize) -> (Case, HeaderMap) {
    let case = counted().swap_remove(index);
    let mut request = header_map(16, &case.headers);
    case.propagator.extract(&request);
    case.propagator.inject(&mut request);
    (case, request)
}

/// Returns a case, a request with its headers, and a map without headers, as a client creates it.
fn fresh(index: usize) -> (Case, HeaderMap, HeaderMap) {
    let (case, request) = present(index);
    (case, request, HeaderMap::new())
}

/// Returns a case and a request without its headers, after a first call.
fn absent(index: usize) -> (Case, HeaderMap) {
    let case = counted().swap_remove(index);
    let request = header_map(16, &[]);
    case.propagator.extract(&request);
    (case, request)
}

// The harness drops the returned values after counting.

#[library_benchmark]
#[benches::case(iter = 0..counted().len(), setup = present)]
fn extract((case, request): (Case, HeaderMap)) -> (Case, HeaderMap) {
    case.propagator.extract(&request);
    (case, request)
}

#[library_benchmark]
#[benches::case(iter = 0..counted().len(), setup = absent)]
fn extract_absent((case, request): (Case, HeaderMap)) -> (Case, HeaderMap) {
    case.propagator.extract(&request);
    (case, request)
}

#[library_benchmark]
#[benches::case(iter = 0..counted().len(), setup = present)]
fn inject((case, mut request): (Case, HeaderMap)) -> (Case, HeaderMap) {
    case.propagator.inject(&mut request);
    (case, request)
}

#[library_benchmark]
#[benches::case(iter = 0..counted().len(), setup = fresh)]
fn inject_fresh(
    (case, request, mut outgoing): (Case, HeaderMap, HeaderMap),
) -> (Case, HeaderMap, HeaderMap) {
    case.propagator.inject(&mut outgoing);
    (case, request, outgoing)
}

#[library_benchmark]
#[benches::case(iter = 0..counted().len(), setup = fresh)]
fn pair(
    (case, request, mut outgoing): (Case, HeaderMap, HeaderMap),
) -> (Case, HeaderMap, HeaderMap) {
    case.propagator.pair(&request, &mut outgoing);
    (case, request, outgoing)
}

library_benchmark_group!(
    name = operations,
    benchmarks = [extract, extract_absent, inject, inject_fresh, pair]
);
main!(library_benchmark_groups = operations);
