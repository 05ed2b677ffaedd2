//! A chain of four services, with the collector and the Sentry that they report to.
//!
//! ```text
//! shop ── HTTP ── orders ── gRPC ── prices ── HTTP ── stock, which fails
//! ```

use std::io;
use std::path::Path;

use reqwest::{Client, Response};

use crate::caller::Caller;
use crate::collector::Collector;
use crate::ingest::Ingest;
use crate::process::ServiceProcess;

/// How many spans a request leaves behind: one at each end of each hop, and one where it came in.
pub const SPANS: usize = 7;

/// The running chain.
#[derive(Debug)]
pub struct Chain {
    /// Where the spans go.
    pub collector: Collector,
    /// Where the errors go.
    pub sentry: Ingest,
    /// From the first to the last.
    pub services: Vec<ServiceProcess>,
}

impl Chain {
    /// Starts all of it, each service as a process of `program` with these variables besides.
    ///
    /// # Errors
    ///
    /// When one cannot be started.
    pub async fn start(program: &Path, variables: &[(&str, &str)]) -> io::Result<Self> {
        let collector = Collector::start()?;
        let sentry = Ingest::start().await?;
        let (endpoint, dsn) = (collector.endpoint(), sentry.dsn());
        let mut services = Vec::new();
        let mut next = String::new();
        // From the last to the first, as each has to know the address of the one behind it.
        for (name, scheme, path) in [
            ("stock", "http", "/fail"),
            ("prices", "grpc", ""),
            ("orders", "http", "/next"),
            ("shop", "http", "/next"),
        ] {
            let mut all = vec![
                ("OTEL_SERVICE_NAME", name),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
                ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
                ("OTEL_BSP_SCHEDULE_DELAY", "100"),
                ("SENTRY_DSN", dsn.as_str()),
                ("DEMO_NEXT", next.as_str()),
            ];
            all.extend_from_slice(variables);
            let service = ServiceProcess::start(program, &all).await?;
            next = format!("{scheme}://{}{path}", service.address());
            services.insert(0, service);
        }
        Ok(Chain {
            collector,
            sentry,
            services,
        })
    }

    /// The address that a request takes through all of the chain.
    pub fn url(&self) -> String {
        format!("http://{}/next", self.services[0].address())
    }

    /// Sends a request with the headers of a caller through all of the chain.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn call(&self, caller: &Caller) -> Result<Response, reqwest::Error> {
        get(&self.url(), &caller.headers()).await
    }

    /// Stops the services, each of which sends what is left; returns what they logged.
    ///
    /// # Errors
    ///
    /// When one does not end as it should.
    pub async fn stop(&mut self) -> io::Result<Vec<String>> {
        let mut log = Vec::new();
        for service in self.services.drain(..) {
            log.extend(service.stop().await?);
        }
        Ok(log)
    }
}

/// A request that no instrumentation touches, as of a caller elsewhere.
///
/// # Errors
///
/// When there is no answer, or a header is none.
pub async fn get(url: &str, headers: &[(&str, &str)]) -> Result<Response, reqwest::Error> {
    let mut request = Client::new().get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await
}
