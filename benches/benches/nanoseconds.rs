//! Prints the time of each operation of each case, hot and cold, one per line. The script
//! `nanoseconds` runs this benchmark in several builds.
//!
//! A hot call is one of many in a row. Before a cold call, the first two levels of the caches are
//! overwritten, as other work of a service does between two requests.

use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::case::Case;
use benches::cases::counted;
use benches::request::header_map;
use http::HeaderMap;

/// The number of samples. The report is of the fastest tenth, because other load only adds time.
const SAMPLES: usize = 200;

/// The duration of a hot sample, of many calls.
const HOT_SAMPLE: Duration = Duration::from_micros(500);

/// Larger than the caches of the first two levels, smaller than the third one.
const EVICTED: usize = 4 << 20;

fn main() {
    let mut memory = vec![0_u8; EVICTED];
    for case in counted() {
        let Case {
            name,
            headers,
            propagator,
        } = case;
        let mut time = |operation, call: &mut dyn FnMut()| {
            let (hot, cold) = (hot(call), cold(call, &mut memory));
            println!("{operation} {name} {hot:.1} {cold:.1}");
        };
        let (present, absent) = (header_map(16, &headers), header_map(16, &[]));
        time("extract", &mut || propagator.extract(&present));
        time("extract_absent", &mut || propagator.extract(&absent));
        time("inject_fresh", &mut || {
            let mut outgoing = HeaderMap::new();
            propagator.inject(&mut outgoing);
            black_box(outgoing);
        });
    }
}

/// Returns nanoseconds per call.
fn hot(call: &mut dyn FnMut()) -> f64 {
    let mut calls = 1_u32;
    let mut sample = |calls: u32| {
        let start = Instant::now();
        for _ in 0..calls {
            call();
        }
        start.elapsed()
    };
    while sample(calls) < HOT_SAMPLE {
        calls *= 2;
    }
    let times = (0..SAMPLES).map(|_| sample(calls).as_secs_f64() / f64::from(calls));
    fastest_tenth(times)
}

/// Returns the nanoseconds of a call without the code and the data of earlier ones in the caches.
fn cold(call: &mut dyn FnMut(), memory: &mut [u8]) -> f64 {
    let mut sample = |call: &mut dyn FnMut()| {
        for byte in memory.iter_mut().step_by(64) {
            *byte = black_box(byte.wrapping_add(1));
        }
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    };
    let clock = fastest_tenth((0..SAMPLES).map(|_| sample(&mut || {})));
    fastest_tenth((0..SAMPLES).map(|_| sample(call))) - clock
}

/// Returns the tenth percentile in nanoseconds.
fn fastest_tenth(seconds: impl Iterator<Item = f64>) -> f64 {
    let mut seconds: Vec<_> = seconds.collect();
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 10] * 1e9
}
