//! Data on stdout.

use std::io::{self, IsTerminal, Write};

use crate::{failure::Failure, line, progress::Progress};

/// So much may wait until it is written.
const BUFFER: usize = 64 * 1024;

/// Lines on stdout. They are written whole, in large pieces.
#[derive(Debug)]
pub(crate) struct Output {
    waiting: Vec<u8>,
    terminal: bool,
    closed: bool,
}

/// Why nothing more can be written.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The reader has seen enough, as `head` does.
    Closed,
    /// It failed.
    Failed(Failure),
}

impl Output {
    pub(crate) fn new() -> Self {
        Self {
            waiting: Vec::with_capacity(2 * BUFFER),
            terminal: io::stdout().is_terminal(),
            closed: false,
        }
    }

    /// Adds lines that `append` makes.
    pub(crate) fn add(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        let start = self.waiting.len();
        append(&mut self.waiting);
        if self.terminal {
            let text = String::from_utf8_lossy(&self.waiting[start..]);
            let text = line::for_terminal(&text);
            self.waiting.truncate(start);
            self.waiting.extend_from_slice(text.as_bytes());
        }
    }

    /// Writes when there is enough to be written.
    pub(crate) fn write_if_full(&mut self, progress: &Progress) -> Result<(), Stopped> {
        if self.waiting.len() < BUFFER {
            return Ok(());
        }
        self.write(progress)
    }

    /// Writes all that waits.
    pub(crate) fn write(&mut self, progress: &Progress) -> Result<(), Stopped> {
        if self.closed {
            return Err(Stopped::Closed);
        }
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = &self.waiting;
        let written = progress.aside(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(waiting).and_then(|()| stdout.flush())
        });
        self.waiting.clear();
        written.map_err(|error| {
            // Whatever else is tried, nothing more can be written.
            self.closed = true;
            if error.kind() == io::ErrorKind::BrokenPipe {
                return Stopped::Closed;
            }
            Stopped::Failed(
                Failure::io("standard output cannot be written", &error).hint(
                    "make room, or send the output elsewhere; what was written is incomplete",
                ),
            )
        })
    }
}

/// Prints a whole document.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = Output::new();
    output.waiting.extend_from_slice(text.as_bytes());
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
