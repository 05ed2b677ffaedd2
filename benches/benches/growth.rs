//! Counts the instructions of extractions of growing size. The script
//! `instructions` runs this benchmark with `--tables`.

use benches::case::Case;
use benches::growth::{all, Growth};
use benches::request::header_map;
use gungraun::{library_benchmark, library_benchmark_group, main};
use http::HeaderMap;

fn setup(index: usize) -> (Case, HeaderMap) {
    let Growth { case, ordinary, .. } = all().swap_remove(index);
    let request = header_map(ordinary, &case.headers);
    case.propagator.extract(&request);
    (case, request)
}

// The harness drops the returned values after counting.

#[library_benchmark]
#[benches::case(iter = 0..all().len(), setup = setup)]
fn extract_growth((case, request): (Case, HeaderMap)) -> (Case, HeaderMap) {
    case.propagator.extract(&request);
    (case, request)
}

library_benchmark_group!(name = sizes, benchmarks = [extract_growth]);
main!(library_benchmark_groups = sizes);
