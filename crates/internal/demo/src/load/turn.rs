//! One side of the comparison, and its turns under load.

use std::array;
use std::error::Error;
use std::io;
use std::path::Path;

use tokio::process::Command;

use super::{usage, Plan};
use crate::process::ServiceProcess;

/// The number of connections.
const CONNECTIONS: &str = "32";

/// Two services with the same settings. The first one calls the second one.
#[derive(Debug)]
pub(super) struct Side {
    first: ServiceProcess,
    second: ServiceProcess,
}

/// The results of a turn.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turn {
    pub(super) requests: u64,
    /// Requests without a successful response.
    pub(super) failed: u64,
    /// Requests per second.
    pub(super) rate: f64,
    /// User time of both services per request, in microseconds, without the exporters' threads.
    pub(super) user: f64,
    /// System time of both services per request, in microseconds, without the exporters' threads.
    pub(super) system: f64,
    /// CPU time of the exporters' threads per request, in microseconds.
    pub(super) exporter: f64,
    /// The median latency in microseconds.
    pub(super) latency: f64,
    /// The 99th percentile of the latency in microseconds.
    pub(super) latency_99: f64,
    /// The memory of the first service after the turn, in MiB.
    pub(super) memory: f64,
}

impl Side {
    pub(super) async fn start(program: &Path, variables: &[(&str, &str)]) -> io::Result<Self> {
        let mut variables = variables.to_vec();
        let second = ServiceProcess::start(program, &variables).await?;
        let next = format!("http://{}/", second.address());
        variables.push(("DEMO_NEXT", &next));
        let first = ServiceProcess::start(program, &variables).await?;
        Ok(Side { first, second })
    }

    pub(super) async fn turn(
        &mut self,
        plan: Plan,
        requests: &Path,
    ) -> Result<Turn, Box<dyn Error + Send + Sync>> {
        let ended = || io::Error::other("the service has ended");
        let first = self.first.id().ok_or_else(ended)?;
        let second = self.second.id().ok_or_else(ended)?;
        let before = usage::cpu([first, second])?;
        let output = Command::new("wrk")
            .args(["--threads", "1", "--connections", CONNECTIONS])
            .args(["--duration", &format!("{}s", plan.seconds)])
            .args(["--script", concat!(env!("CARGO_MANIFEST_DIR"), "/load.lua")])
            .arg(format!("http://{}{}", self.first.address(), plan.path))
            .arg("--")
            .arg(requests)
            .output()
            .await
            .map_err(|error| format!("wrk (Debian package wrk): {error}"))?;
        let after = usage::cpu([first, second])?;
        let text = String::from_utf8_lossy(&output.stdout);
        let result = text.lines().find_map(|it| it.strip_prefix("result "));
        let numbers = result.map(|it| it.split(' ').map(str::parse::<u32>).collect());
        let Some(Ok::<Vec<_>, _>(numbers)) = numbers else {
            return Err(format!("no result in the output of wrk: {output:?}").into());
        };
        let &[requests, microseconds, failed, latency, latency_99] = &*numbers else {
            return Err(format!("expected five numbers from wrk, found {numbers:?}").into());
        };
        let [user, system, exporter] =
            array::from_fn(|at| (after[at] - before[at]) / f64::from(requests));
        Ok(Turn {
            requests: requests.into(),
            failed: failed.into(),
            rate: f64::from(requests) / f64::from(microseconds) * 1e6,
            user,
            system,
            exporter,
            latency: latency.into(),
            latency_99: latency_99.into(),
            memory: usage::memory(first)?,
        })
    }

    /// Stops both services. Fails if one of them has ended already.
    pub(super) async fn stop(self) -> io::Result<()> {
        self.first.stop().await?;
        self.second.stop().await?;
        Ok(())
    }
}
