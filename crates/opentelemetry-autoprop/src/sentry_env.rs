//! Sentry's propagator, configured by Sentry's environment variables.

use opentelemetry_propagator_sentry::{SentryPropagator, SentryPropagatorBuilder};

use crate::env_lookup::EnvLookup;
use crate::report::report;

/// Creates the propagator that the variables describe. An invalid variable is reported and ignored.
pub(crate) fn propagator(env: &EnvLookup) -> SentryPropagator {
    type Set = fn(SentryPropagatorBuilder, String) -> Result<SentryPropagatorBuilder, String>;
    let variables: [(&str, Set); 4] = [
        ("SENTRY_DSN", |builder, dsn| Ok(builder.dsn(dsn))),
        ("SENTRY_RELEASE", |builder, release| {
            Ok(builder.release(release))
        }),
        ("SENTRY_ENVIRONMENT", |builder, environment| {
            Ok(builder.environment(environment))
        }),
        ("SENTRY_TRACES_SAMPLE_RATE", |builder, rate| {
            match rate.parse() {
                Ok(rate) => Ok(builder.sample_rate(rate)),
                // The value is not quoted: it may be a DSN in the wrong variable.
                Err(_) => Err("expected a number from 0 to 1".to_owned()),
            }
        }),
    ];
    let mut builder = SentryPropagator::builder();
    for (variable, set) in variables {
        let Some(value) = env(variable).map(|value| value.trim().to_owned()) else {
            continue;
        };
        if value.is_empty() {
            continue;
        }
        // A propagator is built for each variable only to validate it, so that an invalid variable
        // does not discard the others.
        let usable = set(builder.clone(), value).and_then(|with_value| {
            let built = with_value.clone().build();
            built.map_err(|error| error.to_string()).map(|_| with_value)
        });
        match usable {
            Ok(with_value) => builder = with_value,
            Err(reason) => report(&format!("{variable}: {reason}")),
        }
    }
    builder.build().unwrap_or_default()
}
