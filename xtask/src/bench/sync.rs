//! `sync` of a simulated account that limits nothing, in another process on another core.

use std::{fs, path::Path, process::Stdio};

use anyhow::Context;

use super::{
    process::{Usage, measure, on_core},
    report::{Filter, print_verdict},
    server::Server,
};

const SIZES: [u64; 2] = [10_000, 1_000_000];
/// The target: ten times the highest rate of Zoom's plans, which is 60 requests of 100 messages a second.
const TARGET: f64 = 60_000.0;
/// The most peak memory at the larger size, relative to that at the smaller one.
const GROWTH: f64 = 1.10;
const MOST_KIB: u64 = 64 * 1024;

#[expect(clippy::print_stdout, reason = "a task says what it found")]
pub fn run(program: &Path, only: &Filter) -> anyhow::Result<()> {
    println!("entries     wall s   CPU s   entries/CPU s    entries/s    peak MiB   server CPU s");
    let mut peaks = Vec::new();
    let mut speed = 0.0;
    for messages in SIZES
        .into_iter()
        .filter(|size| only.accepts(&size.to_string()))
    {
        let (stored, used, server_cpu) = run_once(program, messages)?;
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
    print_verdict(
        "entries/CPU s",
        &format!("{speed:.0}"),
        &format!("{TARGET:.0}"),
        speed >= TARGET,
    );
    if let [small, large] = peaks[..] {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let growth = large as f64 / small as f64;
        print_verdict(
            "growth of peak",
            &format!("{growth:.2}"),
            &format!("{GROWTH:.2}"),
            growth <= GROWTH,
        );
    }
    if let Some(last) = peaks.last() {
        print_verdict(
            "peak",
            &format!("{} MiB", last / 1024),
            &format!("{} MiB", MOST_KIB / 1024),
            *last <= MOST_KIB,
        );
    }
    Ok(())
}

/// Runs one sync. Returns the stored entries, the resources of the program and the CPU time of the server.
fn run_once(program: &Path, messages: u64) -> anyhow::Result<(u64, Usage, f64)> {
    let folder = std::env::temp_dir().join(format!("zoom-chat-bench-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let settings = ["plan=unlimited", "quirks=yes"].map(str::to_owned);
    let settings = [&settings[..], &[format!("messages={messages}")]].concat();
    let server = Server::start(program, &settings)?;
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
