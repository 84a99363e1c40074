//! Arguments that clap refuses, or answers itself.

use std::{io, io::Write};

use clap::error::ErrorKind as ClapKind;

use crate::{
    exit::Exit,
    failure::Failure,
    ui::stderr::{eprint_failure, escape},
};

/// Prints what clap has to eprint, be it help or an error.
pub(crate) fn eprint_refusal(error: &clap::Error) -> Exit {
    match error.kind() {
        ClapKind::DisplayHelp | ClapKind::DisplayVersion => match error.print() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                eprint_failure(&Failure::io("the help cannot be written", &error));
                Exit::Failed
            }
            _ => Exit::Complete,
        },
        ClapKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = write!(io::stderr().lock(), "{}", error.render());
            eprint_failure(&Failure::usage("no command was given").hint(
                "`zoom-chat messages --all --sandbox` shows what it does, without an account",
            ));
            Exit::Usage
        }
        _ => {
            let (text, hint) = one_line(&error.render().to_string());
            let hint =
                hint.unwrap_or_else(|| "`--help` after the command shows its options".into());
            eprint_failure(&Failure::usage(text).hint(hint));
            Exit::Usage
        }
    }
}

/// Takes clap's message apart: what is wrong in one line, and what may help.
fn one_line(rendered: &str) -> (String, Option<String>) {
    let mut text: Vec<&str> = Vec::new();
    let mut hint = None;
    for line in rendered.lines().map(str::trim) {
        if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        }
        let help = line
            .strip_prefix("hint: ")
            .or_else(|| line.strip_prefix("tip: "));
        match help {
            Some(help) if hint.is_none() => hint = Some(help.to_owned()),
            Some(_) => {}
            None if line.is_empty() => {}
            None => text.push(line),
        }
    }
    let text = text.join(" ");
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    // What may stand there is a hint, too.
    let (text, possible) = match text.split_once(" [possible values: ") {
        Some((text, values)) => (text, values.strip_suffix(']')),
        None => (text, None),
    };
    let hint = hint.or_else(|| possible.map(|values| format!("one of {values}")));
    (escape(text).into_owned(), hint)
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_message_of_clap_becomes_one_line_and_a_hint() {
        let (text, hint) = one_line(
            "error: the following required arguments were not provided:\n  <SHELL>\n\nUsage: a b\n",
        );
        assert_eq!(
            text,
            "the following required arguments were not provided: <SHELL>"
        );
        assert_eq!(hint, None);
        let (text, hint) = one_line("error: unexpected\n\n  tip: similar: '--from'\n\nUsage: x");
        assert_eq!(
            (text.as_str(), hint.as_deref()),
            ("unexpected", Some("similar: '--from'"))
        );
    }
}
