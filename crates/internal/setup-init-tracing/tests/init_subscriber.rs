//! Shows that `init_subscriber` of `init-tracing-opentelemetry` fails for the names of this
//! project. The guide therefore combines the parts of that crate. If this test fails, the guide can
//! be shorter.

use std::process::Command;

use init_tracing_opentelemetry::config::TracingConfig;

const CHILD: &str = "TEST_IS_CHILD";

/// Runs in the child process of the test below.
#[test]
fn child_sets_up_tracing() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    match TracingConfig::production().init_subscriber() {
        Ok(_) => println!("set up"),
        Err(error) => println!("failed: {error}"),
    }
}

#[test]
fn init_subscriber_fails_for_an_unknown_name() {
    for (list, expected) in [
        ("tracecontext", "set up"),
        (
            "tracecontext,kontur",
            "unsupported propagators form env OTEL_PROPAGATORS: 'kontur'",
        ),
    ] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_sets_up_tracing", "--nocapture"])
            .env(CHILD, "1")
            .env("OTEL_PROPAGATORS", list)
            .env("OTEL_TRACES_EXPORTER", "none")
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(stdout.contains(expected), "{list}: {stdout}");
    }
}
