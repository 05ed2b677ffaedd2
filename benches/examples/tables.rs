//! Prints the tables of `docs/performance.md` that count instructions, and draws its chart. The
//! script `instructions` runs it with `--tables`.
//!
//! The arguments are two files with the output of `cargo bench --bench instructions --bench growth
//! -- --output-format=json --callgrind-args=--dump-instr=yes`: of a default release, and of one with
//! thin LTO and one codegen unit. All tables but the first show the second one.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

use benches::cases::counted;
use benches::chart::{self, Bar};
use benches::counts;
use benches::footprint::Footprint;
use benches::growth;
use benches::ours::{self, ALL, B3_MULTI_HTTP_HEADERS, FIVE, HTTP_HEADERS, TRACES, W3C};

const SDK: &str = "sdk-tracecontext,baggage";

/// The operations, as columns.
const OPERATIONS: [(&str, &str); 5] = [
    ("extract", "extract"),
    ("extract_absent", "extract, headers absent"),
    ("inject", "inject"),
    ("inject_fresh", "inject into a fresh map"),
    ("pair", "pair"),
];

/// The other crates, in the groups that read the same headers. The first name of a group is ours.
const GROUPS: [(&str, &[&str]); 8] = [
    (
        "`traceparent` and `tracestate`",
        &["tracecontext", "sdk-tracecontext"],
    ),
    ("`baggage`, six members", &["baggage", "sdk-baggage"]),
    ("B3 in one header", &["b3", "opentelemetry-b3"]),
    (
        "B3 in three headers",
        &["b3multi", B3_MULTI_HTTP_HEADERS, "opentelemetry-b3multi"],
    ),
    ("X-Ray", &["xray", "opentelemetry-xray"]),
    ("Jaeger", &["jaeger", "opentelemetry-jaeger"]),
    ("Sentry", &["sentry", "sentry-opentelemetry", "sentry-core"]),
    (
        "`traceparent` alone, without OpenTelemetry",
        &["TraceParent", "fastrace", "traceparent", "trace-context"],
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<_> = env::args().skip(1).collect();
    let [default, thin] = &*files else {
        return Err("expected two files".into());
    };
    let (default, thin) = (Profile::read(default)?, Profile::read(thin)?);
    println!("## Goals\n");
    goals(&default, &thin);
    println!("\n## Each name\n");
    names(&thin);
    println!("\n## Lists\n");
    lists(&thin);
    println!("\n## Other crates\n");
    others(&thin);
    println!("\n## Code of an extraction\n");
    footprint(&thin);
    println!("\n## Growth\n");
    growth(&thin);
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.svg");
    fs::write(chart, chart::svg(&bars(&thin)))?;
    Ok(())
}

/// The counts of one build.
struct Profile {
    counts: BTreeMap<(String, &'static str), u64>,
    growth: BTreeMap<usize, u64>,
    /// The code of the extractions.
    footprints: BTreeMap<&'static str, Footprint>,
}

impl Profile {
    fn read(file: &str) -> Result<Self, Box<dyn Error>> {
        let names: Vec<_> = counted().iter().map(|case| case.name).collect();
        let mut profile = Profile {
            counts: BTreeMap::new(),
            growth: BTreeMap::new(),
            footprints: BTreeMap::new(),
        };
        let text = fs::read_to_string(file)?;
        for count in counts::read(text.lines().map(|line| Ok(line.to_owned())))? {
            if count.function == "extract_growth" {
                profile.growth.insert(count.index, count.instructions);
                continue;
            }
            let name = *names.get(count.index).ok_or("the index of no case")?;
            if count.function == "extract" {
                let footprint = Footprint::parse(&fs::read_to_string(&count.profile)?)?;
                profile.footprints.insert(name, footprint);
            }
            profile
                .counts
                .insert((count.function, name), count.instructions);
        }
        Ok(profile)
    }

    fn find(&self, operation: &str, name: &str) -> Option<u64> {
        let mut counts = self.counts.iter();
        let found = counts.find(|((of, it), _)| of == operation && *it == name);
        found.map(|(_, count)| *count)
    }

    fn count(&self, operation: &str, name: &str) -> f64 {
        self.find(operation, name)
            .map_or(f64::NAN, |count| count as f64)
    }

    fn both(&self, name: &str, inject: &str) -> f64 {
        self.count("extract", name) + self.count(inject, name)
    }

    fn kib(&self, name: &str) -> f64 {
        self.footprints.get(name).map_or(f64::NAN, Footprint::kib)
    }
}

/// A figure of the first table, with its limits.
struct Goal {
    what: &'static str,
    figure: fn(&Profile) -> f64,
    decimals: usize,
    accepted: f64,
    aim: Option<f64>,
}

/// The goals. The counts that must not become worse are those of the same build of the crates
/// before the changes that the goals are about.
fn all_goals() -> Vec<Goal> {
    let ratio = |what, figure, accepted, aim| Goal {
        what,
        figure,
        decimals: 3,
        accepted,
        aim: Some(aim),
    };
    let count = |what, figure, accepted, aim| Goal {
        what,
        figure,
        decimals: 0,
        accepted,
        aim,
    };
    vec![
        ratio(
            "five / the SDK's two",
            |it| it.both(FIVE, "inject") / it.both(SDK, "inject"),
            0.41,
            0.38,
        ),
        ratio(
            "the same, into a fresh map",
            |it| it.both(FIVE, "inject_fresh") / it.both(SDK, "inject_fresh"),
            0.44,
            0.41,
        ),
        ratio(
            "five through `HttpHeaders` / the SDK's two",
            |it| it.both(HTTP_HEADERS, "inject") / it.both(SDK, "inject"),
            0.34,
            0.31,
        ),
        ratio(
            "`tracecontext,baggage` / the SDK's two",
            |it| it.both(W3C, "inject") / it.both(SDK, "inject"),
            0.57,
            0.50,
        ),
        count(
            "pair of `sentry`",
            |it| it.count("pair", "sentry"),
            8400.0,
            Some(7700.0),
        ),
        ratio(
            "`baggage` inject / floor",
            |it| it.count("inject", "baggage") / it.count("inject", "baggage-floor"),
            2.2,
            1.5,
        ),
        count(
            "`tracecontext` extract",
            |it| it.count("extract", "tracecontext"),
            3878.0,
            None,
        ),
        count(
            "`kontur` extract",
            |it| it.count("extract", "kontur"),
            2469.0,
            Some(2286.0),
        ),
        count(
            "`vostok` extract",
            |it| it.count("extract", "vostok"),
            3538.0,
            Some(3486.0),
        ),
        count(
            "five, headers absent",
            |it| it.count("extract_absent", FIVE),
            2443.0,
            None,
        ),
        count(
            "the same, through `HttpHeaders`",
            |it| it.count("extract_absent", HTTP_HEADERS),
            1800.0,
            None,
        ),
        Goal {
            what: "distinct code of an extraction of five, KiB",
            figure: |it| it.kib(FIVE),
            decimals: 1,
            accepted: 36.0,
            aim: Some(32.0),
        },
    ]
}

fn goals(default: &Profile, thin: &Profile) {
    println!("| | default release | thin LTO, one unit | accepted | aim | reached |");
    println!("|---|---:|---:|---:|---:|---|");
    for goal in all_goals() {
        let digits = goal.decimals;
        let figure = (goal.figure)(thin);
        let reached = match goal.aim {
            Some(aim) if figure <= aim => "aim",
            _ if figure <= goal.accepted => "accepted",
            _ => "**no**",
        };
        let limit = |limit: f64| match digits {
            3 => format!("{limit:.2}"),
            _ => format!("{limit:.0}"),
        };
        println!(
            "| {} | {:.digits$} | {figure:.digits$} | {} | {} | {reached} |",
            goal.what,
            (goal.figure)(default),
            limit(goal.accepted),
            goal.aim.map_or_else(String::new, limit),
        );
    }
}

/// Prints the header of a table with the operations as columns.
fn head(more: &str) {
    let columns: Vec<_> = OPERATIONS.iter().map(|(_, title)| *title).collect();
    println!("| | {}{more} |", columns.join(" | "));
    println!(
        "|---{}|",
        "|---:".repeat(OPERATIONS.len() + more.matches('|').count())
    );
}

/// Returns the cells of a row, with the ratio to the floor if there is one.
fn cells(profile: &Profile, name: &str) -> String {
    let floor = format!("{name}-floor");
    let cells = OPERATIONS.map(|(operation, _)| match profile.find(operation, name) {
        // The floors have no state between the directions of a pair.
        Some(count) if operation != "pair" => match profile.find(operation, &floor) {
            Some(floor) => format!("{count} ({:.2})", count as f64 / floor as f64),
            None => count.to_string(),
        },
        Some(count) => count.to_string(),
        None => String::new(),
    });
    cells.join(" | ")
}

fn names(profile: &Profile) {
    head(" | code of extract, KiB");
    for case in ours::formats().iter().chain(&ours::specified()) {
        let name = case.name;
        println!(
            "| `{name}` | {} | {:.1} |",
            cells(profile, name),
            profile.kib(name)
        );
    }
}

fn lists(profile: &Profile) {
    head(" | code of extract, KiB | extract + inject, relative");
    for name in [SDK, W3C, TRACES, FIVE, HTTP_HEADERS, ALL] {
        println!(
            "| `{name}` | {} | {:.1} | {:.2} |",
            cells(profile, name),
            profile.kib(name),
            profile.both(name, "inject") / profile.both(SDK, "inject")
        );
    }
}

fn others(profile: &Profile) {
    head("");
    for (what, names) in GROUPS {
        println!("| *{what}* |{}", " |".repeat(OPERATIONS.len()));
        for name in names {
            let counts = OPERATIONS.map(|(operation, _)| {
                let count = profile.find(operation, name);
                count.map_or_else(String::new, |count| count.to_string())
            });
            let mark = if is_ours(name) { ", ours" } else { "" };
            println!("| `{name}`{mark} | {} |", counts.join(" | "));
        }
    }
}

/// Whether a case of [`GROUPS`] is one of this repository.
fn is_ours(name: &str) -> bool {
    name == B3_MULTI_HTTP_HEADERS || GROUPS.iter().any(|(_, names)| names[0] == name)
}

/// Prints the code of an extraction by crates.
fn footprint(profile: &Profile) {
    println!("| crate or library | lines, five | lines, the SDK's two |");
    println!("|---|---:|---:|");
    let crates = |name| {
        let footprint = profile.footprints.get(name);
        footprint.map(Footprint::crates).unwrap_or_default()
    };
    let (five, sdk) = (crates(FIVE), crates(SDK));
    let of = |list: &[(&str, usize)], name: &str| {
        let found = list.iter().find(|(it, _)| *it == name);
        found.map_or_else(String::new, |(_, lines)| lines.to_string())
    };
    let only_sdk = sdk.iter().filter(|(name, _)| of(&five, name).is_empty());
    for (name, _) in five.iter().chain(only_sdk) {
        println!("| {name} | {} | {} |", of(&five, name), of(&sdk, name));
    }
    let lines = |name| profile.footprints.get(name).map_or(0, Footprint::lines);
    println!("| distinct | {} | {} |", lines(FIVE), lines(SDK));
}

fn growth(profile: &Profile) {
    println!("| | {} |", ["size: count"; 6].join(" | "));
    println!("|---{}|", "|---:".repeat(6));
    let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
    for (index, growth) in growth::all().iter().enumerate() {
        let count = profile.growth.get(&index).copied().unwrap_or_default();
        let cell = format!("{}: {count}", growth.size);
        match rows.last_mut() {
            Some((what, cells)) if *what == growth.what => cells.push(cell),
            _ => rows.push((growth.what, vec![cell])),
        }
    }
    for (what, mut cells) in rows {
        cells.resize(6, String::new());
        println!("| {what} | {} |", cells.join(" | "));
    }
}

fn bars(profile: &Profile) -> Vec<(&'static str, Vec<Bar>)> {
    let names = ours::formats().into_iter().chain(ours::specified());
    let ours: Vec<_> = names.map(|case| case.name).collect();
    let others = GROUPS.iter().flat_map(|(_, names)| &names[1..]).copied();
    let names: Vec<_> = ours.iter().copied().chain(others).collect();
    let panel = |operation: &str| {
        let bar = |name: &&str| {
            Some(Bar {
                name: (*name).to_owned(),
                count: profile.find(operation, name)?,
                floor: profile.find(operation, &format!("{name}-floor")),
                is_ours: ours.contains(name) || is_ours(name),
            })
        };
        names.iter().filter_map(bar).collect()
    };
    OPERATIONS[..4]
        .iter()
        .filter(|(operation, _)| *operation != "inject")
        .map(|(operation, title)| (*title, panel(operation)))
        .collect()
}
