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
    /// Rewrite the files derived from the spec: snapshots of the generated sources and JSON Schemas.
    Codegen {
        /// Write nothing; fail and name the stale files.
        #[arg(long)]
        check: bool,
    },
    /// Run the steps of CI, in CI's order.
    Ci {
        /// Run also `package --build`, `document` and each step of `--only` but the advisories.
        #[arg(long, conflicts_with = "only")]
        full: bool,
        /// Run this step alone.
        #[arg(long, value_name = "STEP")]
        only: Option<ci::Step>,
        /// Name each step whose tool is missing; do not fail for it.
        #[arg(long)]
        allow_missing: bool,
    },
    /// Check the OpenAPI document with validators that others wrote; install them under `target/`.
    Document {
        /// Name each validator that is missing; do not fail for it.
        #[arg(long)]
        allow_missing: bool,
    },
    /// Pack the crates as they would be published, and check the contents of the packages.
    Package {
        /// Build the packages without a network, and run the tests of a crate that depends on them.
        #[arg(long)]
        build: bool,
    },
    /// Measure the program in its release build.
    Bench {
        /// Measure this.
        what: bench::Bench,
        /// Run only the rows whose name contains this text.
        #[arg(long, value_name = "TEXT")]
        only: Option<String>,
    },
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Codegen { check: true } => codegen::check(),
        Task::Codegen { check: false } => codegen::write(),
        Task::Ci {
            full,
            only,
            allow_missing,
        } => match only {
            Some(step) => ci::run_only(step, allow_missing),
            None if full => ci::run_full(allow_missing),
            None => ci::run(),
        },
        Task::Document { allow_missing } => ci::document(allow_missing),
        Task::Package { build: false } => package::pack(),
        Task::Package { build: true } => package::build(),
        Task::Bench { what, only } => bench::run(what, &bench::Filter(only)),
    }
}
