//! The error for an invalid list of propagators.

use std::fmt;

/// The error for invalid lists of propagators. It contains all problems and the known names.
///
/// Names in the message are escaped and shortened, so that it is safe to log. `Debug` prints the
/// same message, because a `main` that returns a `Result` prints errors with `Debug`.
///
/// ```
/// let error = opentelemetry_autoprop::from_list("tracecontext,knotur").unwrap_err();
/// println!("{error}");
/// assert!(error.unknown_names().eq(["knotur"]));
/// ```
///
/// ```text
/// unknown propagator "knotur"; did you mean "kontur"? known names: tracecontext, baggage, kontur, vostok, sentry, b3, b3multi, xray, xray-lambda, jaeger, ottrace, none
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Problems);

/// The problems that were found so far, of which there may be none.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Problems {
    pub(crate) problems: Vec<(Place, Problem)>,
    /// The number of further problems.
    pub(crate) more: usize,
    /// The names that a list may contain.
    pub(crate) known: Vec<String>,
}

/// Where a problem was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the list that the caller passed.
    List,
    /// In the variable of this name.
    Variable(String),
    /// In the arguments of a method of the builder.
    Builder(&'static str),
    /// In a registration, which the problem mentions itself.
    Registration,
}

impl Place {
    /// Whether the programmer must fix the problem, rather than the operator.
    fn is_from_builder(&self) -> bool {
        matches!(self, Place::Builder(_) | Place::Registration)
    }

    /// Writes the prefix of the problems of this place.
    fn write_prefix(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Variable(variable) => write!(f, "{variable}: "),
            Place::Builder(method) => write!(f, "builder().{method}(…): "),
            Place::List | Place::Registration => Ok(()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Unknown {
        name: Quoted,
        hint: Option<Hint>,
    },
    FeatureOff {
        name: &'static str,
        feature: &'static str,
    },
    /// The list also contains another name for the same header.
    Superseded {
        name: &'static str,
        by: &'static str,
    },
    RegisteredTwice(Quoted),
    InvalidName(Quoted),
    NotUnicode,
    InvalidTrust(Quoted),
    /// A variable names a configuration file, which is not read.
    ConfigFile,
    /// The builder limits the name to both directions, so that it is used in neither.
    NoDirection(Quoted),
}

/// The most likely correction of an unknown name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    /// A name that is spelled similarly.
    Closest(String),
    /// The format of a header, or the format that another word refers to.
    Header(&'static str),
    /// Names with another separator than commas. Contains the corrected list if all of them are
    /// known.
    Separator(Option<String>),
    /// A known name with quotes, brackets or a comment.
    OnlyTheName(String),
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hint::Closest(name) => write!(f, "did you mean {name:?}?"),
            Hint::Header(name) => write!(f, "the name of its format is {name:?}"),
            Hint::Separator(None) => write!(f, "separate names with commas"),
            Hint::Separator(Some(list)) => write!(f, "separate names with commas: {list}"),
            Hint::OnlyTheName(name) => write!(f, "write only the name: {name}"),
        }
    }
}

impl Problem {
    fn unknown_name(&self) -> Option<&str> {
        match self {
            Problem::Unknown { name, .. } => Some(&name.0),
            _ => None,
        }
    }
}

/// A name, displayed in quotes, escaped, and truncated to 32 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quoted(String);

impl Quoted {
    const MAX_CHARS: usize = 32;

    pub(crate) fn new(name: &str) -> Self {
        // One extra character marks the name as truncated.
        Quoted(name.chars().take(Self::MAX_CHARS + 1).collect())
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        let start: String = chars.by_ref().take(Self::MAX_CHARS).collect();
        let ellipsis = if chars.next().is_some() { "…" } else { "" };
        write!(f, "\"{}{ellipsis}\"", start.escape_default())
    }
}

impl Problems {
    /// The number of problems that are kept. Further ones are only counted.
    const MAX: usize = 8;

    pub(crate) fn push(&mut self, place: &Place, problem: Problem) {
        self.push_with(place, |_known| problem);
    }

    /// Adds the problem that `problem` returns, given the known names. It is not called for
    /// problems that are only counted, because finding the closest name is slow.
    pub(crate) fn push_with(&mut self, place: &Place, problem: impl FnOnce(&[String]) -> Problem) {
        if self.problems.len() < Self::MAX {
            let problem = problem(&self.known);
            self.problems.push((place.clone(), problem));
        } else {
            self.more += 1;
        }
    }

    /// Adds other problems.
    pub(crate) fn append(&mut self, other: Problems) {
        for (place, problem) in other.problems {
            self.push(&place, problem);
        }
        self.more += other.more;
    }

    /// Returns an empty list with the same known names.
    pub(crate) fn without_problems(&self) -> Self {
        Problems {
            known: self.known.clone(),
            ..Problems::default()
        }
    }

    /// Returns the error with all problems, or `None` if there are none.
    pub(crate) fn into_error(self) -> Option<Error> {
        (!self.problems.is_empty()).then_some(Error(self))
    }
}

impl Error {
    /// Returns the unknown names as they are written, truncated to 33 characters. An error contains
    /// at most eight problems.
    pub fn unknown_names(&self) -> impl Iterator<Item = &str> {
        let problems = self.0.problems.iter();
        problems.filter_map(|(_, problem)| problem.unknown_name())
    }

    /// Returns the known names, including those that the application registered.
    pub fn known_names(&self) -> impl Iterator<Item = &str> {
        self.0.known.iter().map(String::as_str)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unknown { name, hint } => {
                write!(f, "unknown propagator {name}")?;
                match hint {
                    Some(hint) => write!(f, "; {hint}"),
                    None => Ok(()),
                }
            }
            Problem::FeatureOff { name, feature } => write!(
                f,
                "{name:?} needs the cargo feature {feature:?} of opentelemetry-autoprop"
            ),
            Problem::Superseded { name, by } => write!(
                f,
                "{name:?} is ignored because {by:?} reads the same header: remove one of them"
            ),
            Problem::RegisteredTwice(name) => {
                write!(f, "{name} is registered twice with the builder")
            }
            Problem::InvalidName(name) => write!(
                f,
                "{name} cannot be registered: names must not be empty, be \"none\", or contain a comma"
            ),
            Problem::NotUnicode => write!(f, "the value is not UTF-8"),
            Problem::InvalidTrust(word) => write!(
                f,
                "invalid value {word}: expected \"continue\", \"restart\" or \"ignore\""
            ),
            Problem::ConfigFile => write!(
                f,
                "the configuration file is not read, and OTEL_PROPAGATORS applies: \
                 pass its node \"propagator\" to builder().from_config(…)"
            ),
            Problem::NoDirection(name) => write!(
                f,
                "{name} is also passed to inject_only(…), so it is used in neither direction"
            ),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problems {
            problems,
            more,
            known,
        } = &self.0;
        let (builder, operator): (Vec<_>, Vec<_>) = problems
            .iter()
            .partition(|(place, _)| place.is_from_builder());
        let mut last_place = &Place::List;
        for (place, problem) in operator.into_iter().chain(builder) {
            if place != last_place {
                place.write_prefix(f)?;
                last_place = place;
            }
            let problem = problem.to_string();
            let separator = if problem.ends_with('?') { " " } else { "; " };
            write!(f, "{problem}{separator}")?;
        }
        if *more > 0 {
            write!(f, "and {more} more; ")?;
        }
        write!(f, "known names: {}", known.join(", "))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
