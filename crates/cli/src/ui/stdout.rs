//! Whole documents on stdout.

use super::{
    output::{Output, Stopped},
    progress::Progress,
};
use crate::failure::Failure;

/// Prints a whole document.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = Output::stdout();
    output.add_verbatim(text);
    match output.write(&Progress::none()) {
        Ok(()) | Err(Stopped::Closed) => Ok(()),
        Err(Stopped::Failed(failure)) => Err(failure),
    }
}

/// Prints a value as one JSON document.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    print(&json(value)?)
}

/// A value as one JSON document that ends with a line break.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::io("the report cannot be written", &error.into()))?;
    Ok(text + "\n")
}
