//! A chain of four services, with a collector and a Sentry server.
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

/// The number of spans of a request: two for each of the three hops, and one for the first server.
pub const SPANS: usize = 7;

/// The running chain.
#[derive(Debug)]
pub struct Chain {
    /// Receives the spans.
    pub collector: Collector,
    /// Receives the errors.
    pub sentry: Ingest,
    /// The services in the order of the calls.
    pub services: Vec<ServiceProcess>,
}

impl Chain {
    /// Starts the chain. Each service is a process of `program` with these additional variables.
    ///
    /// # Errors
    ///
    /// If one of them cannot be started.
    pub async fn start(program: &Path, variables: &[(&str, &str)]) -> io::Result<Self> {
        let collector = Collector::start()?;
        let sentry = Ingest::start().await?;
        let (endpoint, dsn) = (collector.endpoint(), sentry.dsn());
        let mut services = Vec::new();
        let mut next = String::new();
        // Starts with the last one, because each service needs the address of the next.
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

    /// Returns the URL whose requests pass through the whole chain.
    pub fn url(&self) -> String {
        format!("http://{}/next", self.services[0].address())
    }

    /// Sends a request with the headers of a caller through the whole chain.
    ///
    /// # Errors
    ///
    /// If there is no response.
    pub async fn call(&self, caller: &Caller) -> Result<Response, reqwest::Error> {
        get(&self.url(), &caller.headers()).await
    }

    /// Stops the services after they have sent the remaining spans, and returns their logs.
    ///
    /// # Errors
    ///
    /// If a service fails or does not end in time.
    pub async fn stop(&mut self) -> io::Result<Vec<String>> {
        let mut log = Vec::new();
        for service in self.services.drain(..) {
            log.extend(service.stop().await?);
        }
        Ok(log)
    }
}

/// Sends a request without any instrumentation.
///
/// # Errors
///
/// If there is no response, or if a header is invalid.
pub async fn get(url: &str, headers: &[(&str, &str)]) -> Result<Response, reqwest::Error> {
    let mut request = Client::new().get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await
}
