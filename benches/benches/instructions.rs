//! Instructions of one call each, counted by callgrind. The script `instructions` runs this and
//! compares the counts with those recorded.

use benches::case::{counted, Case};
use benches::request::header_map;
use gungraun::{library_benchmark, library_benchmark_group, main};
use http::HeaderMap;

/// Case `index` with its headers in a request. The first call is not counted: it may set up what
/// all later ones share.
fn present(index: usize) -> (Case, HeaderMap) {
    let case = counted().swap_remove(index);
    let mut request = header_map(16, &case.headers);
    case.propagator.extract(&request);
    case.propagator.inject(&mut request);
    (case, request)
}

fn absent(index: usize) -> (Case, HeaderMap) {
    let case = counted().swap_remove(index);
    let request = header_map(16, &[]);
    case.propagator.extract(&request);
    (case, request)
}

// What is returned is dropped outside the count.

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

library_benchmark_group!(
    name = operations,
    benchmarks = [extract, extract_absent, inject]
);
main!(library_benchmark_groups = operations);
