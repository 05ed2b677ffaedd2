//! The report of a load test.

use std::fmt::{self, Write};

use super::turn::Turn;
use super::{Plan, Round, RATIOS, SIDES};

/// A figure of a turn.
type Value = fn(&Turn) -> f64;

/// Returns the figures of each turn, and the medians of the measured turns.
pub(super) fn report(plan: Plan, rounds: &[Round]) -> Result<String, fmt::Error> {
    let spans = match plan.is_exported {
        true => "exported",
        false => "recorded",
    };
    let mut text = format!(
        "GET {}, spans {spans}, {} turns of {} s per side after one to warm up\n\nturn  req/s:",
        plan.path, plan.turns, plan.seconds
    );
    for (name, ..) in SIDES {
        write!(text, "{name:>9}")?;
    }
    write!(text, "   MiB:")?;
    for (name, ..) in SIDES {
        write!(text, "{name:>9}")?;
    }
    writeln!(text)?;
    for (number, round) in rounds.iter().enumerate() {
        write!(text, "{number:4}        ")?;
        for turn in round {
            write!(text, "{:9.0}", turn.rate)?;
        }
        write!(text, "       ")?;
        for turn in round {
            write!(text, "{:9.1}", turn.memory)?;
        }
        writeln!(text)?;
    }

    write!(text, "\n{:24}", "median")?;
    for (name, ..) in SIDES {
        write!(text, "{name:>10}")?;
    }
    for (of, to) in RATIOS {
        write!(text, "{:>15}", format!("{}/{}", SIDES[of].0, SIDES[to].0))?;
    }
    writeln!(text)?;
    let counted = &rounds[1..];
    let rows = [
        ("requests per second", (|it| it.rate) as Value),
        ("CPU per request, µs", |it| {
            it.user + it.system + it.exporter
        }),
        ("  user", |it| it.user),
        ("  system", |it| it.system),
        ("  exporter's thread", |it| it.exporter),
        ("latency, µs", |it| it.latency),
        ("latency of 99 %, µs", |it| it.latency_99),
    ];
    for (name, value) in rows {
        write!(text, "{name:24}")?;
        for side in 0..SIDES.len() {
            let values = counted.iter().map(|round| value(&round[side]));
            write!(text, "{:10.1}", median(values))?;
        }
        for (of, to) in RATIOS {
            let ratios = counted.iter().map(|it| value(&it[of]) / value(&it[to]));
            match median(ratios) {
                // Without an exporter, its thread has no time.
                ratio if ratio.is_nan() => write!(text, "{:>15}", "-")?,
                ratio => write!(text, "{ratio:15.3}")?,
            }
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
        let round = |rates: [f64; 3]| {
            rates.map(|rate| Turn {
                requests: 10,
                rate,
                ..Turn::default()
            })
        };
        let rounds = [round([1.0, 1.0, 1.0]), round([80.0, 90.0, 100.0])];
        let plan = Plan {
            path: "/",
            is_exported: true,
            turns: 1,
            seconds: 5,
        };
        let text = report(plan, &rounds).unwrap();
        let medians =
            "requests per second           80.0      90.0     100.0          0.889          0.900";
        assert!(text.contains(medians), "{text}");
        let exporter = text.lines().find(|it| it.contains("exporter"));
        assert!(exporter.unwrap().ends_with("  -"), "{text}");
        assert!(text.ends_with("\n60 requests, 0 failed\n"), "{text}");
    }
}
