//! A service as a separate process, configured by its environment only.
//!
//! The propagator and the tracer of OpenTelemetry are global to a process, so services with
//! different settings have to be different processes.

use std::env;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The text before the address, which a service prints to standard output when it listens.
pub const LISTENING: &str = "listening on ";

/// The time after which a service counts as hung, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running service. It ends when this value is dropped, or with the process that started it.
#[derive(Debug)]
pub struct ServiceProcess {
    child: Child,
    address: String,
    lines: mpsc::UnboundedReceiver<String>,
    log: Vec<String>,
}

impl ServiceProcess {
    /// Starts `program serve` with these variables, and waits until it listens.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or if it ends before it listens.
    pub async fn start(program: &Path, variables: &[(&str, &str)]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // The service must not inherit settings of this process.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy().to_ascii_uppercase();
            let foreign = ["OTEL_", "SENTRY_", "DEMO_", "RUST_LOG"];
            if foreign.iter().any(|it| text.starts_with(it)) || text.ends_with("_PROXY") {
                command.env_remove(name);
            }
        }
        let mut child = command.envs(variables.iter().copied()).spawn()?;
        let lost = || io::Error::other("a standard stream is missing");
        let mut stdout = BufReader::new(child.stdout.take().ok_or_else(lost)?).lines();
        let stderr = BufReader::new(child.stderr.take().ok_or_else(lost)?).lines();
        let (sender, lines) = mpsc::unbounded_channel();
        tokio::spawn(forward(stderr, sender.clone()));
        let first = timeout(PATIENCE, stdout.next_line()).await??;
        tokio::spawn(forward(stdout, sender));
        match first.as_deref().and_then(|it| it.strip_prefix(LISTENING)) {
            Some(address) => Ok(ServiceProcess {
                child,
                address: address.to_owned(),
                lines,
                log: Vec::new(),
            }),
            None => Err(io::Error::other(format!(
                "expected {LISTENING:?} and an address, found {first:?}"
            ))),
        }
    }

    /// Returns `HOST:PORT`, which serves both HTTP and gRPC.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the process id if the service is running.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until a line with this text is logged.
    ///
    /// # Errors
    ///
    /// If the service does not log it in time.
    pub async fn logged(&mut self, text: &str) -> io::Result<()> {
        while !self.log.iter().any(|line| line.contains(text)) {
            match timeout(PATIENCE, self.lines.recv()).await {
                Ok(Some(line)) => self.log.push(line),
                Ok(None) | Err(_) => {
                    let log = self.log.join("\n");
                    return Err(io::Error::other(format!("{text:?} is not in:\n{log}")));
                }
            }
        }
        Ok(())
    }

    /// Lets the service finish and flush, and returns its whole log.
    ///
    /// # Errors
    ///
    /// If it fails, or does not end in time.
    pub async fn stop(mut self) -> io::Result<Vec<String>> {
        drop(self.child.stdin.take());
        self.ended().await
    }

    /// Waits until the service ends by itself, and returns its whole log.
    ///
    /// # Errors
    ///
    /// If it fails, or does not end in time.
    pub async fn ended(mut self) -> io::Result<Vec<String>> {
        // `wait` would close it, which stops the service.
        let _stdin = self.child.stdin.take();
        let status = timeout(PATIENCE, self.child.wait()).await??;
        while let Some(line) = self.lines.recv().await {
            self.log.push(line);
        }
        if status.success() {
            Ok(self.log)
        } else {
            let log = self.log.join("\n");
            Err(io::Error::other(format!("{status}; its log:\n{log}")))
        }
    }
}

async fn forward<R: AsyncRead + Unpin>(
    mut lines: Lines<BufReader<R>>,
    sender: mpsc::UnboundedSender<String>,
) {
    while let Ok(Some(line)) = lines.next_line().await {
        // The pipe must be emptied even if the receiver of the log is gone.
        drop(sender.send(line));
    }
}
