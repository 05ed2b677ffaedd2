//! The load test: what the propagators cost a service, and that it bears hostile headers.
//!
//! Two pairs of services run at the same time, one with all propagators of the set-up and one with
//! `OTEL_PROPAGATORS=none`. `wrk` sends both the same requests, in turns, so that whatever else the
//! machine does meets both alike. It needs Linux and `wrk`.

mod requests;
mod turn;
mod usage;

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{fs, process};

use crate::collector::Collector;
use turn::{Side, Turn};

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
    let file = std::env::temp_dir().join(format!("demo-load-{}", process::id()));
    fs::write(&file, requests::requests(path)?)?;
    let report = compare(program, path, plan, &file).await;
    fs::remove_file(&file)?;
    report
}

async fn compare(
    program: &Path,
    path: &str,
    plan: Plan,
    requests: &Path,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let mut collector = Collector::start()?;
    let endpoint = collector.endpoint();
    // A collector that kept all spans would be what grows.
    let drain = tokio::spawn(async move { while collector.next().await.is_some() {} });
    let mut all = Side::start(program, &endpoint, &[]).await?;
    let mut none = Side::start(program, &endpoint, &[("OTEL_PROPAGATORS", "none")]).await?;
    let mut pairs = Vec::new();
    for number in 0..=plan.turns {
        // Whoever goes second may find the machine warmer.
        let pair = if number % 2 == 0 {
            let first = all.turn(path, plan.seconds, requests).await?;
            (first, none.turn(path, plan.seconds, requests).await?)
        } else {
            let first = none.turn(path, plan.seconds, requests).await?;
            (all.turn(path, plan.seconds, requests).await?, first)
        };
        pairs.push(pair);
    }
    all.stop().await?;
    none.stop().await?;
    drain.abort();
    report(path, plan, &pairs)
}

fn report(
    path: &str,
    plan: Plan,
    pairs: &[(Turn, Turn)],
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let mut text = format!(
        "GET {path}, {} turns of {} s a side (and one of each before, uncounted)\n\n\
         turn      all req/s    none req/s    ratio    all MiB   none MiB\n",
        plan.turns, plan.seconds
    );
    for (number, (all, none)) in pairs.iter().enumerate() {
        writeln!(
            text,
            "{number:4} {:14.0} {:13.0} {:8.3} {:10.1} {:10.1}",
            all.rate,
            none.rate,
            all.rate / none.rate,
            all.memory,
            none.memory
        )?;
    }
    let counted = &pairs[1..];
    let of = |value: fn(&Turn) -> f64| {
        let all = middle(counted.iter().map(|(all, _)| value(all)));
        let none = middle(counted.iter().map(|(_, none)| value(none)));
        let ratio = middle(counted.iter().map(|(all, none)| value(all) / value(none)));
        (all, none, ratio)
    };
    writeln!(
        text,
        "\nmedian                      all       none    ratio"
    )?;
    for (name, value) in [
        (
            "requests per second",
            (|it: &Turn| it.rate) as fn(&Turn) -> f64,
        ),
        ("CPU per request, µs", |it| it.cpu),
        ("latency, µs", |it| it.latency),
        ("latency of 99 %, µs", |it| it.latency_99),
    ] {
        let (all, none, ratio) = of(value);
        writeln!(text, "{name:20} {all:10.1} {none:10.1} {ratio:8.3}")?;
    }
    let turns = pairs.iter().flat_map(|(all, none)| [all, none]);
    let requests: u64 = turns.clone().map(|it| it.requests).sum();
    let failed: u64 = turns.map(|it| it.failed).sum();
    writeln!(text, "\n{requests} requests, {failed} failed")?;
    if failed == 0 {
        Ok(text)
    } else {
        Err(text.into())
    }
}

/// The median.
fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[len / 2],
        len => (values[len / 2 - 1] + values[len / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::middle;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(middle([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(middle([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
    }
}
