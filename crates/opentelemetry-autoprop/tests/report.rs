//! Where the error for a misspelt name appears, in processes that set up logging as services do.

use std::process::Command;

use tracing_subscriber::prelude::*;
use tracing_subscriber::{fmt, EnvFilter};

const MESSAGE: &str =
    "OTEL_PROPAGATORS: unknown propagator \"tracecontxt\"; did you mean \"tracecontext\"? known names:";

/// The variable of the child process that selects how it sets up logging.
const SET_UP: &str = "TEST_SET_UP";

/// The output of a child process.
struct Output {
    /// The lines of the log, which goes to standard output.
    log: Vec<String>,
    standard_error: Vec<String>,
}

/// Runs a child process with this logging set-up and this filter.
fn run(set_up: &str, rust_log: Option<&str>) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "child_sets_up_logging", "--nocapture"])
        .env("OTEL_PROPAGATORS", "tracecontxt,baggage")
        .env(SET_UP, set_up)
        .env_remove("RUST_LOG");
    if let Some(filter) = rust_log {
        child.env("RUST_LOG", filter);
    }
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        let lines = text.lines().filter(|line| line.contains("tracecontxt"));
        lines.map(str::to_owned).collect()
    };
    Output {
        log: lines(output.stdout),
        standard_error: lines(output.stderr),
    }
}

impl Output {
    #[track_caller]
    fn assert_logged(&self) {
        assert_eq!(self.log.len(), 1, "{:?}", self.log);
        let expected = format!("ERROR autoprop: {MESSAGE}");
        assert!(self.log[0].contains(&expected), "{:?}", self.log);
        assert!(self.standard_error.is_empty(), "{:?}", self.standard_error);
    }

    #[track_caller]
    fn assert_on_standard_error(&self) {
        assert_eq!(self.standard_error.len(), 1, "{:?}", self.standard_error);
        let expected = format!("opentelemetry-autoprop: {MESSAGE}");
        assert!(
            self.standard_error[0].starts_with(&expected),
            "{:?}",
            self.standard_error
        );
        assert!(self.log.is_empty(), "{:?}", self.log);
    }
}

/// Runs in the child process of the tests below. Without the variable it does nothing.
#[test]
fn child_sets_up_logging() {
    let log = || fmt::layer().with_ansi(false);
    match std::env::var(SET_UP).as_deref() {
        Err(_) => return,
        Ok("no subscriber") => {}
        Ok("too late") => {
            opentelemetry_autoprop::from_env();
            return fmt().with_ansi(false).init();
        }
        Ok("fmt") => fmt().with_ansi(false).init(),
        Ok("env filter") => tracing_subscriber::registry()
            .with(log())
            .with(EnvFilter::from_default_env())
            .init(),
        Ok("layers") => tracing_subscriber::registry()
            .with(log().with_filter(EnvFilter::from_default_env()))
            .with(fmt::layer().with_writer(std::io::sink))
            .init(),
        Ok(other) => panic!("unknown set-up {other}"),
    }
    opentelemetry_autoprop::from_env();
}

#[test]
fn error_is_on_standard_error_without_subscriber() {
    run("no subscriber", None).assert_on_standard_error();
}

#[test]
fn error_is_on_standard_error_before_subscriber() {
    run("too late", None).assert_on_standard_error();
}

#[test]
fn error_is_logged_by_the_default_subscriber() {
    run("fmt", None).assert_logged();
}

#[test]
fn error_is_logged_by_the_default_of_env_filter() {
    run("env filter", None).assert_logged();
}

#[test]
fn error_is_logged_with_opentelemetry_off() {
    run("env filter", Some("info,opentelemetry=off")).assert_logged();
    run("layers", Some("info,opentelemetry=off")).assert_logged();
}

#[test]
fn error_is_on_standard_error_if_filtered_by_crate() {
    run("env filter", Some("my_service=info")).assert_on_standard_error();
}

#[test]
fn error_is_logged_if_the_filter_names_the_target() {
    run("env filter", Some("my_service=info,autoprop=error")).assert_logged();
}

#[test]
fn error_is_on_standard_error_if_logging_is_off() {
    run("env filter", Some("off")).assert_on_standard_error();
}

/// The README documents this case: the event is taken by a layer whose output is discarded.
#[test]
fn error_is_invisible_if_only_another_layer_takes_it() {
    let output = run("layers", Some("my_service=info"));
    assert!(output.log.is_empty(), "{:?}", output.log);
    assert!(
        output.standard_error.is_empty(),
        "{:?}",
        output.standard_error
    );
}
