//! `completions`: scripts for shells.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::{args::Args, exit::Exit, failure::Failure, ui::stdout};

pub(crate) fn run(shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    generate(shell, &mut Args::command(), "zoom-chat", &mut script);
    stdout::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Complete)
}
