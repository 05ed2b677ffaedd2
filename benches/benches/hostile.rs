//! Counts the instructions of extractions from hostile requests with callgrind. The script
//! `instructions` runs this benchmark and compares the counts with the limit.

use benches::case::Case;
use benches::hostile::requests;
use benches::ours;
use gungraun::{library_benchmark, library_benchmark_group, main};
use http::HeaderMap;

/// Returns a list of all formats and a request, after a first call.
fn setup(index: usize) -> (Case, HeaderMap) {
    let case = ours::each();
    case.propagator.extract(&HeaderMap::new());
    (case, requests()[index].request().0)
}

// The harness drops the returned values after counting.

#[library_benchmark]
#[benches::case(iter = 0..requests().len(), setup = setup)]
fn extract((case, request): (Case, HeaderMap)) -> (Case, HeaderMap) {
    case.propagator.extract(&request);
    (case, request)
}

library_benchmark_group!(name = hostile, benchmarks = [extract]);
main!(library_benchmark_groups = hostile);
