//! `sample_rate` and `sample_rand`, the two numbers from which Sentry reproduces a sampling
//! decision.

use std::ops::Range;

use opentelemetry::trace::TraceId;
use rand_pcg::rand_core::RngCore;
use rand_pcg::Pcg64Mcg;

/// The number of possible values of `sample_rand`, which has six decimal places.
const MILLION: u32 = 1_000_000;

/// The number of decimal places of [`sample_rand`].
pub(crate) const DECIMALS: usize = 6;

/// Appends a number of millionths as six decimal places.
pub(crate) fn push_decimals(millionths: u32, text: &mut String) {
    let mut divisor = MILLION / 10;
    while divisor > 0 {
        let digit = millionths / divisor % 10;
        text.push(char::from(b'0' + digit as u8));
        divisor /= 10;
    }
}

/// A rate from 0 to 1, with the number of values of `sample_rand` below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SampleRate {
    rate: f64,
    below: u32,
}

impl SampleRate {
    /// Creates a rate. Returns `None` if `rate` is not a number from 0 to 1.
    pub(crate) fn new(rate: f64) -> Option<Self> {
        (0.0..=1.0).contains(&rate).then(|| SampleRate {
            rate,
            below: count_below(rate),
        })
    }

    pub(crate) fn get(self) -> f64 {
        self.rate
    }
}

/// Returns the exact number of millionths from 0 to 0.999999 that are less than `rate`.
fn count_below(rate: f64) -> u32 {
    // The product may be rounded up or down, so the guess may be off by one. The division yields
    // exactly the number that a receiver parses from six decimal places, so it is decisive.
    let guess = (rate * f64::from(MILLION)).ceil() as u32;
    let is_below = |millionths: u32| f64::from(millionths) / f64::from(MILLION) < rate;
    let surely = guess.saturating_sub(1);
    surely + (surely..=guess).filter(|&n| is_below(n)).count() as u32
}

/// Returns the `sample_rand` of a trace in millionths, such that `sample_rand < rate` exactly if
/// the trace is sampled. Returns `None` if there is no such number.
///
/// The generator is seeded with the trace id, so that the number is the same for every request of
/// the trace and in every instance of a service, without shared state.
pub(crate) fn sample_rand(
    trace_id: TraceId,
    sampled: bool,
    rate: Option<SampleRate>,
) -> Option<u32> {
    let range = range(sampled, rate);
    (!range.is_empty()).then(|| draw(trace_id, range))
}

/// Returns the range of millionths that agree with the decision.
fn range(sampled: bool, rate: Option<SampleRate>) -> Range<u32> {
    match rate {
        None => 0..MILLION,
        Some(rate) if sampled => 0..rate.below,
        Some(rate) => rate.below..MILLION,
    }
}

/// Draws a number from a range. The output of this generator is specified, so it is the same on
/// every machine and in every version of its crate.
fn draw(trace_id: TraceId, range: Range<u32>) -> u32 {
    let seed = u128::from_be_bytes(trace_id.to_bytes());
    let random = u128::from(Pcg64Mcg::new(seed).next_u64());
    // Multiply-shift range reduction (Lemire).
    let offset = (random * range.len() as u128) >> 64;
    range.start + offset as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rate() -> impl Strategy<Value = f64> {
        prop_oneof![
            0.0..=1.0,
            (0..=MILLION).prop_map(|n| f64::from(n) / f64::from(MILLION)),
            (0..=MILLION).prop_map(|n| (f64::from(n) / f64::from(MILLION)).next_up().min(1.0)),
            (1..=MILLION).prop_map(|n| (f64::from(n) / f64::from(MILLION)).next_down()),
            Just(0.0),
            Just(1.0),
            Just(f64::MIN_POSITIVE),
            Just(1.0f64.next_down()),
        ]
    }

    proptest! {
        #[test]
        fn sample_rand_is_below_the_rate_exactly_if_sampled(
            trace_id in 1u128..,
            rate in rate(),
            sampled: bool,
        ) {
            let drawn = sample_rand(TraceId::from(trace_id), sampled, SampleRate::new(rate));
            match drawn {
                Some(millionths) => {
                    let read: f64 = format!("0.{millionths:06}").parse().unwrap();
                    prop_assert!(read < 1.0);
                    prop_assert_eq!(read < rate, sampled);
                }
                None if sampled => prop_assert_eq!(rate, 0.0),
                None => prop_assert!(rate > 0.999_999),
            }
        }

        #[test]
        fn sample_rand_without_rate_ignores_the_decision(trace_id in 1u128..) {
            let draw = |sampled| sample_rand(TraceId::from(trace_id), sampled, None);
            prop_assert_eq!(draw(true), draw(false));
        }
    }

    #[test]
    fn count_below_is_exact() {
        for (rate, count) in [
            (0.0, 0),
            (f64::MIN_POSITIVE, 1),
            (0.000_075, 75),
            (0.000_075_f64.next_up(), 76), // the product rounds down to 75
            (0.000_123, 123),              // the product rounds up to more than 123
            (0.25, 250_000),
            (0.999_999, 999_999),
            (0.999_999_f64.next_up(), MILLION),
            (1.0f64.next_down(), MILLION),
            (1.0, MILLION),
        ] {
            assert_eq!(count_below(rate), count, "{rate}");
        }
    }

    #[test]
    fn sample_rand_is_the_same_in_every_process() {
        let trace_id = TraceId::from(0x771a_43a4_1926_42f0_b136_d515_9a50_1700);
        let quarter = SampleRate::new(0.25);
        // Computed by hand from the definition of PCG XSL RR 128/64 (MCG).
        assert_eq!(sample_rand(trace_id, true, None), Some(126927));
        assert_eq!(sample_rand(trace_id, true, quarter), Some(31731));
        assert_eq!(sample_rand(trace_id, false, quarter), Some(345195));
    }

    #[test]
    fn push_decimals_writes_six_places() {
        for (millionths, decimals) in [(0, "000000"), (1234, "001234"), (999_999, "999999")] {
            let mut text = String::new();
            push_decimals(millionths, &mut text);
            assert_eq!(text, decimals);
        }
    }

    #[test]
    fn sample_rand_is_uniform_over_consecutive_ids() {
        let half = SampleRate::new(0.5);
        let mut tenths = [0; 10];
        for trace_id in 1..=10_000 {
            let drawn = sample_rand(TraceId::from(trace_id), true, half).unwrap();
            tenths[drawn as usize / (MILLION / 2 / 10) as usize] += 1;
        }
        assert!(
            tenths.iter().all(|count| (850..1150).contains(count)),
            "{tenths:?}"
        );
    }

    #[test]
    fn sample_rate_accepts_only_0_to_1() {
        for rate in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(SampleRate::new(rate), None, "{rate}");
        }
        assert_eq!(SampleRate::new(0.25).map(SampleRate::get), Some(0.25));
    }
}
