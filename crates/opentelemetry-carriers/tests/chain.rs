//! A shell script, a Rust program and a Python script, in one trace by the environment alone.

#![cfg(unix)]

use std::path::PathBuf;
use std::process::{Command, Output};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chain");

/// The example `traced`, which `cargo test` builds next to the tests.
fn traced() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join("examples/traced");
    assert!(path.exists(), "build it: cargo build --example traced");
    path
}

fn run_chain(configure: impl FnOnce(&mut Command)) -> Vec<Vec<String>> {
    let mut command = Command::new("sh");
    command
        .arg("job.sh")
        .arg(traced())
        .args(["python3", "report.py"])
        .current_dir(DIRECTORY)
        .env("OTEL_PROPAGATORS", "tracecontext,kontur,vostok,sentry");
    configure(&mut command);
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{text}");
    let words = |line: &str| line.split(' ').map(str::to_owned).collect();
    text.lines().map(words).collect()
}

fn line<'a>(lines: &'a [Vec<String>], name: &str) -> &'a [String] {
    let found = lines.iter().find(|words| words[0] == name);
    &found.unwrap_or_else(|| panic!("no line {name}: {lines:?}"))[1..]
}

#[test]
fn chain_of_processes_is_one_trace() {
    let lines = run_chain(|_| ());
    let [trace, _, job] = line(&lines, "job.sh") else {
        panic!("{lines:?}")
    };
    let [tool_trace, tool_parent, tool] = line(&lines, "traced") else {
        panic!("{lines:?}")
    };
    let [script_trace, script_parent, _] = line(&lines, "report.py") else {
        panic!("{lines:?}")
    };
    assert_eq!((tool_trace, tool_parent), (trace, job));
    assert_eq!((script_trace, script_parent), (trace, tool));
    assert_ne!(tool, job);

    assert_eq!(line(&lines, "X_KONTUR_TRACE_ID"), [trace.as_str()]);
    assert_eq!(line(&lines, "X_KONTUR_TRACE_SPANID"), [tool.as_str()]);
    assert_eq!(line(&lines, "SENTRY_TRACE"), [format!("{trace}-{tool}-1")]);
    assert_ne!(line(&lines, "CONTEXT_GLOBALS"), ["none"]);
}

#[test]
fn chain_does_not_inherit_an_ignored_header() {
    let lines = run_chain(|command| {
        command.env("TRACESTATE", "invalid");
    });
    // An empty header is what some propagators send in its place.
    assert!(matches!(line(&lines, "TRACESTATE"), [it] if it == "none" || it.is_empty()));
}
