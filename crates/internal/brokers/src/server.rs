//! The server of a broker, as a process that runs during a test.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;

/// A running server, which is terminated when this value is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
}

impl Server {
    /// Starts a server and waits for the line of its output that contains `ready`.
    ///
    /// # Panics
    ///
    /// If the program is missing, or if it ends before it prints that line.
    pub fn start(command: &mut Command, ready: &str) -> Self {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}; `run` installs it"));
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut seen = String::new();
        let is_ready = lines.by_ref().map_while(Result::ok).any(|line| {
            seen.push_str(&line);
            seen.push('\n');
            line.contains(ready)
        });
        let server = Self { process };
        assert!(is_ready, "{program} is not ready; it printed:\n{seen}");
        // A server whose output is not read would stop when the pipe is full.
        thread::spawn(move || lines.for_each(drop));
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM, so that the server stops what it has started.
        let id = self.process.id().to_string();
        let killed = Command::new("kill").arg(id).status();
        if killed.is_ok_and(|it| it.success()) {
            let _ = self.process.wait();
        }
    }
}

/// Returns a port that is free on loopback.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
