//! Tasks of this workspace.

mod bench;
mod ci;
mod codegen;

use clap::Parser;

#[derive(Parser)]
#[command(about)]
enum Task {
    /// Rewrites what is derived from the spec: snapshots of the generated sources and JSON Schemas.
    Codegen {
        /// Writes nothing; fails naming what is stale.
        #[arg(long)]
        check: bool,
    },
    /// Runs what CI runs, in CI's order.
    Ci,
    /// Measures the program as it is released.
    Bench {
        /// What to measure.
        what: bench::Bench,
    },
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Codegen { check: true } => codegen::check(),
        Task::Codegen { check: false } => codegen::write(),
        Task::Ci => ci::run(),
        Task::Bench { what } => bench::run(what),
    }
}
