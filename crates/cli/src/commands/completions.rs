//! `completions`: prints a completion script for a shell.

use clap::{
    Arg, Command, CommandFactory, ValueHint,
    builder::{PossibleValuesParser, Str},
};
use clap_complete::{Shell, generate};

use crate::{args::Args, exit::Exit, failure::Failure, ui::stdout};

/// Values that are offered, although other values are valid too.
const OFFERED: [(&str, &[&str]); 5] = [
    ("plan", &["free", "pro", "business"]),
    ("include", &["edited", "deleted"]),
    ("from", &["today", "yesterday", "-30d"]),
    ("to", &["today", "yesterday"]),
    ("before", &["today", "yesterday", "-30d"]),
];

pub(crate) fn run(shell: Shell) -> Result<Exit, Failure> {
    let mut command = Args::command().mut_subcommands(|it| it.mut_args(offering));
    let mut script = Vec::new();
    generate(shell, &mut command, "zoom-chat", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if shell == Shell::Bash {
        script = mended(&script, &command);
    }
    stdout::print(&script)?;
    Ok(Exit::Complete)
}

/// Tells the shell which values an argument takes: some words, folders, files, or nothing that it can complete.
fn offering(arg: Arg) -> Arg {
    let id = arg.get_id().as_str();
    if let Some((_, values)) = OFFERED.iter().find(|(name, _)| *name == id) {
        return arg.value_parser(PossibleValuesParser::new(*values));
    }
    if !arg.get_possible_values().is_empty() || !arg.get_action().takes_values() {
        return arg;
    }
    let name = arg.get_value_names().and_then(|names| names.first());
    let hint = match name.map(Str::as_str) {
        Some("ARCHIVE" | "TO") => ValueHint::DirPath,
        Some("FILE") => ValueHint::FilePath,
        _ => ValueHint::Other,
    };
    arg.value_hint(hint)
}

/// Repairs the script that `clap_complete` writes for bash.
///
/// The script names a command with a hyphen in two ways, so it completes nothing after a subcommand. If a
/// folder comes first, it offers options instead.
fn mended(script: &str, command: &Command) -> String {
    let mut script = script.replace("zoom__subcmd__chat__", "zoom__chat__");
    let of_folders = command.get_subcommands().filter(|command| {
        let first = command.get_positionals().next();
        first.is_some_and(|arg| arg.get_value_hint() == ValueHint::DirPath)
    });
    for command in of_folders {
        let label = format!("\n        zoom__chat__subcmd__{})\n", command.get_name());
        let Some((before, rest)) = script.split_once(&label) else {
            continue;
        };
        let Some((block, after)) = rest.split_once("\n            ;;\n") else {
            continue;
        };
        let block = block.replace(" || ${COMP_CWORD} -eq 2 ]]", " ]]");
        let block = block.strip_suffix(WORDS).unwrap_or(&block);
        script = format!("{before}{label}{block}{FOLDERS}\n            ;;\n{after}");
    }
    script
}

/// The end of a block of the script.
const WORDS: &str = r#"
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0"#;
const FOLDERS: &str = r#"
            compopt -o filenames 2>/dev/null
            COMPREPLY=( $(compgen -d -- "${cur}") )
            return 0"#;
