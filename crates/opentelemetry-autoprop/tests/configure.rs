//! The example `configure`: the headers of its call, and how it stops.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn example_continues_the_trace_until_sigterm() {
    // `cargo test` builds the examples next to the tests.
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/configure");
    assert!(
        program.exists(),
        "build it: cargo build --example configure"
    );
    let mut service = Command::new(program)
        .env("OTEL_SDK_DISABLED", "True")
        .env("OTEL_PROPAGATORS", "tracecontext,kontur")
        .env_remove("SENTRY_DSN")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(service.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert!(next().starts_with("traceparent: 00-27bb7faa48294cf49ae6007d70905468-"));
    assert_eq!(
        next(),
        "x-kontur-trace-id: 27bb7faa48294cf49ae6007d70905468"
    );

    let id = service.id().to_string();
    let kill = Command::new("kill").args(["-s", "TERM", &id]).status();
    assert!(kill.unwrap().success());
    assert!(service.wait().unwrap().success());
}
