//! Data on stdout.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use crate::{
    failure::Failure,
    signal::Interrupt,
    ui::{ndjson, progress::Progress},
};

/// The number of bytes that may wait until they are written.
const BUFFER: usize = 64 * 1024;

/// The time that a reader has after a signal.
const BRIEFLY: Duration = Duration::from_secs(1);

/// Lines on stdout, written whole and in large pieces.
#[derive(Debug)]
pub(crate) struct Output {
    waiting: Vec<u8>,
    terminal: bool,
    closed: bool,
}

/// The reason why nothing more can be written.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The reader closed stdout, as `head` does.
    Closed,
    /// Writing failed.
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

    /// Adds the lines that `append` makes.
    pub(crate) fn add(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        let start = self.waiting.len();
        append(&mut self.waiting);
        if self.terminal {
            let text = String::from_utf8_lossy(&self.waiting[start..]);
            let text = ndjson::for_terminal(&text);
            self.waiting.truncate(start);
            self.waiting.extend_from_slice(text.as_bytes());
        }
    }

    /// Whether enough waits to be written.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= BUFFER
    }

    /// Writes if enough waits to be written.
    pub(crate) fn write_if_full(&mut self, progress: &Progress) -> Result<(), Stopped> {
        if self.is_full() {
            self.write(progress)?;
        }
        Ok(())
    }

    /// Writes everything that waits. After a signal, the reader has a second to take it.
    pub(crate) async fn write_or_stop(
        &mut self,
        progress: &Progress,
        interrupt: &Interrupt,
    ) -> Result<(), Stopped> {
        if self.closed || self.terminal || self.waiting.is_empty() {
            return self.write(progress);
        }
        let waiting = std::mem::take(&mut self.waiting);
        // A stopped reader must not block anything, least of all signals.
        let mut writing = tokio::task::spawn_blocking(move || (written(&waiting), waiting));
        let mut interrupt = interrupt.clone();
        let ended = tokio::select! {
            ended = &mut writing => Some(ended),
            _ = interrupt.wait() => tokio::time::timeout(BRIEFLY, writing).await.ok(),
        };
        match ended {
            Some(Ok((result, mut buffer))) => {
                buffer.clear();
                self.waiting = buffer;
                self.outcome(result)
            }
            Some(Err(panicked)) => std::panic::resume_unwind(panicked.into_panic()),
            None => {
                // The output may end in the middle of a line.
                self.closed = true;
                Err(Stopped::Closed)
            }
        }
    }

    /// Writes everything that waits.
    pub(crate) fn write(&mut self, progress: &Progress) -> Result<(), Stopped> {
        if self.closed {
            return Err(Stopped::Closed);
        }
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = &self.waiting;
        let result = progress.aside(|| written(waiting));
        self.waiting.clear();
        self.outcome(result)
    }

    fn outcome(&mut self, result: io::Result<()>) -> Result<(), Stopped> {
        result.map_err(|error| {
            // From now on nothing can be written.
            self.closed = true;
            if error.kind() == io::ErrorKind::BrokenPipe {
                return Stopped::Closed;
            }
            Stopped::Failed(
                Failure::io("standard output cannot be written", &error).hint(
                    "free some disk space, or send the output elsewhere; what was written is incomplete",
                ),
            )
        })
    }
}

fn written(text: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text).and_then(|()| stdout.flush())
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
