//! Runs propagators that many threads share, for a given time.
//!
//! One thread first computes the expected outcome of each propagator for each input. Then several
//! threads process the inputs, each in its own random order, and compare the outcomes. The threads
//! end with each round, so that memory that is still allocated after a round has leaked.
//!
//! The threads share only the propagators under test. A common lock or counter would synchronize
//! them and hide races from the thread sanitizer. Each thread also counts its own allocations.

mod inputs;
mod subjects;

use std::fmt;
use std::thread;

use fastrand::Rng;
use opentelemetry_http::HeaderExtractor;

pub use inputs::{add_mutated, seeds, Input};
use subjects::Outcome;
pub use subjects::{all, Subject};

/// The operations of a thread in a round. One operation is an extraction and an injection.
const OPERATIONS: usize = 5_000;

/// The carrier of an input.
#[derive(Clone, Copy, Debug)]
enum Carrier {
    Lines,
    Http,
}

/// Propagators, inputs, and the expected outcome of each pair of them.
pub struct Soak {
    subjects: Vec<Subject>,
    inputs: Vec<Input>,
    jobs: Vec<Job>,
}

/// A propagator, an input, and the expected outcome.
struct Job {
    subject: usize,
    input: usize,
    carrier: Carrier,
    expected: Outcome,
}

/// The results of a round.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// The number of operations.
    pub operations: u64,
    /// The number of operations whose outcome was not the expected one.
    pub differences: u64,
    /// A description of the first difference.
    pub first_difference: Option<String>,
    /// Bytes that the operations allocated and did not free.
    pub bytes_left: i64,
    /// Allocations that were not freed.
    pub allocations_left: i64,
}

impl Soak {
    /// Computes the expected outcomes on the current thread.
    pub fn new(subjects: Vec<Subject>, inputs: Vec<Input>) -> Soak {
        let mut soak = Soak {
            subjects,
            inputs,
            jobs: Vec::new(),
        };
        for subject in 0..soak.subjects.len() {
            for input in 0..soak.inputs.len() {
                for carrier in [Carrier::Lines, Carrier::Http] {
                    let expected = soak.outcome(subject, input, carrier);
                    soak.jobs.push(Job {
                        subject,
                        input,
                        carrier,
                        expected,
                    });
                }
            }
        }
        soak
    }

    /// Returns the number of expected outcomes with a trace, and the number of all expected
    /// outcomes. There is one for each propagator, input and carrier.
    pub fn traces(&self) -> (usize, usize) {
        let traces = self.jobs.iter().filter(|job| job.expected.has_trace());
        (traces.count(), self.jobs.len())
    }

    /// Runs a round with some threads. `seed` determines the order of each thread.
    pub fn round(&self, threads: usize, seed: u64) -> Round {
        let mut rng = Rng::with_seed(seed);
        thread::scope(|scope| {
            let threads: Vec<_> = (0..threads)
                .map(|_| {
                    let rng = rng.fork();
                    scope.spawn(move || self.work(rng))
                })
                .collect();
            let mut sum = Round::default();
            for thread in threads {
                sum.add(
                    thread
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                );
            }
            sum
        })
    }

    /// Runs the part of one thread.
    fn work(&self, mut rng: Rng) -> Round {
        let order: Vec<usize> = (0..OPERATIONS)
            .map(|_| rng.usize(..self.jobs.len()))
            .collect();
        let mut round = Round::default();
        let used = allocation_counter::measure(|| {
            for &at in &order {
                let job = &self.jobs[at];
                let outcome = self.outcome(job.subject, job.input, job.carrier);
                round.operations += 1;
                if outcome != job.expected {
                    round.differences += 1;
                    // The memory of the description is not counted as a leak of the propagator.
                    allocation_counter::opt_out(|| {
                        let describe = || self.describe(job, &outcome);
                        round.first_difference.get_or_insert_with(describe);
                    });
                }
            }
        });
        round.bytes_left = used.bytes_current;
        round.allocations_left = used.count_current;
        round
    }

    fn outcome(&self, subject: usize, input: usize, carrier: Carrier) -> Outcome {
        let subject = &self.subjects[subject];
        let input = &self.inputs[input];
        match carrier {
            Carrier::Lines => Outcome::of(subject, &input.before, &input.lines),
            Carrier::Http => Outcome::of(subject, &input.before, &HeaderExtractor(&input.http)),
        }
    }

    fn describe(&self, job: &Job, outcome: &Outcome) -> String {
        format!(
            "propagator {}, carrier {:?}, input:\n{}\nexpected {:#?}\ngot {outcome:#?}",
            self.subjects[job.subject].name,
            job.carrier,
            self.inputs[job.input].bytes.escape_ascii(),
            job.expected,
        )
    }
}

impl Round {
    /// Adds the results of another round or thread.
    pub fn add(&mut self, other: Round) {
        self.operations += other.operations;
        self.differences += other.differences;
        self.first_difference = self.first_difference.take().or(other.first_difference);
        self.bytes_left += other.bytes_left;
        self.allocations_left += other.allocations_left;
    }

    /// Whether there was no difference and no leak.
    pub fn is_sound(&self) -> bool {
        self.differences == 0 && self.bytes_left == 0 && self.allocations_left == 0
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} operations, {} differences, {} bytes left in {} allocations",
            self.operations, self.differences, self.bytes_left, self.allocations_left
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::Mutex;

    use opentelemetry::propagation::text_map_propagator::FieldIter;
    use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
    use opentelemetry::Context;

    use super::*;

    fn soak(subjects: Vec<Subject>) -> Round {
        Soak::new(subjects, seeds().unwrap()).round(4, 1)
    }

    #[test]
    fn threads_get_the_results_of_one_thread() {
        let round = soak(all());
        assert_eq!(round.operations, 4 * OPERATIONS as u64);
        assert!(round.is_sound(), "{round}: {:?}", round.first_difference);
    }

    /// Writes the number of the request to a header.
    #[derive(Debug, Default)]
    struct Counting(AtomicU64);

    impl TextMapPropagator for Counting {
        fn inject_context(&self, _cx: &Context, injector: &mut dyn Injector) {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            injector.set("x-number", number.to_string());
        }

        fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
            cx.clone()
        }

        fn fields(&self) -> FieldIter<'_> {
            FieldIter::new(&[])
        }
    }

    #[test]
    fn soak_detects_state_between_requests() {
        let round = soak(vec![Subject::new("counting", Counting::default())]);
        assert_eq!(round.differences, round.operations);
        assert_eq!(round.bytes_left, 0, "{round}");
        assert!(round
            .first_difference
            .unwrap()
            .contains("propagator counting"));
    }

    /// Stores a line for each request.
    #[derive(Debug, Default)]
    struct Leaking(Mutex<Vec<String>>);

    impl TextMapPropagator for Leaking {
        fn inject_context(&self, _cx: &Context, _injector: &mut dyn Injector) {
            self.0.lock().unwrap().push("a request".to_owned());
        }

        fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
            cx.clone()
        }

        fn fields(&self) -> FieldIter<'_> {
            FieldIter::new(&[])
        }
    }

    #[test]
    fn soak_detects_memory_that_is_left() {
        let round = soak(vec![Subject::new("leaking", Leaking::default())]);
        assert_eq!(round.differences, 0);
        assert!(round.allocations_left >= round.operations as i64, "{round}");
        assert!(!round.is_sound());
    }
}
