//! Builds a propagator from lists of names.

use std::collections::HashSet;
use std::env::{self, VarError};
use std::sync::Arc;

use opentelemetry_propagator_core::Format;

use crate::env_lookup::EnvLookup;
use crate::error::{Place, Problem, Problems, Quoted};
use crate::list::{List, Listed};
use crate::propagator::Propagator;
use crate::registry;
use crate::trust::{Policy, Trust};
use crate::{
    OTEL_PROPAGATORS, OTEL_RUST_PROPAGATORS_EXTRACT, OTEL_RUST_PROPAGATORS_INJECT,
    OTEL_RUST_PROPAGATORS_TRUST,
};

/// The usable names of a list, in their order.
type Names = Vec<String>;

type OwnedEnvLookup = Arc<dyn Fn(&str) -> Result<String, VarError> + Send + Sync>;

/// The options from which a propagator is built. All names in them are normalized.
pub(crate) struct Options {
    pub(crate) registered: Vec<(String, Box<dyn Format>)>,
    pub(crate) default_list: String,
    pub(crate) variable: String,
    pub(crate) lookup: OwnedEnvLookup,
    pub(crate) extract_only: Vec<String>,
    pub(crate) inject_only: Vec<String>,
    pub(crate) appended: Vec<String>,
    pub(crate) policy: Policy,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            registered: Vec::new(),
            default_list: registry::DEFAULT.to_owned(),
            variable: OTEL_PROPAGATORS.to_owned(),
            lookup: Arc::new(|variable| env::var(variable)),
            extract_only: Vec::new(),
            inject_only: Vec::new(),
            appended: Vec::new(),
            policy: Policy::default(),
        }
    }
}

impl Options {
    /// Builds the propagator that the variables name. Also returns all problems.
    pub(crate) fn resolve_env(mut self) -> (Propagator, Problems) {
        let mut problems = self.check();
        let mut of_directions = problems.without_problems();
        let extract = self.variable_names(OTEL_RUST_PROPAGATORS_EXTRACT, &mut of_directions);
        let inject = self.variable_names(OTEL_RUST_PROPAGATORS_INJECT, &mut of_directions);
        let (extract, inject) = match (extract, inject) {
            (Some(extract), Some(inject)) => (extract, inject),
            (extract, inject) => {
                let names = self
                    .variable_names(&self.variable, &mut problems)
                    .unwrap_or_else(|| self.default_names(&mut problems));
                (
                    extract.unwrap_or_else(|| without(&names, &self.inject_only)),
                    inject.unwrap_or_else(|| without(&names, &self.extract_only)),
                )
            }
        };
        problems.append(of_directions);
        self.limit_trust(&mut problems);
        self.mention_config_file(&mut problems);
        (self.build(extract, inject), problems)
    }

    /// Applies the variable for the trust in requests.
    fn limit_trust(&mut self, problems: &mut Problems) {
        let place = Place::Variable(OTEL_RUST_PROPAGATORS_TRUST.to_owned());
        match (self.lookup)(OTEL_RUST_PROPAGATORS_TRUST) {
            Ok(word) if word.trim().is_empty() => {}
            Ok(word) => match Trust::parse(&word) {
                Some(trust) => self.policy.limit(trust),
                None => problems.push(&place, Problem::InvalidTrust(Quoted::new(word.trim()))),
            },
            Err(VarError::NotPresent) => {}
            Err(VarError::NotUnicode(_)) => problems.push(&place, Problem::NotUnicode),
        }
    }

    /// Records that a configuration file, which the SDK for Rust does not read, has no effect here.
    fn mention_config_file(&self, problems: &mut Problems) {
        for variable in ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"] {
            if self.has_variable(variable) {
                let place = Place::Variable(variable.to_owned());
                return problems.push(&place, Problem::ConfigFile);
            }
        }
    }

    /// Whether a variable is set and not empty.
    pub(crate) fn has_variable(&self, variable: &str) -> bool {
        (self.lookup)(variable).is_ok_and(|value| !value.trim().is_empty())
    }

    /// Builds the propagator of a configuration file. Also returns all problems.
    pub(crate) fn resolve_config(
        mut self,
        composite: Names,
        list: Option<&str>,
    ) -> (Propagator, Problems) {
        let mut problems = self.check();
        let mut lists = composite;
        lists.extend(list.map(str::to_owned));
        let names = usable_names(&lists.join(","), &Place::List, &mut problems).unwrap_or_default();
        let extract = without(&names, &self.inject_only);
        let inject = without(&names, &self.extract_only);
        (self.build(extract, inject), problems)
    }

    /// Builds the propagator that a list names. Also returns all problems.
    pub(crate) fn resolve_list(mut self, list: &str) -> (Propagator, Problems) {
        let mut problems = self.check();
        let names = usable_names(list, &Place::List, &mut problems)
            .unwrap_or_else(|| self.default_names(&mut problems));
        let extract = without(&names, &self.inject_only);
        let inject = without(&names, &self.extract_only);
        (self.build(extract, inject), problems)
    }

    /// Returns the usable names of a variable, or `None` if it is unset or has none.
    fn variable_names(&self, variable: &str, problems: &mut Problems) -> Option<Names> {
        let place = Place::Variable(variable.to_owned());
        match (self.lookup)(variable) {
            Ok(list) => usable_names(&list, &place, problems),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(_)) => {
                problems.push(&place, Problem::NotUnicode);
                None
            }
        }
    }

    /// Returns the usable names of the default list. If it has none, returns the default of
    /// OpenTelemetry's specification.
    fn default_names(&self, problems: &mut Problems) -> Names {
        let place = Place::Builder("default_list");
        usable_names(&self.default_list, &place, problems)
            .or_else(|| usable_names(registry::DEFAULT, &place, problems))
            .expect("the names of the specification's default are known")
    }

    /// Removes invalid registrations. Returns the problems of the options, with
    /// the known names.
    fn check(&mut self) -> Problems {
        let mut problems = Problems::default();
        let mut usable: Vec<(String, Box<dyn Format>)> = Vec::new();
        for (name, propagator) in std::mem::take(&mut self.registered) {
            if name.is_empty() || name == registry::NONE || name.contains(',') {
                problems.push(
                    &Place::Registration,
                    Problem::InvalidName(Quoted::new(&name)),
                );
            } else if usable.iter().any(|(known, _)| *known == name) {
                problems.push(
                    &Place::Registration,
                    Problem::RegisteredTwice(Quoted::new(&name)),
                );
            } else {
                usable.push((name, propagator));
            }
        }
        self.registered = usable;
        problems.known = self.known();
        let appended = std::mem::take(&mut self.appended);
        let place = Place::Builder("append");
        let is_usable = |name: &String| check_name(name, &place, &mut problems);
        self.appended = appended.into_iter().filter(is_usable).collect();
        for (method, names) in [
            ("extract_only", &self.extract_only),
            ("inject_only", &self.inject_only),
        ] {
            for name in names {
                check_name(name, &Place::Builder(method), &mut problems);
            }
        }
        for name in &self.extract_only {
            if self.inject_only.contains(name) {
                let problem = Problem::NoDirection(Quoted::new(name));
                problems.push(&Place::Builder("extract_only"), problem);
            }
        }
        problems
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

    /// Adds the appended names to a list, unless it is `none`.
    fn append_to(&self, names: &mut Names, excluded: &[String]) {
        if names.is_empty() {
            return;
        }
        for name in without(&self.appended, excluded) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }

    /// Creates the propagators of both directions. A name in both of them shares one propagator.
    fn build(mut self, mut extract: Names, mut inject: Names) -> Propagator {
        self.append_to(&mut extract, &self.inject_only);
        self.append_to(&mut inject, &self.extract_only);
        let extracting = extract.len();
        let mut all: Vec<_> = extract.into_iter().map(|name| self.listed(name)).collect();
        let index = |name: String| {
            let known = all.iter().position(|listed| listed.name == name);
            known.unwrap_or_else(|| {
                all.push(self.listed(name));
                all.len() - 1
            })
        };
        let injecting = inject.into_iter().map(index).collect();
        let list = List {
            all,
            extracting,
            injecting,
        };
        Propagator::new(list, self.policy)
    }

    /// Creates the propagator of a usable name.
    fn listed(&mut self, name: String) -> Listed {
        let registered = self.registered.iter().position(|(known, _)| *known == name);
        let format = match registered {
            Some(at) => self.registered.swap_remove(at).1,
            None => {
                let lookup = Arc::clone(&self.lookup);
                let env: EnvLookup = Arc::new(move |variable| lookup(variable).ok());
                registry::build(&name, &env).expect("the name is usable")
            }
        };
        Listed { name, format }
    }
}

/// Returns the distinct usable names of a list, or `None` if there are none. Records a problem for
/// every other name.
fn usable_names(list: &str, place: &Place, problems: &mut Problems) -> Option<Names> {
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    for written in list.split(',').map(str::trim) {
        let name = normalize_name(written);
        let is_new = !name.is_empty() && seen.insert(name.clone());
        if is_new && check_name(written, place, problems) {
            names.push(name);
        }
    }
    if names.iter().any(|name| name == registry::NONE) {
        return Some(Vec::new());
    }
    for (name, by) in registry::SUPERSEDED {
        let at = names.iter().position(|other| other == name);
        if let (Some(at), true) = (at, names.iter().any(|other| other == by)) {
            names.remove(at);
            problems.push(place, Problem::Superseded { name, by });
        }
    }
    (!names.is_empty()).then_some(names)
}

/// Whether a name is known and its feature is enabled. Records a problem otherwise, which quotes the
/// name as it is written.
fn check_name(written: &str, place: &Place, problems: &mut Problems) -> bool {
    let name = normalize_name(written);
    let is_known = problems.known.contains(&name);
    if !is_known {
        problems.push_with(place, |known| registry::problem(written, &name, known));
    }
    is_known
}

fn without(names: &[String], excluded: &[String]) -> Names {
    let names = names.iter().filter(|name| !excluded.contains(name));
    names.cloned().collect()
}

/// Trims a name and converts it to lower case, so that names can be compared.
pub(crate) fn normalize_name(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}
