//! What is wrong with a list of propagators.

use std::fmt;

/// All that is wrong with a list of propagators, the names that would do, and what to do about it.
///
/// What it quotes of the list is escaped and cut short, so that it is safe to log.
///
/// ```
/// let error = opentelemetry_autoprop::from_list("jaeger,knotur").unwrap_err();
/// println!("{error}");
/// ```
///
/// ```text
/// "jaeger" is deprecated and no maintained crate reads it here, register your own with builder().with("jaeger", …); unknown propagator "knotur", did you mean "kontur"?; known are tracecontext, baggage, kontur, vostok, sentry, none
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Error {
    /// The variable that the list came from.
    pub(crate) variable: Option<String>,
    pub(crate) problems: Vec<Problem>,
    /// How many problems there were beyond those.
    pub(crate) more: usize,
    /// The names that would do.
    pub(crate) known: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Unknown {
        name: Quoted,
        nearest: Option<String>,
    },
    FeatureOff {
        name: &'static str,
        feature: &'static str,
    },
    Deprecated(&'static str),
    RegisteredTwice(Quoted),
    NoName(Quoted),
    NotUnicode,
    /// What is wrong with the builder's default list.
    InDefaultList(Box<Problem>),
}

impl Problem {
    pub(crate) fn in_default_list(self) -> Self {
        Problem::InDefaultList(Box::new(self))
    }

    /// Whether it is for the programmer to mend, and not for who set the variable.
    fn is_of_builder(&self) -> bool {
        match self {
            Problem::Unknown { .. }
            | Problem::FeatureOff { .. }
            | Problem::Deprecated(_)
            | Problem::NotUnicode => false,
            Problem::RegisteredTwice(_) | Problem::NoName(_) | Problem::InDefaultList(_) => true,
        }
    }
}

/// Up to 32 characters of a name, escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quoted(String);

impl Quoted {
    const MAX_CHARS: usize = 32;

    pub(crate) fn new(name: &str) -> Self {
        let mut chars = name.chars();
        let start: String = chars.by_ref().take(Self::MAX_CHARS).collect();
        let ellipsis = if chars.next().is_some() { "…" } else { "" };
        Quoted(format!("\"{}{ellipsis}\"", start.escape_default()))
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error {
    /// More problems than these are only counted.
    const MAX_PROBLEMS: usize = 8;

    pub(crate) fn push(&mut self, problem: Problem) {
        if self.problems.len() < Self::MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unknown { name, nearest } => {
                write!(f, "unknown propagator {name}")?;
                match nearest {
                    Some(nearest) => write!(f, ", did you mean {nearest:?}?"),
                    None => Ok(()),
                }
            }
            Problem::FeatureOff { name, feature } => write!(
                f,
                "{name:?} needs the cargo feature {feature:?} of opentelemetry-autoprop"
            ),
            Problem::Deprecated(name) => write!(
                f,
                "{name:?} is deprecated and no maintained crate reads it here, \
                 register your own with builder().with({name:?}, …)"
            ),
            Problem::RegisteredTwice(name) => {
                write!(f, "{name} is registered twice with builder().with(…)")
            }
            Problem::NoName(name) => write!(
                f,
                "{name} can't be registered, a name is not empty, not \"none\", and has no comma"
            ),
            Problem::NotUnicode => write!(f, "the value is not UTF-8"),
            Problem::InDefaultList(problem) => write!(f, "builder().default_list(…): {problem}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (builder, list): (Vec<_>, Vec<_>) = self
            .problems
            .iter()
            .partition(|problem| problem.is_of_builder());
        if let (Some(variable), false) = (&self.variable, list.is_empty()) {
            write!(f, "{variable}: ")?;
        }
        for problem in list.into_iter().chain(builder) {
            write!(f, "{problem}; ")?;
        }
        if self.more > 0 {
            write!(f, "and {} more; ", self.more)?;
        }
        write!(f, "known are {}", self.known.join(", "))
    }
}

impl std::error::Error for Error {}
