//! From a list of names to a propagator.

use std::collections::HashSet;
use std::env::{self, VarError};
use std::fmt;

use opentelemetry::otel_warn;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_propagator_core::Format;

use crate::error::{Error, Problem, Quoted};
use crate::foreign::AnyPropagator;
use crate::propagator::{NamedPropagator, Propagator};
use crate::registry;
use crate::OTEL_PROPAGATORS;

type OwnedEnvLookup = Box<dyn Fn(&str) -> Result<String, VarError> + Send + Sync>;

/// Builds a [`Propagator`] from a list of names.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry_sdk::propagation::TraceContextPropagator;
///
/// let propagator = opentelemetry_autoprop::builder()
///     .register("ours", TraceContextPropagator::new())
///     .default_list("ours,baggage")
///     .lookup(|_variable| None)
///     .from_env();
/// assert!(propagator.names().eq(["ours", "baggage"]));
/// assert!(propagator.fields().eq(["traceparent", "tracestate", "baggage"]));
/// ```
#[must_use = "a builder does nothing until from_env(), try_from_env() or from_list() is called"]
pub struct Builder {
    registered: Vec<(String, AnyPropagator)>,
    default_list: String,
    variable: String,
    lookup: OwnedEnvLookup,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Builder {
            registered: Vec::new(),
            default_list: registry::DEFAULT.to_owned(),
            variable: OTEL_PROPAGATORS.to_owned(),
            lookup: Box::new(|variable| env::var(variable)),
        }
    }

    /// Registers a propagator under a name, overriding the built-in propagator of that name.
    ///
    /// It is used if the list contains the name. A propagator of this family keeps its place in the
    /// merging rule. The span context of any other one counts as stating every fact, unless it
    /// implements [`Format`] and is passed to [`with_format`](Self::with_format).
    ///
    /// If a name is registered twice, [`from_list`](Self::from_list) and
    /// [`try_from_env`](Self::try_from_env) return an error. [`from_env`](Self::from_env) logs a
    /// warning and uses the first one.
    pub fn register(
        mut self,
        name: impl AsRef<str>,
        propagator: impl TextMapPropagator + Send + Sync + 'static,
    ) -> Self {
        self.registered
            .push((normalize_name(name.as_ref()), registry::wrap(propagator)));
        self
    }

    /// Uses a configured format instead of the built-in one of the same name.
    ///
    /// Unlike a propagator that is [registered](Self::register), it keeps its place in the merging
    /// rule: what its headers leave open, another format may state.
    ///
    /// ```
    /// # #[cfg(feature = "kontur")] {
    /// use opentelemetry_propagator_kontur::KonturPropagator;
    ///
    /// let kontur = KonturPropagator::builder().sample_when_undecided(false).build();
    /// let propagator = opentelemetry_autoprop::builder()
    ///     .with_format(kontur)
    ///     .from_list("tracecontext,kontur");
    /// # }
    /// ```
    pub fn with_format(mut self, format: impl Format + 'static) -> Self {
        let name = normalize_name(format.name());
        self.registered
            .push((name, AnyPropagator::Format(Box::new(format))));
        self
    }

    /// Sets the list that applies if the variable is unset or empty, or contains no known name. The
    /// default is `tracecontext,baggage`.
    pub fn default_list(mut self, list: impl Into<String>) -> Self {
        self.default_list = list.into();
        self
    }

    /// Sets the variable to read. The default is [`OTEL_PROPAGATORS`].
    pub fn variable(mut self, name: impl Into<String>) -> Self {
        self.variable = name.into();
        self
    }

    /// Sets a function that looks up variables, instead of the environment of the process. It is
    /// used for Sentry's variables as well.
    pub fn lookup(
        mut self,
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.lookup = Box::new(move |variable| lookup(variable).ok_or(VarError::NotPresent));
        self
    }

    /// Builds the propagator that the variable names.
    ///
    /// Logs problems of the variable or the builder as one warning, and uses the names that are
    /// left.
    pub fn from_env(self) -> Propagator {
        let variable = self.variable.clone();
        let (list, problem) = self.list();
        let (propagator, mut error) = self.resolve(&list);
        if let Some(problem) = problem {
            error.push(problem);
        }
        if !error.is_empty() && cfg!(feature = "internal-logs") {
            error.variable = Some(variable);
            otel_warn!(name: "Autoprop.NamesIgnored", message = error.to_string());
        }
        propagator
    }

    /// Builds the propagator that the variable names.
    ///
    /// # Errors
    ///
    /// The variable, the default list if it applies, or a registration is invalid. The error lists
    /// all problems.
    pub fn try_from_env(self) -> Result<Propagator, Error> {
        let variable = self.variable.clone();
        let (list, problem) = self.list();
        let (propagator, mut error) = self.resolve(&list);
        if let Some(problem) = problem {
            error.push(problem);
        }
        error.variable = Some(variable);
        if error.is_empty() {
            Ok(propagator)
        } else {
            Err(error)
        }
    }

    /// Builds the propagator that a list names. Its syntax is that of the variable.
    ///
    /// # Errors
    ///
    /// The list, the default list if it applies, or a registration is invalid. The error lists all
    /// problems.
    pub fn from_list(self, list: &str) -> Result<Propagator, Error> {
        let (propagator, error) = self.resolve(list);
        if error.is_empty() {
            Ok(propagator)
        } else {
            Err(error)
        }
    }

    /// Returns the value of the variable, which is empty if it is unset.
    fn list(&self) -> (String, Option<Problem>) {
        match (self.lookup)(&self.variable) {
            Ok(list) => (list, None),
            Err(VarError::NotPresent) => (String::new(), None),
            Err(VarError::NotUnicode(_)) => (String::new(), Some(Problem::NotUnicode)),
        }
    }

    /// Builds the propagator from the valid names of a list, or else of the default list. Returns
    /// all problems as well.
    fn resolve(mut self, list: &str) -> (Propagator, Error) {
        let mut error = Error::default();
        self.check_registered(&mut error);
        error.known = self.known();
        let default_list = std::mem::take(&mut self.default_list);
        let as_it_is: fn(Problem) -> Problem = |problem| problem;
        for (list, placed) in [
            (list, as_it_is),
            (&default_list, Problem::in_default_list),
            (registry::DEFAULT, as_it_is),
        ] {
            match self.members(list, &mut error, placed) {
                Some(members) => return (Propagator::new(members), error),
                None => continue,
            }
        }
        unreachable!("the names of the default are known");
    }

    /// Creates the propagators of a list. Returns `None` if it contains no known name. `placed` adds
    /// to a problem which list it is in.
    fn members(
        &mut self,
        list: &str,
        error: &mut Error,
        placed: fn(Problem) -> Problem,
    ) -> Option<Vec<NamedPropagator>> {
        let mut seen = HashSet::new();
        let names: Vec<String> = list
            .split(',')
            .map(normalize_name)
            .filter(|name| !name.is_empty() && seen.insert(name.clone()))
            .collect();
        let is_none = names.iter().any(|name| name == registry::NONE);
        let members: Vec<_> = names
            .into_iter()
            .filter(|name| name != registry::NONE)
            .filter_map(|name| match self.member(name) {
                Ok(member) => Some(member),
                Err(name) => {
                    error.push_with(|known| placed(registry::problem(&name, known)));
                    None
                }
            })
            .collect();
        if is_none {
            return Some(Vec::new());
        }
        (!members.is_empty()).then_some(members)
    }

    /// Creates the propagator of a name. Returns the name if there is none.
    fn member(&mut self, name: String) -> Result<NamedPropagator, String> {
        let registered = self.registered.iter().position(|(known, _)| *known == name);
        let propagator = match registered {
            Some(at) => self.registered.swap_remove(at).1,
            None => {
                let env = |variable: &str| (self.lookup)(variable).ok();
                match registry::build(&name, &env) {
                    Some(propagator) => propagator,
                    None => return Err(name),
                }
            }
        };
        Ok(NamedPropagator {
            baggage_prefix: registry::baggage_prefix(&name),
            is_registered: registered.is_some(),
            propagator,
            name,
        })
    }

    /// Removes invalid registrations and records a problem for each.
    fn check_registered(&mut self, error: &mut Error) {
        let mut usable: Vec<(String, AnyPropagator)> = Vec::new();
        for (name, propagator) in std::mem::take(&mut self.registered) {
            if name.is_empty() || name == registry::NONE || name.contains(',') {
                error.push(Problem::InvalidName(Quoted::new(&name)));
            } else if usable.iter().any(|(known, _)| *known == name) {
                error.push(Problem::RegisteredTwice(Quoted::new(&name)));
            } else {
                usable.push((name, propagator));
            }
        }
        self.registered = usable;
    }

    /// Returns the names that a list may contain.
    fn known(&self) -> Vec<String> {
        let mut names: Vec<_> = registry::enabled_names().map(str::to_owned).collect();
        for (name, _) in &self.registered {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names.push(registry::NONE.to_owned());
        names
    }
}

/// Returns a name in the form in which names are compared: trimmed, in lower case.
fn normalize_name(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let registered: Vec<_> = self.registered.iter().map(|(name, _)| name).collect();
        f.debug_struct("Builder")
            .field("registered", &registered)
            .field("default_list", &self.default_list)
            .field("variable", &self.variable)
            .finish_non_exhaustive()
    }
}
