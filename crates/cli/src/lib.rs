#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod archive;
mod args;
mod commands;
mod connect;
mod context;
mod dates;
mod exit;
mod failure;
mod logging;
mod operator;
mod part;
mod schema;
mod selection;
mod signal;
mod ui;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::{args::Args, exit::Exit, failure::Failure, ui::stderr::eprint_failure};

pub use schema::schemas;

/// Runs the program with the arguments and the environment of the process.
#[must_use]
pub fn run() -> ExitCode {
    let matches = Args::command().try_get_matches();
    let args = match matches.and_then(|matches| Args::from_arg_matches(&matches)) {
        Ok(args) => args,
        Err(error) => return args::eprint_refusal(&error).into(),
    };
    match start(args) {
        Ok(exit) => exit,
        Err(failure) => {
            eprint_failure(&failure);
            failure.exit()
        }
    }
    .into()
}

fn start(args: Args) -> Result<Exit, Failure> {
    logging::start(args.global.log.as_deref())?;
    commands::run(args)
}
