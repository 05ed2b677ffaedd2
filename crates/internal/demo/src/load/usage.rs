//! CPU time and memory of a process on Linux.

use std::fs;
use std::io;
use std::time::Duration;

/// The unit of `/proc/PID/stat`. Linux always reports 100 ticks per second to user space.
const TICK: Duration = Duration::from_millis(10);

/// Returns the CPU time of a process since its start.
pub(super) fn cpu(process: u32) -> io::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name in parentheses, which may contain any character.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    match (ticks(), ticks()) {
        (Some(user), Some(system)) => Ok(TICK * (user + system)),
        _ => Err(io::Error::other("no CPU times in /proc/PID/stat")),
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
        let before = cpu(process).unwrap();
        while cpu(process).unwrap() == before {
            std::hint::black_box(vec![0_u8; 4096]);
        }
    }
}
