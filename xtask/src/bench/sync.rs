//! `sync` of a simulated account that limits nothing, in another process on another core.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use anyhow::{Context, bail};

use super::process::{Used, measure, on_core};

const SIZES: [u64; 2] = [10_000, 1_000_000];
/// What is asked for: ten times what Zoom's highest plan allows, 60 requests of 100 messages a second.
const TARGET: f64 = 60_000.0;
/// Peak memory at the larger size, of that at the smaller.
const GROWTH: f64 = 1.10;
const MOST_KIB: u64 = 64 * 1024;

#[expect(clippy::print_stdout, reason = "a task says what it found")]
pub fn run(program: &Path) -> anyhow::Result<()> {
    println!("entries     wall s   CPU s   entries/CPU s    entries/s    peak MiB   server CPU s");
    let mut peaks = Vec::new();
    let mut speed = 0.0;
    for messages in SIZES {
        let (stored, used, server_cpu) = one(program, messages)?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let (count, mib) = (stored as f64, used.peak_kib as f64 / 1024.0);
        speed = count / used.cpu;
        println!(
            "{stored:<10}  {:>6.1}  {:>6.1}  {speed:>15.0}  {:>11.0}  {mib:>9.1}  {server_cpu:>13.1}",
            used.wall,
            used.cpu,
            count / used.wall,
        );
        peaks.push(used.peak_kib);
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let growth = peaks[1] as f64 / peaks[0] as f64;
    let verdict = |met: bool| if met { "met" } else { "MISSED" };
    println!(
        "entries/CPU s    {speed:.0}, asked {TARGET:.0}: {}",
        verdict(speed >= TARGET)
    );
    println!(
        "growth of peak   {growth:.2}, asked {GROWTH:.2}: {}",
        verdict(growth <= GROWTH)
    );
    println!(
        "peak             {} MiB, asked {} MiB: {}",
        peaks[1] / 1024,
        MOST_KIB / 1024,
        verdict(peaks[1] <= MOST_KIB)
    );
    Ok(())
}

/// One sync: how many entries it stored, what it used, and what the server used.
fn one(program: &Path, messages: u64) -> anyhow::Result<(u64, Used, f64)> {
    let folder = std::env::temp_dir().join(format!("zoom-chat-bench-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let mut server = Server::start(program, messages)?;
    let mut command = on_core(1, program);
    command
        .args([
            "sync",
            "--quiet",
            "--no-attachments",
            "--plan",
            "100000",
            "--json",
        ])
        .arg(&folder)
        .envs(server.variables.clone())
        .stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let stdout = child.stdout.take().context("no output")?;
    let report =
        std::thread::spawn(move || serde_json::from_reader::<_, serde_json::Value>(stdout));
    let used = measure(child);
    let server_cpu = server.cpu();
    drop(server);
    let _ = fs::remove_dir_all(&folder);
    let used = used?;
    let report = report.join().map_err(|_| anyhow::anyhow!("no report"))??;
    let stored = ["new", "edited", "deleted"].map(|field| report[field].as_u64().unwrap_or(0));
    Ok((stored.iter().sum(), used, server_cpu))
}

/// The simulated account, which ends with this.
struct Server {
    child: Child,
    variables: Vec<(String, String)>,
}

impl Server {
    fn start(program: &Path, messages: u64) -> anyhow::Result<Self> {
        let mut child = on_core(0, program)
            .args([
                "sandbox",
                "--quiet",
                "--set",
                "plan=unlimited",
                "--set",
                "quirks=yes",
            ])
            .args(["--messages", &messages.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let mut server = Self {
            child,
            variables: Vec::new(),
        };
        for line in BufReader::new(stdout).lines().take(6) {
            let line = line?;
            let (name, value) = line.split_once('=').context("an odd line")?;
            let variable = (name.to_owned(), value.to_owned());
            server.variables.push(variable);
        }
        if server.variables.len() < 6 {
            bail!("the simulated account did not start");
        }
        Ok(server)
    }

    fn cpu(&mut self) -> f64 {
        super::process::cpu_of(self.child.id()).unwrap_or(f64::NAN)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
