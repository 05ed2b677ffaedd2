//! CPU time and memory of processes on Linux.

use std::fs;
use std::io;

/// The unit of `stat` in microseconds. Linux always reports 100 ticks per second to user space.
const TICK: f64 = 10_000.0;

/// The thread of the SDK that sends batches of spans. Linux stores 15 bytes of a name.
const EXPORTER: &str = "OpenTelemetry.T";

/// Returns the CPU time of the threads of these processes in microseconds: user and system time of
/// all threads but the exporter's, and the time of the exporter's thread.
pub(super) fn cpu(processes: [u32; 2]) -> io::Result<[f64; 3]> {
    let mut cpu = [0.0; 3];
    for process in processes {
        for thread in fs::read_dir(format!("/proc/{process}/task"))? {
            // A thread may have ended.
            let Ok(stat) = fs::read_to_string(thread?.path().join("stat")) else {
                continue;
            };
            let (name, times) = times(&stat).ok_or_else(|| io::Error::other(stat.clone()))?;
            if name == EXPORTER {
                cpu[2] += times[0] + times[1];
            } else {
                cpu[0] += times[0];
                cpu[1] += times[1];
            }
        }
    }
    Ok(cpu)
}

/// Returns the name of a thread, its user time and its system time.
fn times(stat: &str) -> Option<(&str, [f64; 2])> {
    // The name in parentheses may contain any character.
    let (name, fields) = stat.rsplit_once(')')?;
    let (_, name) = name.split_once('(')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut time = || Some(fields.next()?.parse::<f64>().ok()? * TICK);
    Some((name, [time()?, time()?]))
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
    fn times_of_a_thread_follow_its_name() {
        let stat = "7 (a) (b)) S 1 7 7 0 -1 4194304 5 0 0 0 20 3 0 0 20 0 1 0 9 0 0";
        assert_eq!(times(stat), Some(("a) (b)", [200_000.0, 30_000.0])));
        assert_eq!(times("7 (a) S 1 7"), None);
    }

    #[test]
    fn usage_of_this_process_is_positive() {
        let process = std::process::id();
        assert!(memory(process).unwrap() > 0.1);
        // The name that the SDK gives to its thread.
        let thread = std::thread::Builder::new().name("OpenTelemetry.Traces".to_owned());
        let before = cpu([process; 2]).unwrap();
        let exporter = thread.spawn(move || loop {
            let now = cpu([process; 2]).unwrap();
            if now[2] > before[2] {
                return now;
            }
        });
        let after = exporter.unwrap().join().unwrap();
        assert!(after[0] >= before[0] && after[1] >= before[1]);
    }
}
