//! The load test: what the propagators cost a service, and that it bears hostile headers.
//!
//! Services with all propagators of the set-up run at the same time as services with others, and
//! `wrk` sends all of them the same requests, in turns, so that whatever else the machine does meets
//! them alike. It needs Linux and `wrk`.

mod report;
mod requests;
mod turn;
mod usage;

use std::error::Error;
use std::path::Path;
use std::{env, fs, process};

use crate::collector::Collector;
use turn::{Side, Turn};

/// Who is compared, and the value of `OTEL_PROPAGATORS` that makes the difference: all propagators
/// of the set-up; for scale the one that OpenTelemetry itself has; none.
const SIDES: [(&str, &str); 3] = [("all", ""), ("w3c", "tracecontext"), ("none", "none")];

/// Which of the sides are set against each other, by their numbers.
const RATIOS: [(usize, usize); 2] = [(0, 2), (1, 2)];

/// One turn of each side.
type Round = [Turn; SIDES.len()];

/// How long to load.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many times each side has its turn; one more before them warms up and is not counted.
    pub turns: u32,
    /// How long a turn takes.
    pub seconds: u32,
}

/// Loads one path of services that are processes of `program`; returns the report.
///
/// # Errors
///
/// When a service or `wrk` does not run, or when a request failed.
pub async fn load(
    program: &Path,
    path: &str,
    plan: Plan,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let file = env::temp_dir().join(format!("demo-load-{}", process::id()));
    fs::write(&file, requests::requests(path)?)?;
    let rounds = rounds(program, path, plan, &file).await;
    fs::remove_file(&file)?;
    let rounds = rounds?;
    let text = report::report(path, plan, &rounds)?;
    let turns = rounds.iter().flatten();
    if turns.map(|it| it.failed).sum::<u64>() == 0 {
        Ok(text)
    } else {
        Err(text.into())
    }
}

async fn rounds(
    program: &Path,
    path: &str,
    plan: Plan,
    requests: &Path,
) -> Result<Vec<Round>, Box<dyn Error + Send + Sync>> {
    let mut collector = Collector::start()?;
    let endpoint = collector.endpoint();
    // A collector that kept all spans would be what grows.
    let drain = tokio::spawn(async move { while collector.next().await.is_some() {} });
    let mut sides = Vec::new();
    for (_, propagators) in SIDES {
        let variables = [
            ("OTEL_PROPAGATORS", propagators),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ];
        sides.push(Side::start(program, &variables).await?);
    }
    let mut rounds = Vec::new();
    for number in 0..=plan.turns as usize {
        let mut round = Round::default();
        // Another one begins each time, as the last may find the machine warmer.
        for place in 0..sides.len() {
            let at = (number + place) % sides.len();
            round[at] = sides[at].turn(path, plan.seconds, requests).await?;
        }
        rounds.push(round);
    }
    for side in sides {
        side.stop().await?;
    }
    drain.abort();
    Ok(rounds)
}
