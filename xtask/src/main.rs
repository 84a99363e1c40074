//! Tasks of this workspace.

mod bench;
mod ci;
mod codegen;
mod package;
mod workspace;

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
    Ci {
        /// Runs what needs more than cargo, or long: `package --build`, `document`, the oldest Rust, semver.
        #[arg(long)]
        full: bool,
        /// Names a step whose tool cannot be had, and does not fail for it.
        #[arg(long, requires = "full")]
        allow_missing: bool,
    },
    /// Lets validators of others judge the OpenAPI document; installs them under `target/`.
    Document {
        /// Names a step whose tool cannot be had, and does not fail for it.
        #[arg(long)]
        allow_missing: bool,
    },
    /// Packs the crates as they would be published, and checks what is in the packages.
    Package {
        /// Builds the packages without a network, and runs a crate of a user's on them.
        #[arg(long)]
        build: bool,
    },
    /// Measures the program as it is released.
    Bench {
        /// What to measure.
        what: bench::Bench,
        /// Runs only the rows whose name holds this text.
        #[arg(long, value_name = "TEXT")]
        only: Option<String>,
    },
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Codegen { check: true } => codegen::check(),
        Task::Codegen { check: false } => codegen::write(),
        Task::Ci { full: false, .. } => ci::run(),
        Task::Ci {
            full: true,
            allow_missing,
        } => ci::run_full(allow_missing),
        Task::Document { allow_missing } => ci::document(allow_missing),
        Task::Package { build: false } => package::pack(),
        Task::Package { build: true } => package::build(),
        Task::Bench { what, only } => bench::run(what, &bench::Only(only)),
    }
}
