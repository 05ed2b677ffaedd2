//! The builder, which collects the options of a propagator.

use std::env::VarError;
use std::fmt;
use std::sync::Arc;

use opentelemetry::propagation::Extractor;
use opentelemetry::Context;
use opentelemetry_propagator_core::Format;

use crate::error::Error;
use crate::propagator::Propagator;
use crate::report::{hint, report};
use crate::resolve::{normalize_name, Options};
use crate::trust::Trust;

/// Builds a [`Propagator`] from a list of names.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry_autoprop::Foreign;
/// use opentelemetry_sdk::propagation::TraceContextPropagator;
///
/// let propagator = opentelemetry_autoprop::builder()
///     .register("ours", Foreign::new(TraceContextPropagator::new()))
///     .default_list("ours,baggage")
///     .lookup(|_variable| None)
///     .from_env();
/// assert!(propagator.names().eq(["ours", "baggage"]));
/// assert!(propagator.fields().eq(["traceparent", "tracestate", "baggage"]));
/// ```
#[must_use = "a builder does nothing until from_env(), try_from_env() or from_list() is called"]
pub struct Builder {
    options: Options,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Builder {
            options: Options::default(),
        }
    }

    /// Registers a format under a name, overriding the built-in format of that name. It is used if
    /// the list contains the name.
    ///
    /// A propagator that is not a [`Format`] is registered as [`Foreign`](crate::Foreign).
    ///
    /// If a name is registered twice, [`from_list`](Self::from_list) and
    /// [`try_from_env`](Self::try_from_env) return an error. [`from_env`](Self::from_env) reports
    /// the error and uses the first registration.
    pub fn register(mut self, name: impl AsRef<str>, format: impl Format + 'static) -> Self {
        let name = normalize_name(name.as_ref());
        self.options.registered.push((name, Box::new(format)));
        self
    }

    /// Registers a format under its own [name](Format::name). Use it to configure a built-in format.
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
    pub fn with_format(self, format: impl Format + 'static) -> Self {
        self.register(format.name(), format)
    }

    /// Sets the list that applies if the variable is unset or empty, or contains no known name. The
    /// default is `tracecontext,baggage`.
    pub fn default_list(mut self, list: impl Into<String>) -> Self {
        self.options.default_list = list.into();
        self
    }

    /// Sets the variable to read. The default is [`OTEL_PROPAGATORS`](crate::OTEL_PROPAGATORS). The
    /// variables of the two directions keep their names.
    pub fn variable(mut self, name: impl Into<String>) -> Self {
        self.options.variable = name.into();
        self
    }

    /// Limits propagators to extraction: their headers are read but not written.
    ///
    /// It applies to names that the list contains, and has no effect on other names. If
    /// [`OTEL_RUST_PROPAGATORS_INJECT`](crate::OTEL_RUST_PROPAGATORS_INJECT) contains a name, the
    /// variable takes precedence.
    ///
    /// ```
    /// let propagator = opentelemetry_autoprop::builder()
    ///     .extract_only(["baggage"])
    ///     .from_list("tracecontext,baggage")?;
    /// assert_eq!(
    ///     format!("{propagator:?}"),
    ///     "Propagator { extract: [tracecontext, baggage], inject: [tracecontext] }"
    /// );
    /// # Ok::<(), opentelemetry_autoprop::Error>(())
    /// ```
    pub fn extract_only<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter();
        self.options
            .extract_only
            .extend(names.map(|name| normalize_name(name.as_ref())));
        self
    }

    /// Limits propagators to injection: their headers are written but not read.
    ///
    /// It applies to names that the list contains, and has no effect on other names. If
    /// [`OTEL_RUST_PROPAGATORS_EXTRACT`](crate::OTEL_RUST_PROPAGATORS_EXTRACT) contains a name, the
    /// variable takes precedence.
    pub fn inject_only<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter();
        self.options
            .inject_only
            .extend(names.map(|name| normalize_name(name.as_ref())));
        self
    }

    /// Adds a name at the end of the list, unless the list is `none` or contains the name.
    ///
    /// Code then adds a format to the list that the operator sets. The name is also added to the
    /// default list, and to the list of one direction. [`extract_only`](Self::extract_only) and
    /// [`inject_only`](Self::inject_only) apply to it.
    ///
    /// ```
    /// # #[cfg(all(feature = "kontur", feature = "sentry", feature = "vostok"))] {
    /// let propagator = opentelemetry_autoprop::builder()
    ///     .append("sentry")
    ///     .from_list("tracecontext,kontur,vostok")?;
    /// assert!(propagator.names().eq(["tracecontext", "kontur", "vostok", "sentry"]));
    /// # }
    /// # Ok::<(), opentelemetry_autoprop::Error>(())
    /// ```
    pub fn append(mut self, name: impl AsRef<str>) -> Self {
        self.options.appended.push(normalize_name(name.as_ref()));
        self
    }

    /// Registers a format under its own [name](Format::name), and [appends](Self::append) it.
    pub fn append_format(self, format: impl Format + 'static) -> Self {
        let name = format.name();
        self.with_format(format).append(name)
    }

    /// Sets a function that decides how far each request is trusted.
    ///
    /// It receives the context into which the request is extracted, and the carrier. The strictest
    /// of its result, of [`public_endpoint`](Self::public_endpoint) and of the variable
    /// [`OTEL_RUST_PROPAGATORS_TRUST`](crate::OTEL_RUST_PROPAGATORS_TRUST) applies.
    ///
    /// A client can send any header. Trust a header only if the proxy in front of the service sets
    /// it and removes it from the requests of clients, or trust a value that an outer layer has put
    /// into the context.
    ///
    /// ```
    /// use opentelemetry_autoprop::Trust;
    ///
    /// let propagator = opentelemetry_autoprop::builder()
    ///     .trust(|_cx, carrier| match carrier.get("x-internal") {
    ///         Some("1") => Trust::Continue,
    ///         _ => Trust::Restart,
    ///     })
    ///     .from_list("tracecontext,baggage")?;
    /// # Ok::<(), opentelemetry_autoprop::Error>(())
    /// ```
    pub fn trust(
        mut self,
        decide: impl Fn(&Context, &dyn Extractor) -> Trust + Send + Sync + 'static,
    ) -> Self {
        self.options.policy.decide = Some(Box::new(decide));
        self
    }

    /// Does not continue the traces of requests. Use it in services that untrusted clients call.
    /// This is [`Trust::Ignore`] for every request.
    ///
    /// The extracted context has no parent, no baggage, and nothing else from the headers. The
    /// service starts a new trace and propagates that one. For a span link,
    /// [`untrusted_parent`](crate::PropagationContextExt::untrusted_parent) returns the span
    /// context that the headers state.
    ///
    /// ```
    /// let propagator = opentelemetry_autoprop::builder()
    ///     .public_endpoint()
    ///     .lookup(|_variable| None)
    ///     .from_env();
    /// assert_eq!(format!("{propagator:?}"), "PublicEndpoint(tracecontext, baggage)");
    /// ```
    pub fn public_endpoint(mut self) -> Self {
        self.options.policy.limit(Trust::Ignore);
        self
    }

    /// Sets a function that looks up variables, instead of the environment of the process. It is
    /// used for Sentry's variables and that of `xray-lambda` as well.
    pub fn lookup(
        mut self,
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.options.lookup =
            Arc::new(move |variable| lookup(variable).ok_or(VarError::NotPresent));
        self
    }

    /// Builds the propagator that the variables name.
    ///
    /// Invalid names are ignored. Problems of the variables or the builder are reported once, as
    /// [`from_env`](crate::from_env) describes.
    pub fn from_env(self) -> Propagator {
        let has_dsn = self.options.has_variable("SENTRY_DSN");
        let (propagator, problems) = self.options.resolve_env();
        if has_dsn && propagator.lacks("sentry") {
            hint(
                "SENTRY_DSN is set, but \"sentry\" is not in the list of propagators: traces are \
                 neither read from nor sent in sentry-trace",
            );
        }
        if let Some(error) = problems.into_error() {
            report(&error.to_string());
        }
        propagator
    }

    /// Builds the propagator that the variables name, if all names are valid.
    ///
    /// # Errors
    ///
    /// Returns an error if a variable, the default list where it applies, or an option of the
    /// builder is invalid. The error lists all problems.
    pub fn try_from_env(self) -> Result<Propagator, Error> {
        let (propagator, problems) = self.options.resolve_env();
        problems.into_error().map_or(Ok(propagator), Err)
    }

    /// Builds the propagator that a list names. Its syntax is that of the variable. The variables
    /// of the two directions are not read.
    ///
    /// # Errors
    ///
    /// Returns an error if the list, the default list where it applies, or an option of the builder
    /// is invalid. The error lists all problems.
    pub fn from_list(self, list: &str) -> Result<Propagator, Error> {
        let (propagator, problems) = self.options.resolve_list(list);
        problems.into_error().map_or(Ok(propagator), Err)
    }

    /// Builds the propagator of the node `propagator` of a declarative configuration file.
    ///
    /// `composite` contains the names of the node's `composite`, and `composite_list` is the node's
    /// `composite_list`. The names of the second follow those of the first, and a repeated name is
    /// used once. If both are missing, the propagator does nothing. The variables `OTEL_*` are not
    /// read, as the specification of the file requires.
    ///
    /// The crate reads no YAML: pass the fields from the parser of your configuration.
    ///
    /// # Errors
    ///
    /// Returns an error if a name is unknown, or an option of the builder is invalid. The error
    /// lists all problems.
    ///
    /// ```
    /// let propagator = opentelemetry_autoprop::builder()
    ///     .from_config(["tracecontext", "baggage"], Some("b3,baggage"))?;
    /// # #[cfg(feature = "b3")]
    /// assert!(propagator.names().eq(["tracecontext", "baggage", "b3"]));
    /// # Ok::<(), opentelemetry_autoprop::Error>(())
    /// ```
    pub fn from_config<N: Into<String>>(
        self,
        composite: impl IntoIterator<Item = N>,
        composite_list: Option<&str>,
    ) -> Result<Propagator, Error> {
        let composite = composite.into_iter().map(Into::into).collect();
        let (propagator, problems) = self.options.resolve_config(composite, composite_list);
        problems.into_error().map_or(Ok(propagator), Err)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let registered: Vec<_> = self
            .options
            .registered
            .iter()
            .map(|(name, _)| name)
            .collect();
        f.debug_struct("Builder")
            .field("registered", &registered)
            .field("default_list", &self.options.default_list)
            .field("variable", &self.options.variable)
            .field("extract_only", &self.options.extract_only)
            .field("inject_only", &self.options.inject_only)
            .field("appended", &self.options.appended)
            .field("trust", &self.options.policy.most)
            .finish_non_exhaustive()
    }
}
