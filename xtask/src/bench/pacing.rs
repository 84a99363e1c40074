//! How much of a plan's rate the program uses, and how many of its requests exceed it.

use std::{
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use anyhow::Context;
use chrono::Utc;

use super::{
    process,
    report::{Filter, print_verdict},
    server::Server,
};

const LATENCY_MS: u64 = 150;
const JITTER_MS: u64 = 30;
/// More threads than cores, so that the program has to wait for one.
const BUSY_THREADS: usize = 3;
/// The part of the requests that may be refused on a busy machine.
const REFUSED: f64 = 0.001;

struct Row {
    name: &'static str,
    plan: &'static str,
    /// Requests a second.
    rate: f64,
    jitter_ms: u64,
    is_busy: bool,
    /// The part of the rate that must be used.
    part: Option<f64>,
    /// The part of the requests that may be refused.
    refused: Option<f64>,
}

const ROWS: [Row; 5] = [
    steady("20/s", "pro", 20.0),
    jittery("20/s, jitter", "pro", 20.0),
    steady("60/s", "business", 60.0),
    jittery("60/s, jitter", "business", 60.0),
    Row {
        is_busy: true,
        part: None,
        refused: Some(REFUSED),
        ..steady("60/s, busy machine", "business", 60.0)
    },
];

const fn steady(name: &'static str, plan: &'static str, rate: f64) -> Row {
    Row {
        name,
        plan,
        rate,
        jitter_ms: 0,
        is_busy: false,
        part: Some(0.975),
        refused: Some(0.0),
    }
}

const fn jittery(name: &'static str, plan: &'static str, rate: f64) -> Row {
    Row {
        jitter_ms: JITTER_MS,
        part: Some(0.96),
        refused: None,
        ..steady(name, plan, rate)
    }
}

/// The account's statistics of a run.
struct Seen {
    requests: f64,
    seconds: f64,
    refused: f64,
    most_in_one_second: u64,
}

impl Seen {
    fn part_of(&self, rate: f64) -> f64 {
        self.requests / self.seconds / rate
    }

    fn refused_part(&self) -> f64 {
        self.refused / self.requests
    }
}

#[expect(clippy::print_stdout, reason = "a task says what it found")]
pub fn run(program: &Path, only: &Filter) -> anyhow::Result<()> {
    println!("rate                 requests   seconds   part of rate   429   most in 1 s");
    let mut rows = Vec::new();
    for row in ROWS.iter().filter(|row| only.accepts(row.name)) {
        let seen = run_once(program, row)?;
        println!(
            "{:<18}  {:>9}  {:>8.1}  {:>13.4}  {:>4}  {:>12}",
            row.name,
            seen.requests,
            seen.seconds,
            seen.part_of(row.rate),
            seen.refused,
            seen.most_in_one_second,
        );
        rows.push((row, seen));
    }
    for (row, seen) in rows {
        if let Some(asked) = row.part {
            let part = seen.part_of(row.rate);
            print_verdict(
                &format!("part of {}", row.name),
                &format!("{part:.4}"),
                &format!("{asked:.3}"),
                part >= asked,
            );
        }
        if let Some(asked) = row.refused {
            let refused = seen.refused_part();
            print_verdict(
                &format!("429 at {}", row.name),
                &format!("{refused:.4}"),
                &format!("{asked:.3}"),
                refused <= asked,
            );
        }
    }
    Ok(())
}

/// One run over six months of sessions that hold so little that each window is one page.
fn run_once(program: &Path, row: &Row) -> anyhow::Result<Seen> {
    // The account's day is the machine's, as it is with Zoom. Otherwise the program would first send a request
    // to learn which of the two is right.
    let now = Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
    let settings = [
        format!("now={now}"),
        format!("anchor={now}"),
        "sessions=200".to_owned(),
        "messages=4000".to_owned(),
        format!("plan={}", row.plan),
        format!("latency_ms={LATENCY_MS}"),
        format!("jitter_ms={}", row.jitter_ms),
    ];
    let server = Server::start(program, &settings)?;
    let _busy = row.is_busy.then(Busy::start);
    let child = process::on_core(1, program)
        .args(["messages", "--all", "--quiet", "--plan", row.plan])
        .envs(server.variables.clone())
        .stdout(Stdio::null())
        .spawn()?;
    process::measure(child)?;
    let stats = server.stats()?;
    let number = |field: &str| stats[field].as_f64().context("a count that is no number");
    Ok(Seen {
        requests: number("report_requests")?,
        seconds: (number("last_report_ms")? - number("first_report_ms")?) / 1000.0,
        refused: number("rate_limited")?,
        most_in_one_second: stats["max_in_one_second"].as_u64().unwrap_or(0),
    })
}

/// Threads that keep all cores busy until this is dropped.
struct Busy {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Busy {
    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let spin = |stop: Arc<AtomicBool>| {
            move || {
                while !stop.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            }
        };
        Self {
            threads: (0..BUSY_THREADS)
                .map(|_| thread::spawn(spin(Arc::clone(&stop))))
                .collect(),
            stop,
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
