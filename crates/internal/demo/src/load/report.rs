//! The report of a load test.

use std::fmt::{self, Write};

use super::turn::Turn;
use super::{Plan, Round, RATIOS, SIDES};

/// A figure of a turn.
type Value = fn(&Turn) -> f64;

/// Returns the figures of each turn, and the medians of the measured turns.
pub(super) fn report(path: &str, plan: Plan, rounds: &[Round]) -> Result<String, fmt::Error> {
    let mut text = format!(
        "GET {path}, {} turns of {} s per side after one to warm up, {} exporter\n\nturn  req/s:",
        plan.turns,
        plan.seconds,
        if plan.exports { "with" } else { "without" }
    );
    for (name, _) in SIDES {
        write!(text, "{name:>8}")?;
    }
    write!(text, "   MiB:")?;
    for (name, _) in SIDES {
        write!(text, "{name:>8}")?;
    }
    writeln!(text)?;
    for (number, round) in rounds.iter().enumerate() {
        write!(text, "{number:4}        ")?;
        for turn in round {
            write!(text, "{:8.0}", turn.rate)?;
        }
        write!(text, "       ")?;
        for turn in round {
            write!(text, "{:8.1}", turn.memory)?;
        }
        writeln!(text)?;
    }

    write!(text, "\n{:21}", "median")?;
    for (name, _) in SIDES {
        write!(text, "{name:>10}")?;
    }
    for (of, to) in RATIOS {
        write!(text, "{:>14}", format!("{}/{}", SIDES[of].0, SIDES[to].0))?;
    }
    writeln!(text)?;
    let counted = &rounds[1..];
    let rows = [
        ("requests per second", (|it| it.rate) as Value),
        ("user, µs", |it| it.user),
        ("system, µs", |it| it.system),
        ("exporter, µs", |it| it.exporter),
        ("all CPU, µs", |it| it.user + it.system + it.exporter),
        ("exporter, % of a CPU", |it| it.exporter_load),
        ("latency, µs", |it| it.latency),
        ("latency of 99 %, µs", |it| it.latency_99),
    ];
    for (name, value) in rows {
        write!(text, "{name:21}")?;
        for side in 0..SIDES.len() {
            let values = counted.iter().map(|round| value(&round[side]));
            write!(text, "{:10.1}", median(values))?;
        }
        for (of, to) in RATIOS {
            let ratios = counted.iter().map(|it| value(&it[of]) / value(&it[to]));
            write!(text, "{:14.3}", median(ratios))?;
        }
        writeln!(text)?;
    }
    let turns = rounds.iter().flatten();
    let requests: u64 = turns.clone().map(|it| it.requests).sum();
    let failed: u64 = turns.map(|it| it.failed).sum();
    writeln!(text, "\n{requests} requests, {failed} failed")?;
    Ok(text)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
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
    use super::*;

    #[test]
    fn median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
    }

    #[test]
    fn report_leaves_the_first_round_out_of_medians() {
        let round = |rates: [f64; SIDES.len()]| {
            rates.map(|rate| Turn {
                requests: 10,
                rate,
                ..Turn::default()
            })
        };
        let rounds = [round([1.0; 4]), round([80.0, 80.0, 90.0, 100.0])];
        let plan = Plan {
            turns: 1,
            seconds: 5,
            exports: true,
        };
        let text = report("/", plan, &rounds).unwrap();
        let line = text
            .lines()
            .find(|it| it.starts_with("requests per second"));
        let numbers: Vec<_> = line.unwrap().split_whitespace().skip(3).collect();
        let expected = "80.0 80.0 90.0 100.0 1.000 0.800 0.800 0.900";
        assert_eq!(numbers.join(" "), expected, "{text}");
        assert!(text.ends_with("\n80 requests, 0 failed\n"), "{text}");
    }
}
