//! Reading the context from environment variables.

use std::ffi::OsString;
use std::fmt;

use opentelemetry::propagation::Extractor;

use super::name::{is_normalized, normalized};
use super::{BAGGAGE, SENTRY_BAGGAGE};

/// Reads the context that the parent process put into the environment variables of this process.
///
/// The extractor holds a copy of the variables, taken when it is created. A job, a command-line
/// tool or a CI step creates it once, when it starts. Each variable's name is the propagation key
/// normalized by [`env_name`](crate::env_name): `traceparent` is read from `TRACEPARENT`,
/// `x-kontur-trace-id` from `X_KONTUR_TRACE_ID`. Other spellings of a name, such as `traceparent`,
/// are ignored, except on Windows, where names have no case.
///
/// Variables that are not Unicode are skipped. If a name repeats, the first value is used, as
/// `getenv` does.
///
/// # Sentry
///
/// Sentry's SDKs pass on `baggage` in `SENTRY_BAGGAGE` (Sentry's RFC 71). If `BAGGAGE` has no
/// `sentry-` members, those of `SENTRY_BAGGAGE` are added to it. If `BAGGAGE` is missing or empty,
/// the key `baggage` returns `SENTRY_BAGGAGE` unchanged.
///
/// # Examples
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::TraceContextExt;
/// use opentelemetry_carriers::EnvExtractor;
/// use opentelemetry_propagator_kontur::KonturPropagator;
///
/// // In a program: EnvExtractor::from_process(), and the global propagator.
/// let env = EnvExtractor::from_iter([
///     ("X_KONTUR_TRACE_ID", "27bb7faa48294cf49ae6007d70905468"),
///     ("PATH", "/usr/bin"),
/// ]);
/// let cx = KonturPropagator::new().extract(&env);
/// let trace_id = cx.span().span_context().trace_id();
/// assert_eq!(trace_id.to_string(), "27bb7faa48294cf49ae6007d70905468");
/// ```
#[derive(Clone)]
pub struct EnvExtractor {
    /// Sorted by name, so that a lookup needs no normalized copy of its key.
    vars: Vec<(String, String)>,
}

impl EnvExtractor {
    /// Copies the environment variables of this process.
    #[must_use]
    pub fn from_process() -> Self {
        Self::from_iter(std::env::vars_os())
    }

    fn new(vars: impl Iterator<Item = (OsString, OsString)>, names_have_case: bool) -> Self {
        let mut vars: Vec<_> = vars
            .filter_map(|(name, value)| {
                let mut name = name.into_string().ok()?;
                if !names_have_case {
                    name.make_ascii_uppercase();
                }
                let value = is_normalized(&name).then_some(value)?;
                Some((name, value.into_string().ok()?))
            })
            .collect();
        // A stable sort: the first of several equal names stays the first one.
        vars.sort_by(|(one, _), (other, _)| one.cmp(other));
        vars.dedup_by(|(later, _), (first, _)| later == first);
        let mut env = Self { vars };
        env.merge_sentry_baggage();
        env
    }

    fn position(&self, key: &str) -> Result<usize, usize> {
        self.vars
            .binary_search_by(|(name, _)| name.bytes().cmp(normalized(key)))
    }

    /// Merges `SENTRY_BAGGAGE` into `BAGGAGE`, where both `get` and `get_all` find it.
    fn merge_sentry_baggage(&mut self) {
        let Some(sentry) = self.get(SENTRY_BAGGAGE) else {
            return;
        };
        match self.position(BAGGAGE) {
            Ok(at) => {
                let baggage = &self.vars[at].1;
                if sentry_members(baggage).next().is_some() {
                    return;
                }
                let merged = if has_no_members(baggage) {
                    sentry.to_owned()
                } else {
                    let members = std::iter::once(&**baggage).chain(sentry_members(sentry));
                    members.collect::<Vec<_>>().join(",")
                };
                self.vars[at].1 = merged;
            }
            Err(at) => {
                let baggage = (BAGGAGE.to_owned(), sentry.to_owned());
                self.vars.insert(at, baggage);
            }
        }
    }
}

/// Returns the members of Sentry's dynamic sampling context.
fn sentry_members(baggage: &str) -> impl Iterator<Item = &str> {
    let members = baggage.split(',').map(|it| it.trim_matches([' ', '\t']));
    members.filter(|it| it.starts_with("sentry-"))
}

fn has_no_members(value: &str) -> bool {
    value.bytes().all(|it| matches!(it, b' ' | b'\t' | b','))
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for EnvExtractor {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(vars: I) -> Self {
        let vars = vars.into_iter();
        let vars = vars.map(|(name, value)| (name.into(), value.into()));
        Self::new(vars, !cfg!(windows))
    }
}

impl Extractor for EnvExtractor {
    fn get(&self, key: &str) -> Option<&str> {
        self.position(key).ok().map(|at| &*self.vars[at].1)
    }

    fn keys(&self) -> Vec<&str> {
        self.vars.iter().map(|(name, _)| &**name).collect()
    }
}

/// Prints the names only: the values of other variables may be secret.
impl fmt::Debug for EnvExtractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.vars.iter().map(|(name, _)| name);
        f.write_str("EnvExtractor ")?;
        f.debug_set().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(names_have_case: bool, vars: &[(&str, &str)]) -> EnvExtractor {
        let vars = vars.iter().map(|(name, value)| (name.into(), value.into()));
        EnvExtractor::new(vars, names_have_case)
    }

    #[test]
    fn extractor_ignores_lower_case_names() {
        let env = env(true, &[("traceparent", "lower"), ("Baggage", "mixed")]);
        assert_eq!(env.get("traceparent"), None);
        assert_eq!(env.keys(), [""; 0]);
    }

    #[test]
    fn extractor_folds_case_on_windows() {
        let env = env(false, &[("traceparent", "lower"), ("Path", "C:\\")]);
        assert_eq!(env.get("traceparent"), Some("lower"));
        assert_eq!(env.keys(), ["PATH", "TRACEPARENT"]);
    }
}
