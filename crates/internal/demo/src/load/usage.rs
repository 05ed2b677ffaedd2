//! CPU time and memory of a process on Linux.

use std::fs;
use std::io;
use std::ops::{Add, Sub};
use std::time::Duration;

/// The unit of `/proc/PID/stat`. Linux always reports 100 ticks per second to user space.
const TICK: Duration = Duration::from_millis(10);

/// The beginning of the name of the thread that exports spans. Linux cuts names to 15 bytes.
const EXPORTER: &str = "OpenTelemetry";

/// CPU time since the start of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cpu {
    /// In user space, without the exporter's thread.
    pub(super) user: Duration,
    /// In the kernel, without the exporter's thread.
    pub(super) system: Duration,
    /// Of the thread that exports spans. The runtime's threads send what it has encoded.
    pub(super) exporter: Duration,
}

impl Cpu {
    /// Returns the CPU time of a process.
    pub(super) fn of(process: u32) -> io::Result<Self> {
        let (_, user, system) = times(&format!("/proc/{process}/stat"))?;
        let mut exporter = (Duration::ZERO, Duration::ZERO);
        for thread in fs::read_dir(format!("/proc/{process}/task"))? {
            let stat = thread?.path().join("stat");
            // A thread may end in between.
            match times(&stat.to_string_lossy()) {
                Ok((name, user, system)) if name.starts_with(EXPORTER) => {
                    exporter = (exporter.0 + user, exporter.1 + system);
                }
                _ => {}
            }
        }
        Ok(Cpu {
            user: user.saturating_sub(exporter.0),
            system: system.saturating_sub(exporter.1),
            exporter: exporter.0 + exporter.1,
        })
    }
}

impl Add for Cpu {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Cpu {
            user: self.user + other.user,
            system: self.system + other.system,
            exporter: self.exporter + other.exporter,
        }
    }
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Cpu {
            user: self.user.saturating_sub(other.user),
            system: self.system.saturating_sub(other.system),
            exporter: self.exporter.saturating_sub(other.exporter),
        }
    }
}

/// Returns the name, the user time and the system time in a file `stat` of a process or thread.
fn times(file: &str) -> io::Result<(String, Duration, Duration)> {
    let stat = fs::read_to_string(file)?;
    let invalid = || io::Error::other(format!("no CPU times in {file}"));
    // The name is in parentheses and may contain any character.
    let (name, fields) = stat.rsplit_once(')').ok_or_else(invalid)?;
    let (_, name) = name.split_once('(').ok_or_else(invalid)?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    match (ticks(), ticks()) {
        (Some(user), Some(system)) => Ok((name.to_owned(), TICK * user, TICK * system)),
        _ => Err(invalid()),
    }
}

/// Returns the memory of a process (RSS) in MiB.
pub(super) fn memory(process: u32) -> io::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kib = line.and_then(|it| it.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    match kib {
        Some(kib) => Ok(kib / 1024.0),
        None => Err(io::Error::other("no VmRSS in /proc/PID/status")),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn usage_of_this_process_is_positive() {
        let process = std::process::id();
        assert!(memory(process).unwrap() > 0.1);
        let before = Cpu::of(process).unwrap();
        while Cpu::of(process).unwrap() == before {
            std::hint::black_box(vec![0_u8; 4096]);
        }
    }

    #[test]
    fn usage_of_the_exporter_is_apart() {
        let work = || {
            let process = std::process::id();
            while Cpu::of(process).unwrap().exporter < TICK {
                std::hint::black_box(vec![0_u8; 4096]);
            }
        };
        let thread = std::thread::Builder::new().name("OpenTelemetry.Traces".to_owned());
        thread.spawn(work).unwrap().join().unwrap();
    }
}
