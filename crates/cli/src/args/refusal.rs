//! Arguments that clap refuses, or answers itself.

use std::{io, io::Write};

use clap::error::ErrorKind as ClapKind;

use crate::{
    exit::Exit,
    failure::Failure,
    ui::stderr::{eprint_failure, escape},
};

/// Prints clap's message, which is help or an error.
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
        kind => {
            let refusal = Refusal::read(&error.render().to_string());
            let hint = refusal.hint(kind);
            eprint_failure(&Failure::usage(refusal.text).hint(hint));
            Exit::Usage
        }
    }
}

/// The parts of clap's message.
#[derive(Debug, Default)]
struct Refusal {
    /// The error, in one line.
    text: String,
    /// The advice of clap, or of a value's parser.
    tip: Option<String>,
    /// The usage of the command.
    usage: Option<String>,
}

impl Refusal {
    fn read(rendered: &str) -> Self {
        let mut refusal = Self::default();
        let mut text: Vec<&str> = Vec::new();
        for line in rendered.lines().map(str::trim) {
            if let Some(usage) = line.strip_prefix("Usage: ") {
                refusal.usage = Some(usage.to_owned());
                break;
            }
            if line.starts_with("For more information") {
                break;
            }
            let tip = line
                .strip_prefix("hint: ")
                .or_else(|| line.strip_prefix("tip: "))
                // An unknown option is rarely meant as a value.
                .filter(|tip| !tip.starts_with("to pass "));
            if tip.is_none() && line.starts_with("tip: ") {
                continue;
            }
            match tip {
                Some(tip) => refusal.tip = refusal.tip.or_else(|| Some(tip.to_owned())),
                None if line.is_empty() => {}
                None => text.push(line),
            }
        }
        let text = text.join(" ");
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        // The possible values are a hint, too.
        let (text, possible) = match text.split_once(" [possible values: ") {
            Some((text, values)) => (text, values.strip_suffix(']')),
            None => (text, None),
        };
        refusal.text = escape(text).into_owned();
        let values = possible.map(|values| format!("one of {values}"));
        refusal.tip = refusal.tip.or(values);
        refusal
    }

    /// The advice for the user.
    fn hint(&self, kind: ClapKind) -> String {
        if let Some(tip) = &self.tip {
            return tip.clone();
        }
        match (kind, &self.usage) {
            (ClapKind::ArgumentConflict, _) => "leave out one of the two".to_owned(),
            (ClapKind::MissingRequiredArgument, Some(usage)) => format!("write `{usage}`"),
            _ => match self.text.rsplit_once(" is not in ") {
                Some((_, range)) => format!("give a number from {}", range.replace("..=", " to ")),
                None => format!("`{} --help` shows what it takes", self.command()),
            },
        }
    }

    /// The command that was called, as far as it was understood.
    fn command(&self) -> String {
        let usage = self.usage.as_deref().unwrap_or("zoom-chat");
        let is_name = |word: &&str| word.starts_with(char::is_alphabetic);
        let words: Vec<&str> = usage.split(' ').take_while(is_name).collect();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::{ClapKind, Refusal};

    #[test]
    fn a_message_of_clap_becomes_one_line_and_a_hint() {
        let refusal = Refusal::read(
            "error: the following required arguments were not provided:\n  <SHELL>\n\nUsage: a <SHELL>\n",
        );
        assert_eq!(
            refusal.text,
            "the following required arguments were not provided: <SHELL>"
        );
        let hint = refusal.hint(ClapKind::MissingRequiredArgument);
        assert_eq!(hint, "write `a <SHELL>`");
        let refusal = Refusal::read("error: unexpected\n\n  tip: similar: '--from'\n\nUsage: x");
        assert_eq!(refusal.text, "unexpected");
        assert_eq!(refusal.hint(ClapKind::UnknownArgument), "similar: '--from'");
    }
}
