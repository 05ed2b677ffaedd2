//! The load test: measures the cost of the propagators, and sends hostile headers.
//!
//! Services with different propagators run at the same time. `wrk` sends the same requests to each
//! of them in turn, so that other load on the machine affects all of them equally. The test needs
//! Linux and `wrk`.

mod report;
pub mod requests;
mod turn;
mod usage;

use std::error::Error;
use std::path::Path;
use std::{env, fs, process};

use crate::collector::Collector;
use turn::{Side, Turn};

/// The sides of the comparison: the name, the value of `OTEL_PROPAGATORS`, and whether the first
/// service sends constant headers to the second one. An empty value selects the default of the
/// set-up.
const SIDES: [(&str, &str, bool); 3] = [
    ("four", "", false),
    ("constant", "none", true),
    ("none", "none", false),
];

/// The pairs of sides whose ratios are reported, as indices.
const RATIOS: [(usize, usize); 2] = [(0, 1), (1, 2)];

/// One turn of each side.
type Round = [Turn; SIDES.len()];

/// A load test.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The path of the requests.
    pub path: &'static str,
    /// Whether the services export their spans. Otherwise they only record them.
    pub is_exported: bool,
    /// The number of measured turns of each side. One more turn before them warms up.
    pub turns: u32,
    /// The duration of a turn.
    pub seconds: u32,
}

/// Sends load to services that are processes of `program`, and returns the report.
///
/// # Errors
///
/// If a service or `wrk` does not run, or if a request fails.
pub async fn load(program: &Path, plan: Plan) -> Result<String, Box<dyn Error + Send + Sync>> {
    let file = env::temp_dir().join(format!("demo-load-{}", process::id()));
    fs::write(&file, requests::requests(plan.path))?;
    let rounds = rounds(program, plan, &file).await;
    fs::remove_file(&file)?;
    let rounds = rounds?;
    let text = report::report(plan, &rounds)?;
    let turns = rounds.iter().flatten();
    if turns.map(|it| it.failed).sum::<u64>() == 0 {
        Ok(text)
    } else {
        Err(text.into())
    }
}

async fn rounds(
    program: &Path,
    plan: Plan,
    requests: &Path,
) -> Result<Vec<Round>, Box<dyn Error + Send + Sync>> {
    let mut collector = Collector::start()?;
    let endpoint = match plan.is_exported {
        true => collector.endpoint(),
        // The set-up has no exporter if the address is invalid.
        false => "none".to_owned(),
    };
    // A collector that kept all spans would use more and more memory.
    let drain = tokio::spawn(async move { while collector.next().await.is_some() {} });
    let headers = requests::lines(&requests::forwarded());
    let mut sides = Vec::new();
    for (_, propagators, sends_headers) in SIDES {
        let variables = [
            ("OTEL_PROPAGATORS", propagators),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("DEMO_HEADERS", if sends_headers { &headers } else { "" }),
        ];
        sides.push(Side::start(program, &variables).await?);
    }
    let mut rounds = Vec::new();
    for number in 0..=plan.turns as usize {
        let mut round = Round::default();
        // Each round begins with another side, because the order may affect the results.
        for place in 0..sides.len() {
            let at = (number + place) % sides.len();
            round[at] = sides[at].turn(plan, requests).await?;
        }
        rounds.push(round);
    }
    for side in sides {
        side.stop().await?;
    }
    drain.abort();
    Ok(rounds)
}
