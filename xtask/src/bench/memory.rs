//! Peak memory of `messages --all --everything`, which prints what it reads and keeps nothing.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::Stdio,
    thread,
    time::Duration,
};

use anyhow::{Context, bail};

use super::{
    process::{Usage, measure, on_core},
    report::{Filter, print_verdict},
    server::Server,
};

/// The most peak memory at a million messages, relative to that at a tenth of them.
const GROWTH: f64 = 1.10;
const MOST_KIB: u64 = 64 * 1024;
/// How long the busy reader reads nothing.
const PAUSE: Duration = Duration::from_secs(60);

struct Row {
    name: &'static str,
    settings: &'static str,
    /// How long the reader pauses after half of the lines.
    pause: Duration,
}

const SMALL: &str = "100,000 messages";
const LARGE: &str = "1,000,000 messages";
const LONG: &str = "long sessions";
const ROWS: [Row; 6] = [
    row(SMALL, "messages=100000,quirks=yes"),
    row(LARGE, "messages=1000000,sessions=500,quirks=yes"),
    // The same in as many sessions as the small account has: their first pages, which hold all that was edited or
    // deleted in a month, are ten times as large, up to 3 MB.
    row(LONG, "messages=1000000,quirks=yes"),
    Row {
        pause: PAUSE,
        ..row("stalled reader", "messages=100000,quirks=yes")
    },
    // Few sessions make full pages of 100 messages. Edited and deleted messages stand beside them and
    // add a quarter; they are spread, so that no page is much larger than the others.
    row(
        "pages of 8 MB",
        "messages=5000,sessions=4,modifications_on=spread,text_bytes=60000",
    ),
    row(
        "pages of 10 MB",
        "messages=5000,sessions=4,modifications_on=spread,text_bytes=80000",
    ),
];

const fn row(name: &'static str, settings: &'static str) -> Row {
    Row {
        name,
        settings,
        pause: Duration::ZERO,
    }
}

#[expect(clippy::print_stdout, reason = "a task says what it found")]
pub fn run(program: &Path, only: &Filter) -> anyhow::Result<()> {
    println!("account              entries   wall s   CPU s   output MiB   peak MiB");
    let mut peaks = Vec::new();
    for row in ROWS.iter().filter(|row| only.accepts(row.name)) {
        let (read, used) = run_once(program, row)?;
        println!(
            "{:<18}  {:>8}  {:>7.1}  {:>6.1}  {:>11}  {:>9.1}",
            row.name,
            read.lines,
            used.wall,
            used.cpu,
            read.bytes >> 20,
            mib(used.peak_kib),
        );
        peaks.push((row.name, used.peak_kib));
    }
    for (name, peak_kib) in &peaks {
        print_verdict(
            &format!("peak, {name}"),
            &format!("{:.1} MiB", mib(*peak_kib)),
            &format!("{} MiB", MOST_KIB / 1024),
            *peak_kib <= MOST_KIB,
        );
    }
    let peak_of = |name| peaks.iter().find(|(row, _)| *row == name);
    for larger in [LARGE, LONG] {
        let (Some((_, small)), Some((_, large))) = (peak_of(SMALL), peak_of(larger)) else {
            continue;
        };
        let growth = mib(*large) / mib(*small);
        print_verdict(
            &format!("growth of peak, {larger}"),
            &format!("{growth:.2}"),
            &format!("{GROWTH:.2}"),
            growth <= GROWTH,
        );
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// The counted output of the program.
struct Printed {
    lines: u64,
    bytes: u64,
}

/// Runs the program once; fails unless it printed every entry and ended with success.
fn run_once(program: &Path, row: &Row) -> anyhow::Result<(Printed, Usage)> {
    let settings = row.settings.split(',').chain(["plan=unlimited"]);
    let settings: Vec<String> = settings.map(str::to_owned).collect();
    let server = Server::start(program, &settings)?;
    let expected = server.entries()?;
    let mut command = on_core(1, program);
    command
        .args(["messages", "--all", "--everything", "--quiet"])
        .args(["--plan", "100000"])
        .envs(server.variables.clone())
        .stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let stdout = child.stdout.take().context("no output")?;
    let pause = row.pause;
    let reader = thread::spawn(move || read(stdout, expected / 2, pause));
    let used = measure(child)?;
    let printed = reader
        .join()
        .map_err(|_| anyhow::anyhow!("the reader failed"))??;
    if printed.lines != expected {
        bail!(
            "{}: {} lines were printed for {expected} entries",
            row.name,
            printed.lines
        );
    }
    Ok((printed, used))
}

/// Counts lines, and pauses once after half of them.
fn read(stdout: impl Read, pause_after: u64, pause: Duration) -> anyhow::Result<Printed> {
    let mut stdout = BufReader::new(stdout);
    let mut printed = Printed { lines: 0, bytes: 0 };
    let mut line = Vec::new();
    while stdout.read_until(b'\n', &mut line)? > 0 {
        printed.lines += 1;
        printed.bytes += line.len() as u64;
        line.clear();
        if printed.lines == pause_after {
            thread::sleep(pause);
        }
    }
    Ok(printed)
}
