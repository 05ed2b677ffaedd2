//! From a list of names to a propagator.

use std::collections::HashSet;
use std::env::{self, VarError};
use std::fmt;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::{global, otel_warn};

use crate::error::{Error, Problem, Quoted};
use crate::known::{self, BoxedPropagator};
use crate::propagator::{Member, Propagator};
use crate::OTEL_PROPAGATORS;

type OwnedLookUp = Box<dyn Fn(&str) -> Result<String, VarError> + Send + Sync>;

/// Makes a [`Propagator`] of a list of names, with propagators of one's own among them.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry_sdk::propagation::TraceContextPropagator;
///
/// let propagator = opentelemetry_autoprop::builder()
///     .with("ours", TraceContextPropagator::new())
///     .default_list("ours,baggage")
///     .lookup(|_variable| None)
///     .from_env();
/// assert!(propagator.names().eq(["ours", "baggage"]));
/// assert!(propagator.fields().eq(["traceparent", "tracestate", "baggage"]));
/// ```
#[must_use = "a builder does nothing until from_env(), from_list() or init() is called"]
pub struct Builder {
    registered: Vec<(String, BoxedPropagator)>,
    default_list: String,
    variable: String,
    lookup: OwnedLookUp,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Builder {
            registered: Vec::new(),
            default_list: known::DEFAULT.to_owned(),
            variable: OTEL_PROPAGATORS.to_owned(),
            lookup: Box::new(|variable| env::var(variable)),
        }
    }

    /// Registers a propagator under a name, in place of ours where it is one of ours.
    ///
    /// The list decides whether it is used. A name registered twice is an error of
    /// [`from_list`](Self::from_list) and [`try_from_env`](Self::try_from_env), and a warning of
    /// [`from_env`](Self::from_env), where the first one counts.
    pub fn with(
        mut self,
        name: impl AsRef<str>,
        propagator: impl TextMapPropagator + Send + Sync + 'static,
    ) -> Self {
        self.registered
            .push((normal(name.as_ref()), Box::new(propagator)));
        self
    }

    /// The list that counts where the variable is unset or empty, or names nothing that is known;
    /// `tracecontext,baggage` if not given.
    pub fn default_list(mut self, list: impl Into<String>) -> Self {
        self.default_list = list.into();
        self
    }

    /// The variable to read; [`OTEL_PROPAGATORS`] if not given.
    pub fn variable(mut self, name: impl Into<String>) -> Self {
        self.variable = name.into();
        self
    }

    /// A function that looks up variables instead of the process's environment, those of Sentry
    /// included.
    pub fn lookup(
        mut self,
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.lookup = Box::new(move |variable| lookup(variable).ok_or(VarError::NotPresent));
        self
    }

    /// The propagator that the variable names; what is wrong with it, or with what was given to
    /// the builder, is a warning.
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

    /// The propagator that the variable names.
    ///
    /// # Errors
    ///
    /// All that is wrong with the variable, with the default list where that counts, or with what
    /// was registered.
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

    /// The propagator that this list names, written as in the variable.
    ///
    /// # Errors
    ///
    /// All that is wrong with the list, with the default list where that counts, or with what was
    /// registered.
    pub fn from_list(self, list: &str) -> Result<Propagator, Error> {
        let (propagator, error) = self.resolve(list);
        if error.is_empty() {
            Ok(propagator)
        } else {
            Err(error)
        }
    }

    /// Installs what [`from_env`](Self::from_env) gives as the global propagator, and returns it.
    pub fn init(self) -> Propagator {
        let propagator = self.from_env();
        global::set_text_map_propagator(propagator.clone());
        propagator
    }

    /// The variable's value, empty where there is none.
    fn list(&self) -> (String, Option<Problem>) {
        match (self.lookup)(&self.variable) {
            Ok(list) => (list, None),
            Err(VarError::NotPresent) => (String::new(), None),
            Err(VarError::NotUnicode(_)) => (String::new(), Some(Problem::NotUnicode)),
        }
    }

    /// What is left of a list, or else of the default, and all that was wrong with it.
    fn resolve(mut self, list: &str) -> (Propagator, Error) {
        let mut error = Error::default();
        self.check_registered(&mut error);
        error.known = self.known();
        let default_list = std::mem::take(&mut self.default_list);
        let as_it_is: fn(Problem) -> Problem = |problem| problem;
        for (list, placed) in [
            (list, as_it_is),
            (&default_list, Problem::in_default_list),
            (known::DEFAULT, as_it_is),
        ] {
            match self.members(list, &mut error, placed) {
                Some(members) => return (Propagator::new(members), error),
                None => continue,
            }
        }
        unreachable!("the names of the default are known");
    }

    /// The propagators of a list; `None` when it names none that is known. `placed` says of a
    /// problem which list it is in.
    fn members(
        &mut self,
        list: &str,
        error: &mut Error,
        placed: fn(Problem) -> Problem,
    ) -> Option<Vec<Member>> {
        let mut seen = HashSet::new();
        let names: Vec<String> = list
            .split(',')
            .map(normal)
            .filter(|name| !name.is_empty() && seen.insert(name.clone()))
            .collect();
        let known = error.known.clone();
        let is_none = names.iter().any(|name| name == known::NONE);
        let members: Vec<_> = names
            .into_iter()
            .filter(|name| name != known::NONE)
            .filter_map(|name| match self.member(name, &known) {
                Ok(member) => Some(member),
                Err(problem) => {
                    error.push(placed(problem));
                    None
                }
            })
            .collect();
        if is_none {
            return Some(Vec::new());
        }
        (!members.is_empty()).then_some(members)
    }

    fn member(&mut self, name: String, known: &[String]) -> Result<Member, Problem> {
        if let Some(at) = self.registered.iter().position(|(known, _)| *known == name) {
            let (name, propagator) = self.registered.swap_remove(at);
            return Ok(Member::new(name, propagator, true));
        }
        let env = |variable: &str| (self.lookup)(variable).ok();
        match known::build(&name, &env) {
            Some(propagator) => Ok(Member::new(name, propagator, false)),
            None => Err(known::problem(&name, known.iter().map(String::as_str))),
        }
    }

    /// Leaves of what was registered what can be used.
    fn check_registered(&mut self, error: &mut Error) {
        let mut usable: Vec<(String, BoxedPropagator)> = Vec::new();
        for (name, propagator) in std::mem::take(&mut self.registered) {
            if name.is_empty() || name == known::NONE || name.contains(',') {
                error.push(Problem::NoName(Quoted::new(&name)));
            } else if usable.iter().any(|(known, _)| *known == name) {
                error.push(Problem::RegisteredTwice(Quoted::new(&name)));
            } else {
                usable.push((name, propagator));
            }
        }
        self.registered = usable;
    }

    /// The names that would do.
    fn known(&self) -> Vec<String> {
        let mut names: Vec<_> = known::buildable().map(str::to_owned).collect();
        for (name, _) in &self.registered {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names.push(known::NONE.to_owned());
        names
    }
}

/// A name as it is compared: without blanks around it, in lower case.
fn normal(name: &str) -> String {
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
