//! Options of the propagator, and what can be wrong with them.

use std::fmt;

use percent_encoding::{utf8_percent_encode, AsciiSet, NON_ALPHANUMERIC};
use sentry_types::{Dsn, ParseDsnError};

use crate::propagator::{Head, SentryPropagator};
use crate::sampling::SampleRate;

/// What a value of `baggage` encodes: all but the unreserved characters of a URI.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Options of a [`SentryPropagator`].
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
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build() is called"]
pub struct SentryPropagatorBuilder {
    dsn: Option<String>,
    org_id: Option<String>,
    strict: bool,
    release: Option<String>,
    environment: Option<String>,
    sample_rate: Option<f64>,
    sample_undecided: bool,
}

impl SentryPropagatorBuilder {
    pub(crate) fn new() -> Self {
        SentryPropagatorBuilder {
            dsn: None,
            org_id: None,
            strict: false,
            release: None,
            environment: None,
            sample_rate: None,
            sample_undecided: true,
        }
    }

    /// The DSN of the Sentry project that this service reports to. Its public key makes this
    /// service the head of traces that start here; the host of a Sentry ingest gives the
    /// organisation.
    pub fn dsn(mut self, dsn: impl Into<String>) -> Self {
        self.dsn = Some(dsn.into());
        self
    }

    /// The own organisation, where the DSN does not tell it or tells another one.
    pub fn org_id(mut self, org_id: impl Into<String>) -> Self {
        self.org_id = Some(org_id.into());
        self
    }

    /// Whether a trace is continued only when both sides name the same organisation, or neither
    /// does; `false` by default: a missing one is then no obstacle.
    pub fn strict_trace_continuation(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// The release, as the DSC of a trace that starts here gives it.
    pub fn release(mut self, release: impl Into<String>) -> Self {
        self.release = Some(release.into());
        self
    }

    /// The environment, as the DSC of a trace that starts here gives it.
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// The rate, from 0 to 1, at which OpenTelemetry's sampler samples traces that start here.
    pub fn sample_rate(mut self, rate: f64) -> Self {
        self.sample_rate = Some(rate);
        self
    }

    /// Whether a trace is sampled when `sentry-trace` defers the decision; `true` by default.
    pub fn sample_undecided(mut self, sampled: bool) -> Self {
        self.sample_undecided = sampled;
        self
    }

    /// The propagator with these options.
    ///
    /// A value that does not fit into the 8192 bytes of `baggage` beside those before it (public
    /// key, release, environment, organisation) is left out of the DSC; without room for the
    /// public key there is none.
    ///
    /// # Errors
    ///
    /// A DSN that is none, or a rate outside 0 to 1.
    ///
    /// ```
    /// use opentelemetry_propagator_sentry::SentryPropagator;
    ///
    /// let error = SentryPropagator::builder().dsn("https://sentry.io/1").build().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "dsn: username is empty; expected https://<public key>@<host>/<project id>"
    /// );
    /// ```
    pub fn build(self) -> Result<SentryPropagator, BuildError> {
        let rate = match self.sample_rate {
            Some(rate) => Some(SampleRate::new(rate).ok_or(BuildError(Fault::SampleRate(rate)))?),
            None => None,
        };
        let dsn: Option<Dsn> = match self.dsn {
            Some(dsn) => Some(dsn.trim().parse().map_err(|e| BuildError(Fault::Dsn(e)))?),
            None => None,
        };
        let org_id = self
            .org_id
            .or_else(|| org_of_host(dsn.as_ref()?.host()).map(str::to_owned))
            .filter(|org_id| !org_id.is_empty());
        let head = dsn.as_ref().and_then(|dsn| {
            let mut head = Head::new(rate);
            let mut push = |key, value| head.push(key, utf8_percent_encode(value, ENCODED));
            if !push("public_key", dsn.public_key()) {
                return None;
            }
            for (key, value) in [
                ("release", &self.release),
                ("environment", &self.environment),
                // Every service looks for this one, and from the end.
                ("org_id", &org_id),
            ] {
                if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                    push(key, value);
                }
            }
            Some(head)
        });
        Ok(SentryPropagator::with_options(
            self.sample_undecided,
            org_id,
            self.strict,
            head,
        ))
    }
}

/// The organisation in the host of a Sentry ingest: `o447951.ingest.sentry.io`.
fn org_of_host(host: &str) -> Option<&str> {
    let (org, rest) = host.strip_prefix('o')?.split_once('.')?;
    let is_number = !org.is_empty() && org.bytes().all(|byte| byte.is_ascii_digit());
    let is_ingest =
        rest.starts_with("ingest.") && rest.ends_with(".sentry.io") || rest == "ingest.sentry.io";
    (is_number && is_ingest).then_some(org)
}

/// Why a [`SentryPropagator`] can't be built: which option, what was wrong, what is expected.
#[derive(Debug)]
pub struct BuildError(Fault);

#[derive(Debug)]
enum Fault {
    Dsn(ParseDsnError),
    SampleRate(f64),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Fault::Dsn(fault) => write!(
                f,
                "dsn: {fault}; expected https://<public key>@<host>/<project id>"
            ),
            Fault::SampleRate(rate) => {
                write!(
                    f,
                    "sample_rate: {rate} is no rate; expected a number from 0 to 1"
                )
            }
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Fault::Dsn(fault) => Some(fault),
            Fault::SampleRate(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ingest_host_tells_the_organisation() {
        for (host, org) in [
            ("o447951.ingest.sentry.io", Some("447951")),
            ("o1.ingest.us.sentry.io", Some("1")),
            ("o1.ingest.de.sentry.io", Some("1")),
            ("sentry.io", None),
            ("o1.sentry.io", None),
            ("o.ingest.sentry.io", None),
            ("oops.ingest.sentry.io", None),
            ("sentry.example.com", None),
            ("o1.ingest.sentry.io.example.com", None),
        ] {
            assert_eq!(org_of_host(host), org, "{host}");
        }
    }

    #[test]
    fn a_wrong_dsn_has_its_reason_behind_it_and_a_wrong_rate_is_its_own() {
        use std::error::Error;

        let dsn = SentryPropagator::builder().dsn("nonsense");
        assert_eq!(
            dsn.build().unwrap_err().source().unwrap().to_string(),
            "no valid url provided"
        );
        let rate = SentryPropagator::builder().sample_rate(25.0);
        assert!(rate.build().unwrap_err().source().is_none());
    }

    #[test]
    fn errors_say_which_option_is_wrong() {
        for (builder, message) in [
            (
                SentryPropagator::builder().dsn("nonsense"),
                "dsn: no valid url provided; expected https://<public key>@<host>/<project id>",
            ),
            (
                SentryPropagator::builder().dsn("https://key@sentry.io/"),
                "dsn: empty path; expected https://<public key>@<host>/<project id>",
            ),
            (
                SentryPropagator::builder().sample_rate(25.0),
                "sample_rate: 25 is no rate; expected a number from 0 to 1",
            ),
        ] {
            assert_eq!(builder.build().unwrap_err().to_string(), message);
        }
    }
}
