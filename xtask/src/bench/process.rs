//! A child process on one core, and its CPU time and memory as Linux reports them.

use std::{
    fs,
    path::Path,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

/// How often memory is looked at; Linux itself remembers the peak.
const EVERY: Duration = Duration::from_millis(20);
/// Clock ticks a second: the same on every Linux that this runs on.
const TICKS: f64 = 100.0;

/// The resources that a process used.
pub struct Usage {
    pub wall: f64,
    pub cpu: f64,
    pub peak_kib: u64,
}

/// A command that is bound to a core, if the system can do that.
pub fn on_core(core: usize, program: &Path) -> Command {
    let has_taskset = Command::new("taskset").arg("-V").output().is_ok();
    if !has_taskset {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

/// Waits for a process to end with success, and returns the resources that it used.
pub fn measure(mut child: Child) -> anyhow::Result<Usage> {
    let began = Instant::now();
    let proc = format!("/proc/{}", child.id());
    let mut peak_kib = 0;
    loop {
        let status = fs::read_to_string(format!("{proc}/status")).context("needs Linux's /proc")?;
        peak_kib = peak(&status).unwrap_or(peak_kib);
        // Ended, but not waited for: its times can still be read.
        if status.lines().any(|line| line.starts_with("State:\tZ")) {
            break;
        }
        thread::sleep(EVERY);
    }
    let wall = began.elapsed().as_secs_f64();
    let cpu = cpu_of(child.id())?;
    let status = child.wait()?;
    if !status.success() {
        bail!("the measured program ended with {status}");
    }
    Ok(Usage {
        wall,
        cpu,
        peak_kib,
    })
}

fn peak(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The CPU time that a process has used so far, in seconds.
pub fn cpu_of(id: u32) -> anyhow::Result<f64> {
    cpu_seconds(&fs::read_to_string(format!("/proc/{id}/stat"))?)
}

/// User and system time, the 14th and 15th field; the second may hold spaces, in brackets.
fn cpu_seconds(stat: &str) -> anyhow::Result<f64> {
    let (_, fields) = stat
        .rsplit_once(')')
        .context("an unreadable /proc/PID/stat")?;
    let ticks: Vec<f64> = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / TICKS)
}
