//! The builder of a `SentryPropagator`.

use std::fmt;

use opentelemetry::otel_warn;
use percent_encoding::{utf8_percent_encode, AsciiSet, NON_ALPHANUMERIC};

use crate::dsn::{Dsn, ParseDsnError};
use crate::propagator::SentryPropagator;
use crate::root_dsc::RootDsc;
use crate::sampling::SampleRate;

/// The characters that are percent-encoded in a `baggage` value: all but the unreserved characters
/// of a URI.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Builds a [`SentryPropagator`] from options.
///
/// ```
/// use opentelemetry_propagator_sentry::SentryPropagator;
///
/// let propagator = SentryPropagator::builder()
///     .dsn("https://49d0f7386ad645858ae85020e393bef3@o447951.ingest.sentry.io/1")
///     .release("shop@1.0")
///     .environment("production")
///     .sample_rate(0.25)
///     .strict_trace_continuation(true)
///     .build()?;
/// # Ok::<(), opentelemetry_propagator_sentry::BuildError>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until build() is called"]
pub struct SentryPropagatorBuilder {
    dsn: Option<String>,
    org_id: Option<String>,
    strict: bool,
    release: Option<String>,
    environment: Option<String>,
    sample_rate: Option<f64>,
    sample_when_undecided: bool,
    omit_unsampled_trace: bool,
}

impl SentryPropagator {
    /// Returns a builder with the default options.
    pub fn builder() -> SentryPropagatorBuilder {
        SentryPropagatorBuilder {
            dsn: None,
            org_id: None,
            strict: false,
            release: None,
            environment: None,
            sample_rate: None,
            sample_when_undecided: true,
            omit_unsampled_trace: false,
        }
    }
}

impl SentryPropagatorBuilder {
    /// Sets the DSN of the Sentry project that this service reports to.
    ///
    /// Without a DSN, no Dynamic Sampling Context (DSC) is written for traces that start in this
    /// service, because it must contain the public key. The organization ID is derived from the
    /// host if that is one of Sentry's own ingest hosts.
    pub fn dsn(mut self, dsn: impl Into<String>) -> Self {
        self.dsn = Some(dsn.into());
        self
    }

    /// Sets the organization ID, overriding the one derived from the DSN. Whitespace around it is
    /// dropped.
    pub fn org_id(mut self, org_id: impl Into<String>) -> Self {
        self.org_id = Some(org_id.into());
        self
    }

    /// Sets whether a trace is continued only if both sides state the same organization, or neither
    /// states one. The default is `false`: a missing ID on either side is accepted.
    ///
    /// In a list of several formats, strict continuation also covers the other headers: none of
    /// them continues a trace that was refused here.
    pub fn strict_trace_continuation(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Sets the release in the Dynamic Sampling Context of traces that start in this service.
    pub fn release(mut self, release: impl Into<String>) -> Self {
        self.release = Some(release.into());
        self
    }

    /// Sets the environment in the Dynamic Sampling Context of traces that start in this service.
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Sets the rate, from 0 to 1, at which OpenTelemetry's sampler samples traces that start in
    /// this service. The rate is only reported in the Dynamic Sampling Context. The sampler itself
    /// is configured in the SDK.
    pub fn sample_rate(mut self, rate: f64) -> Self {
        self.sample_rate = Some(rate);
        self
    }

    /// Sets whether a trace is sampled if `sentry-trace` defers the decision. The default is
    /// `true`.
    pub fn sample_when_undecided(mut self, sampled: bool) -> Self {
        self.sample_when_undecided = sampled;
        self
    }

    /// Sets whether the headers are left out if the span is not sampled. The default is `false`.
    ///
    /// The `SentryPropagator` of sentry-sdk for Python samples every trace that arrives with
    /// `sentry-trace`, even if its flag is 0 and `traceparent` states that the trace is not sampled.
    /// Choose `true` if this service samples few traces and calls such services, provided that
    /// another format carries the trace. Sentry events of unsampled requests then get another trace
    /// id in services that read only Sentry's headers.
    pub fn omit_unsampled_trace(mut self, omitted: bool) -> Self {
        self.omit_unsampled_trace = omitted;
        self
    }

    /// Builds the propagator.
    ///
    /// A Dynamic Sampling Context has at most 8192 bytes. Values are added in the order public key,
    /// release, environment, organization. A value that does not fit is left out. If the public key
    /// does not fit, no Dynamic Sampling Context is written.
    ///
    /// # Errors
    ///
    /// Returns an error if the DSN is invalid or if the rate is not a number from 0 to 1.
    ///
    /// ```
    /// use opentelemetry_propagator_sentry::SentryPropagator;
    ///
    /// let error = SentryPropagator::builder().dsn("https://sentry.io/1").build().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid DSN: missing public key before the host; expected https://<public key>@<host>/<project id>"
    /// );
    /// ```
    pub fn build(self) -> Result<SentryPropagator, BuildError> {
        let rate = match self.sample_rate {
            Some(rate) => {
                Some(SampleRate::new(rate).ok_or(BuildError(ErrorKind::SampleRate(rate)))?)
            }
            None => None,
        };
        let dsn: Option<Dsn> = match self.dsn {
            Some(dsn) => Some(
                dsn.trim()
                    .parse()
                    .map_err(|e| BuildError(ErrorKind::Dsn(e)))?,
            ),
            None => None,
        };
        let org_id = self
            .org_id
            .map(|org_id| org_id.trim().to_owned())
            .or_else(|| dsn.as_ref()?.org_id().map(str::to_owned))
            .filter(|org_id| !org_id.is_empty());
        let root_dsc = dsn.as_ref().and_then(|dsn| {
            let mut root_dsc = RootDsc::new(rate);
            let mut push = |key, value| root_dsc.push(key, utf8_percent_encode(value, ENCODED));
            if !push("public_key", dsn.public_key()) {
                return None;
            }
            for (key, value) in [
                ("release", &self.release),
                ("environment", &self.environment),
                // Last, because receivers search for it from the end.
                ("org_id", &org_id),
            ] {
                if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                    push(key, value);
                }
            }
            Some(root_dsc)
        });
        if cfg!(feature = "internal-logs") && self.strict && org_id.is_none() {
            otel_warn!(
                name: "SentryPropagator.StrictWithoutOrganization",
                message = "strict_trace_continuation(true) without an organization refuses every \
                           trace that states one: set org_id(…), or a DSN that contains it"
            );
        }
        Ok(SentryPropagator {
            sample_when_undecided: self.sample_when_undecided,
            omit_unsampled_trace: self.omit_unsampled_trace,
            org_id,
            strict: self.strict,
            root_dsc,
        })
    }
}

impl fmt::Debug for SentryPropagatorBuilder {
    /// Shows the options. The DSN is left out, because it may contain a secret key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentryPropagatorBuilder")
            .field("has_dsn", &self.dsn.is_some())
            .field("org_id", &self.org_id)
            .field("strict", &self.strict)
            .field("release", &self.release)
            .field("environment", &self.environment)
            .field("sample_rate", &self.sample_rate)
            .field("sample_when_undecided", &self.sample_when_undecided)
            .field("omit_unsampled_trace", &self.omit_unsampled_trace)
            .finish()
    }
}

/// An invalid option. The message names the option, the reason and the expected form.
#[derive(Debug)]
pub struct BuildError(ErrorKind);

#[derive(Debug)]
enum ErrorKind {
    Dsn(ParseDsnError),
    SampleRate(f64),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ErrorKind::Dsn(error) => write!(
                f,
                "invalid DSN: {error}; expected https://<public key>@<host>/<project id>"
            ),
            ErrorKind::SampleRate(rate) => {
                write!(
                    f,
                    "invalid sample rate {rate}: expected a number from 0 to 1"
                )
            }
        }
    }
}

// The message already contains the cause. With a `source()`, an error chain would show it twice.
impl std::error::Error for BuildError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builder_debug_shows_no_secret() {
        let builder = SentryPropagator::builder().dsn("https://pub:SECRET@sentry.io/1");
        let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
        assert!(
            shown.contains("has_dsn: true") && !shown.contains("SECRET"),
            "{shown}"
        );
    }

    #[test]
    fn build_error_states_its_cause_once() {
        use std::error::Error;

        let dsn = SentryPropagator::builder().dsn("nonsense");
        let error = dsn.build().unwrap_err();
        assert!(error
            .to_string()
            .contains("missing https:// or http:// at the start"));
        assert!(error.source().is_none());
    }

    #[test]
    fn build_error_names_the_invalid_option() {
        for (builder, message) in [
            (
                SentryPropagator::builder().dsn("nonsense"),
                "invalid DSN: missing https:// or http:// at the start; expected https://<public key>@<host>/<project id>",
            ),
            (
                SentryPropagator::builder().dsn("https://key@sentry.io/"),
                "invalid DSN: missing project ID after the host; expected https://<public key>@<host>/<project id>",
            ),
            (
                SentryPropagator::builder().sample_rate(25.0),
                "invalid sample rate 25: expected a number from 0 to 1",
            ),
        ] {
            assert_eq!(builder.build().unwrap_err().to_string(), message);
        }
    }
}
