//! The output of the demonstration.

use demo::caller::CALLERS;
use tokio::process::Command;

use crate::program;

async fn run(arguments: &[&str]) -> String {
    let output = Command::new(program()).args(arguments).output();
    let output = output.await.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn demo_shows_every_trace_within_80_columns() {
    for caller in &CALLERS {
        let text = run(&[caller.name]).await;
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let (trace_id, span_id) = (caller.trace_id, caller.span_id);
        let (header, _) = caller.headers()[0];
        for expected in [
            format!("  X-Kontur-Trace-Id: {trace_id}"),
            format!("{span_id} the caller, from {header}"),
            "└─ stock".to_owned(),
            format!("  trace {trace_id}"),
            format!("  https://mon.kontur.ru/contrails/{trace_id}"),
        ] {
            assert!(text.contains(&expected), "{expected}\nis not in\n{text}");
        }
    }
}

#[tokio::test]
async fn demo_without_arguments_shows_the_first_caller() {
    assert!(run(&[]).await.contains(CALLERS[0].trace_id));
}

#[tokio::test]
async fn demo_lists_the_callers_for_an_unknown_one() {
    let output = Command::new(program())
        .arg("jaeger")
        .output()
        .await
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        error.contains("vostok, kontur, sentry, traceparent, all"),
        "{error}"
    );
}
