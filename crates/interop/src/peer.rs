//! The peers: processes with the packages of another language, asked over HTTP.

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

/// How long a peer may take to start, and to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A language that has packages of its own for these headers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Peer {
    /// sentry-sdk and opentelemetry-sdk.
    Python,
    /// @sentry/core, @sentry/opentelemetry, @opentelemetry/core.
    JavaScript,
}

/// A package of a peer, by the name under which the peer knows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Package {
    /// Sentry's SDK by itself: `continue_trace`.
    Sentry,
    /// Sentry's propagator for OpenTelemetry.
    OtelSentry,
    /// OpenTelemetry's own propagators: W3C Trace Context and Baggage.
    Otel,
}

/// What a package read from a request.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Reading {
    /// The exception that it raised instead.
    pub raised: Option<String>,
    /// The trace that it continues, or else the new one that it starts.
    pub trace_id: Option<String>,
    /// The parent; `None` when there is no trace to continue.
    pub span_id: Option<String>,
    /// The caller's decision; `None` when it was deferred.
    pub sampled: Option<bool>,
    /// The Dynamic Sampling Context, decoded.
    pub dsc: Option<BTreeMap<String, String>>,
    /// The decision for the transaction that continues the trace.
    pub own_sampled: Option<bool>,
    /// The members of `baggage` that are not Sentry's.
    pub others: Vec<String>,
    /// The entries of OpenTelemetry's baggage.
    pub entries: BTreeMap<String, String>,
    /// As `tracestate` states it.
    pub tracestate: String,
    /// The headers of a request that the package sends on.
    pub onward: BTreeMap<String, String>,
    /// The transaction as it would be reported to Sentry; `None` for one that is not sampled.
    pub reported: Option<Reported>,
}

/// What Sentry is told of a transaction.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Reported {
    /// Its trace.
    pub trace_id: String,
    /// The caller's span.
    pub parent_span_id: Option<String>,
    /// What Sentry decides by whether to keep the trace.
    pub dsc: Option<BTreeMap<String, String>>,
}

/// A request of a package to a service: what it meant, and what the service answered.
#[derive(Clone, Debug, Deserialize)]
pub struct Sent<A = service::Answer> {
    /// The ids, the decision and the DSC as the package holds them.
    pub meant: Reading,
    /// What the service answered.
    pub answer: A,
}

/// A request with headers as given: what became of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Relayed {
    /// The HTTP status.
    pub status: u16,
    /// What the service answered; `None` when it did not.
    pub answer: Option<service::Answer>,
}

impl Peer {
    /// What a package reads from these headers.
    pub fn read(self, package: Package, headers: &HeaderMap, options: &Value) -> Reading {
        self.ask("read", package.name(), headers, options)
    }

    /// Has a package send a request to the Rust service.
    pub fn send(self, package: Package, url: &str, mut order: Value) -> Sent {
        order["url"] = url.into();
        self.ask("send", package.name(), &HeaderMap::new(), &order)
    }

    /// Has a package send a request to a service that answers what another package read.
    pub fn send_to_reader(self, package: Package, url: &str, mut order: Value) -> Sent<Reading> {
        order["url"] = url.into();
        self.ask("send", package.name(), &HeaderMap::new(), &order)
    }

    /// Returns the address at which a package reads the headers of requests.
    pub fn read_url(self, package: Package) -> String {
        format!("{}/read/{}", self.base(), package.name())
    }

    /// Has the peer's HTTP client send these header lines to the Rust service.
    pub fn relay(self, url: &str, lines: &[(&str, &str)]) -> Relayed {
        let order = json!({ "url": url, "headers": lines });
        self.ask("relay", "", &HeaderMap::new(), &order)
    }

    /// The packages that the peer has, and their versions.
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
            .expect("the request is sound so far")
            .extend(headers.clone());
        request
            .send_json(order)
            .and_then(|mut response| response.body_mut().read_json())
            .unwrap_or_else(|error| panic!("{self:?} at {url}: {error}"))
    }

    /// The address of the peer, which is started at the first call.
    fn base(self) -> &'static str {
        static PYTHON: OnceLock<Process> = OnceLock::new();
        static JAVASCRIPT: OnceLock<Process> = OnceLock::new();
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");
        let process = match self {
            Peer::Python => PYTHON.get_or_init(|| {
                let python = env::var("INTEROP_PYTHON")
                    .expect("INTEROP_PYTHON names the interpreter that has the packages");
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
        }
    }
}

/// A running peer. Its standard input closes when this process ends, however it ends, and the peer
/// ends with it.
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
            panic!("{command:?}: {error}; crates/interop/run sets up what it needs")
        });
    let stdout = child.stdout.take().expect("it is piped");
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
