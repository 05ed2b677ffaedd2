//! Runs a command in a span: `traced COMMAND [ARGUMENT…]`.
//!
//! The span continues the trace of the environment, and the command finds itself in the span by its
//! own environment. `OTEL_PROPAGATORS` chooses the headers.

use std::env;
use std::process::{Command, ExitCode};

use opentelemetry::global;
use opentelemetry::trace::{TraceContextExt, Tracer};
use opentelemetry_carriers::{EnvExtractor, EnvInjector, ReusableInjector};
use opentelemetry_sdk::trace::SdkTracerProvider;

fn main() -> ExitCode {
    global::set_tracer_provider(SdkTracerProvider::builder().build()); // yours has an exporter
    global::set_text_map_propagator(opentelemetry_autoprop::from_env());

    let mut words = env::args_os().skip(1);
    let Some(program) = words.next() else {
        eprintln!("usage: traced COMMAND [ARGUMENT…]");
        return ExitCode::from(2);
    };

    let started_in =
        global::get_text_map_propagator(|it| it.extract(&EnvExtractor::from_process()));
    let tracer = global::tracer("traced");
    let span = tracer.start_with_context(program.to_string_lossy().into_owned(), &started_in);
    let cx = started_in.with_span(span);
    {
        let (parent, span) = (started_in.span(), cx.span());
        eprintln!(
            "traced {} {} {}",
            span.span_context().trace_id(),
            parent.span_context().span_id(),
            span.span_context().span_id(),
        );
    }

    let mut command = Command::new(program);
    command.args(words);
    let mut env = EnvInjector::new(&mut command).sentry_baggage(true);
    global::get_text_map_propagator(|it| env.replace_context(it, &cx));
    match command.status() {
        Ok(status) => status
            .code()
            .map_or(ExitCode::FAILURE, |it| ExitCode::from(it as u8)),
        Err(error) => {
            eprintln!(
                "traced: {}: {error}",
                command.get_program().to_string_lossy()
            );
            ExitCode::FAILURE
        }
    }
}
