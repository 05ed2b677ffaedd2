//! The peers: processes with the packages of another language, which the tests call over HTTP.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_json::{json, Value};

use crate::service;

/// The time in which a peer must start, and in which it must respond.
const PATIENCE: Duration = Duration::from_secs(30);

/// A language with packages for these headers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Peer {
    /// sentry-sdk and opentelemetry-sdk.
    Python,
    /// @sentry/core, @sentry/opentelemetry, @opentelemetry/core.
    JavaScript,
}

/// A package of a peer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Package {
    /// Sentry's SDK without OpenTelemetry: `continue_trace`.
    Sentry,
    /// Sentry's propagator for OpenTelemetry.
    OtelSentry,
    /// OpenTelemetry's propagators: W3C Trace Context and Baggage.
    Otel,
    /// OpenTelemetry's propagators for B3, Jaeger, X-Ray and OT trace, selected by the option
    /// `format`.
    Formats,
}

/// The data that a package read from a request.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Reading {
    /// The name of the exception, if it raised one.
    pub raised: Option<String>,
    /// The trace that it continues or starts.
    pub trace_id: Option<String>,
    /// The parent span. `None` if there is no trace to continue.
    pub span_id: Option<String>,
    /// The decision of the caller. `None` if it was deferred.
    pub sampled: Option<bool>,
    /// The Dynamic Sampling Context, decoded.
    pub dsc: Option<BTreeMap<String, String>>,
    /// The decision for the transaction that continues the trace.
    pub own_sampled: Option<bool>,
    /// The members of `baggage` that are not Sentry's.
    pub others: Vec<String>,
    /// The entries of OpenTelemetry's baggage.
    pub entries: BTreeMap<String, String>,
    /// The value of `tracestate`.
    pub tracestate: String,
    /// The headers of an outgoing request within the trace.
    pub outgoing: BTreeMap<String, String>,
    /// The transaction as it would be reported to Sentry. `None` if it is not sampled.
    pub reported: Option<Reported>,
}

/// A transaction as it is reported to Sentry.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Reported {
    /// The trace id.
    pub trace_id: String,
    /// The span id of the caller.
    pub parent_span_id: Option<String>,
    /// The Dynamic Sampling Context, by which Sentry decides whether to keep the trace.
    pub dsc: Option<BTreeMap<String, String>>,
}

/// The result of a request that a package sent to a service.
#[derive(Clone, Debug, Deserialize)]
pub struct Sent<A = service::Answer> {
    /// The ids, the decision and the DSC according to the package.
    pub meant: Reading,
    /// The response of the service.
    pub answer: A,
}

/// The result of a request with given headers.
#[derive(Clone, Debug, Deserialize)]
pub struct Relayed {
    /// The HTTP status.
    pub status: u16,
    /// The response of the service. `None` if it has no body.
    pub answer: Option<service::Answer>,
}

impl Peer {
    /// Returns the data that a package reads from these headers.
    pub fn read(self, package: Package, headers: &HeaderMap, options: &Value) -> Reading {
        self.ask("read", package.name(), headers, options)
    }

    /// Sends a request to the Rust service with a package.
    pub fn send(self, package: Package, url: &str, mut order: Value) -> Sent {
        order["url"] = url.into();
        self.ask("send", package.name(), &HeaderMap::new(), &order)
    }

    /// Sends a request with a package to a service that responds with what another package read.
    pub fn send_to_reader(self, package: Package, url: &str, mut order: Value) -> Sent<Reading> {
        order["url"] = url.into();
        self.ask("send", package.name(), &HeaderMap::new(), &order)
    }

    /// Returns the address at which a package reads the headers of requests.
    pub fn read_url(self, package: Package) -> String {
        format!("{}/read/{}", self.base(), package.name())
    }

    /// Sends these header lines to the Rust service with the peer's HTTP client.
    pub fn relay(self, url: &str, lines: &[(&str, &str)]) -> Relayed {
        let order = json!({ "url": url, "headers": lines });
        self.ask("relay", "", &HeaderMap::new(), &order)
    }

    /// Returns the versions of the peer's packages.
    pub fn versions(self) -> BTreeMap<String, String> {
        self.ask("versions", "", &HeaderMap::new(), &Value::Null)
    }

    fn ask<T: DeserializeOwned>(
        self,
        action: &str,
        package: &str,
        headers: &HeaderMap,
        order: &Value,
    ) -> T {
        let url = format!("{}/{action}/{package}", self.base());
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let mut request = agent.post(&url);
        request
            .headers_mut()
            .expect("the request is valid")
            .extend(headers.clone());
        request
            .send_json(order)
            .and_then(|mut response| response.body_mut().read_json())
            .unwrap_or_else(|error| panic!("{self:?} at {url}: {error}"))
    }

    /// Returns the address of the peer, which is started at the first call.
    fn base(self) -> &'static str {
        static PYTHON: OnceLock<Process> = OnceLock::new();
        static JAVASCRIPT: OnceLock<Process> = OnceLock::new();
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");
        let process = match self {
            Peer::Python => PYTHON.get_or_init(|| {
                let python = env::var("INTEROP_PYTHON")
                    .expect("INTEROP_PYTHON is the path of an interpreter with the packages");
                start(Command::new(python).arg(format!("{directory}/python/serve.py")))
            }),
            Peer::JavaScript => JAVASCRIPT.get_or_init(|| {
                start(Command::new("node").arg(format!("{directory}/js/serve.mjs")))
            }),
        };
        &process.base
    }
}

impl Package {
    fn name(self) -> &'static str {
        match self {
            Package::Sentry => "sentry",
            Package::OtelSentry => "otel-sentry",
            Package::Otel => "otel",
            Package::Formats => "formats",
        }
    }
}

/// A running peer. When this process ends for any reason, the peer's standard input closes, and the
/// peer ends.
#[derive(Debug)]
struct Process {
    base: String,
    _child: Child,
}

/// Starts a peer and waits for the line with its address.
fn start(command: &mut Command) -> Process {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("{command:?}: {error}; crates/internal/interop/run installs it")
        });
    let stdout = child.stdout.take().expect("standard output is piped");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        sender.send(read.map(|_| line.trim().to_owned()))
    });
    let base = receiver
        .recv_timeout(PATIENCE)
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"))
        .unwrap_or_else(|error| panic!("{command:?} prints no address: {error}"));
    assert!(
        base.starts_with("http://127.0.0.1:"),
        "{command:?} ended: {base}"
    );
    Process {
        base,
        _child: child,
    }
}
