//! The services: Django with gunicorn, and the demo, each as a process with its variables.

use std::env;
use std::path::{Path, PathBuf};

use demo::collector::Collector;
use demo::process::ServiceProcess;

/// The packages of OpenTelemetry for Python.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Version {
    /// The last one in which `propagators.append` has an effect.
    V1_42,
    /// The newest one.
    Newest,
}

/// How Sentry's SDK takes part in a Django service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sentry {
    /// As in the guide: `SentrySpanProcessor`, and `propagators.append(SentryPropagator())`.
    Append,
    /// `SentrySpanProcessor` only. The SDK adds headers of its own trace to calls.
    Without,
    /// `SentrySpanProcessor` only, with `trace_propagation_targets=[]`.
    Untargeted,
    /// The name `sentry` in the list, as in the list of the Rust services.
    Named,
    /// The name `sentry` at the beginning of the list.
    NamedFirst,
    /// `OTLPIntegration`, and a composite that runs Sentry's propagator first.
    Otlp,
}

/// The samplers of all services of a chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rates {
    /// OpenTelemetry and Sentry each sample every tenth trace that starts here.
    Tenth,
    /// OpenTelemetry samples every trace that starts here, and Sentry none.
    AllAndNone,
}

impl Version {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Version::V1_42 => "1.42",
            Version::Newest => "newest",
        }
    }

    fn environment(self) -> PathBuf {
        let variable = match self {
            Version::V1_42 => "INTEROP_DJANGO_1_42",
            Version::Newest => "INTEROP_DJANGO_NEWEST",
        };
        let path = env::var_os(variable).unwrap_or_else(|| {
            panic!("{variable} is unset; crates/internal/interop/django sets it and runs this test")
        });
        path.into()
    }
}

impl Sentry {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Sentry::Append => "`propagators.append(SentryPropagator())`",
            Sentry::Without => "no propagator of Sentry",
            Sentry::Untargeted => "`trace_propagation_targets=[]`",
            Sentry::Named => "`tracecontext,sentry,kontur,vostok`",
            Sentry::NamedFirst => "`sentry,tracecontext,kontur,vostok`",
            Sentry::Otlp => "`OTLPIntegration`, Sentry's propagator first",
        }
    }

    /// The list of propagators of the Django service.
    fn list(self) -> &'static str {
        match self {
            Sentry::Named => "tracecontext,sentry,kontur,vostok",
            Sentry::NamedFirst => "sentry,tracecontext,kontur,vostok",
            _ => "tracecontext,kontur,vostok",
        }
    }

    /// The propagators that the Django service uses, in no particular order.
    pub(crate) fn formats(self, version: Version) -> String {
        match self {
            Sentry::Append if version == Version::Newest => self.list().to_owned(),
            Sentry::Append | Sentry::Otlp => format!("{},sentry", self.list()),
            _ => self.list().to_owned(),
        }
    }

    /// Whether Sentry's propagator runs after another one. It reads any `sentry-trace` as sampled,
    /// and what it reads replaces the decision of `traceparent`.
    pub(crate) fn overrides_the_decision(self, version: Version) -> bool {
        match self {
            Sentry::Append => version == Version::V1_42,
            Sentry::Named => true,
            Sentry::Without | Sentry::Untargeted | Sentry::NamedFirst | Sentry::Otlp => false,
        }
    }

    fn mode(self) -> &'static str {
        match self {
            Sentry::Append => "append",
            Sentry::Without | Sentry::Named | Sentry::NamedFirst => "variable",
            Sentry::Untargeted => "untargeted",
            Sentry::Otlp => "otlp",
        }
    }
}

impl Rates {
    fn sampler(self) -> [(&'static str, &'static str); 3] {
        let (sampler, ratio, sentry) = match self {
            Rates::Tenth => ("parentbased_traceidratio", "0.1", "0.1"),
            Rates::AllAndNone => ("parentbased_always_on", "", "0"),
        };
        [
            ("OTEL_TRACES_SAMPLER", sampler),
            ("OTEL_TRACES_SAMPLER_ARG", ratio),
            ("INTEROP_SENTRY_RATE", sentry),
        ]
    }
}

/// Where the services send their spans and errors.
#[derive(Clone, Debug)]
pub(crate) struct Backends {
    pub(crate) endpoint: String,
    pub(crate) dsn: String,
    /// Further variables of the Rust services.
    pub(crate) rust: Vec<(&'static str, &'static str)>,
}

impl Backends {
    pub(crate) fn new(collector: &Collector, dsn: String) -> Self {
        Backends {
            endpoint: collector.endpoint(),
            dsn,
            rust: Vec::new(),
        }
    }

    /// Starts the Django service with the guide's variables.
    pub(crate) async fn django(
        &self,
        version: Version,
        sentry: Sentry,
        rates: Rates,
    ) -> ServiceProcess {
        let settings = ("DJANGO_SETTINGS_MODULE", "settings");
        self.django_with(version, sentry, rates, &[settings]).await
    }

    /// Starts the Django service with further variables.
    pub(crate) async fn django_with(
        &self,
        version: Version,
        sentry: Sentry,
        rates: Rates,
        further: &[(&str, &str)],
    ) -> ServiceProcess {
        let code = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/python/guide");
        let arguments = format!("--config {code}/gunicorn.conf.py --chdir {code}");
        let mut variables = self.variables("django", sentry.list());
        variables.extend(rates.sampler());
        variables.extend([
            ("GUNICORN_CMD_ARGS", &*arguments),
            ("PYTHONPATH", code),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("INTEROP_SENTRY", sentry.mode()),
        ]);
        variables.extend(further);
        // `serve`, the argument of the program, is the module with the application.
        start(&version.environment().join("bin/gunicorn"), &variables).await
    }

    /// Starts a Rust service with a list of propagators, which calls `next`.
    pub(crate) async fn rust(&self, list: &str, rates: Rates, next: &str) -> ServiceProcess {
        let program = env::var_os("INTEROP_DEMO").expect("INTEROP_DEMO is the path of the demo");
        let mut variables = self.variables("rust", list);
        variables.extend(rates.sampler());
        variables.push(("DEMO_NEXT", next));
        variables.extend(&self.rust);
        start(Path::new(&program), &variables).await
    }

    fn variables<'a>(&'a self, service: &'a str, list: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("OTEL_PROPAGATORS", list),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &self.endpoint),
            ("OTEL_SERVICE_NAME", service),
            ("OTEL_DEBUG", "False"),
            ("OTEL_SDK_DISABLED", "False"),
            ("SENTRY_DSN", &self.dsn),
        ]
    }
}

/// Whether a list of propagators contains a name.
pub(crate) fn has_name(list: &str, name: &str) -> bool {
    list.split(',').any(|it| it == name)
}

async fn start(program: &Path, variables: &[(&str, &str)]) -> ServiceProcess {
    ServiceProcess::start(program, variables)
        .await
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}
