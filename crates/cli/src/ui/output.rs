//! Lines of data: on stdout, or in a file that gets its name once it is whole.

mod place;

use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::NamedTempFile;

pub(crate) use place::{Place, beside, check_place, check_summary, folder_of, put, unwritable};

use crate::{
    failure::Failure,
    signal::Interrupt,
    ui::{ndjson, progress::Progress},
};

/// The number of bytes that may wait until they are written.
const BUFFER: usize = 64 * 1024;

/// The time that a reader has after a signal.
const BRIEFLY: Duration = Duration::from_secs(1);

/// Lines, written whole and in large pieces.
#[derive(Debug)]
pub(crate) struct Output {
    waiting: Vec<u8>,
    target: Target,
    closed: bool,
}

/// The place where lines go.
#[derive(Debug)]
enum Target {
    Stdout,
    Terminal,
    /// A file beside `path`, which is removed unless it becomes whole.
    Beside {
        part: NamedTempFile,
        path: PathBuf,
    },
    /// A file that somebody else keeps.
    Kept(File),
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
    /// Lines on stdout, or in the file of `--output`, if there is one.
    pub(crate) fn to(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::stdout());
        };
        check_place(path)?;
        let part = tempfile::Builder::new()
            .prefix(&beside(path, ".part-"))
            .tempfile_in(folder_of(path))
            .map_err(|error| unwritable(path, &error))?;
        let path = path.to_owned();
        Ok(Self::with(Target::Beside { part, path }))
    }

    /// Lines on stdout.
    pub(crate) fn stdout() -> Self {
        Self::with(match io::stdout().is_terminal() {
            true => Target::Terminal,
            false => Target::Stdout,
        })
    }

    /// Lines at the end of a file.
    pub(crate) fn after(file: File) -> Self {
        Self::with(Target::Kept(file))
    }

    fn with(target: Target) -> Self {
        Self {
            waiting: Vec::with_capacity(2 * BUFFER),
            target,
            closed: false,
        }
    }

    /// Whether people read it.
    pub(crate) fn is_for_people(&self) -> bool {
        matches!(self.target, Target::Terminal)
    }

    /// Adds a text as it is, also on a terminal.
    pub(crate) fn add_verbatim(&mut self, text: &str) {
        self.waiting.extend_from_slice(text.as_bytes());
    }

    /// Adds the lines that `append` makes.
    pub(crate) fn add(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        let start = self.waiting.len();
        append(&mut self.waiting);
        if self.is_for_people() {
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

    /// Writes everything that waits. After a signal, the reader of stdout has a second to take it.
    pub(crate) async fn write_or_stop(
        &mut self,
        progress: &Progress,
        interrupt: &Interrupt,
    ) -> Result<(), Stopped> {
        let is_stdout = matches!(self.target, Target::Stdout);
        if self.closed || !is_stdout || self.waiting.is_empty() {
            return self.write(progress);
        }
        let waiting = std::mem::take(&mut self.waiting);
        // A stopped reader must not block anything, least of all signals.
        let mut writing = tokio::task::spawn_blocking(move || (print(&waiting), waiting));
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
        let result = match &mut self.target {
            Target::Stdout | Target::Terminal => progress.aside(|| print(waiting)),
            Target::Beside { part, .. } => part.write_all(waiting),
            Target::Kept(file) => file.write_all(waiting),
        };
        self.waiting.clear();
        self.outcome(result)
    }

    /// Writes everything that waits. From here on a file has its name.
    pub(crate) fn finish(mut self, progress: &Progress) -> Result<Place, Stopped> {
        self.write(progress)?;
        match self.target {
            Target::Beside { part, path } => {
                let (file, part) = part.into_parts();
                put(&file, part, &path).map_err(Stopped::Failed)?;
                Ok(Place::File(path))
            }
            _ => Ok(Place::Nowhere),
        }
    }

    /// Writes everything that waits to stdout. A file is not made.
    pub(crate) fn withhold(mut self, progress: &Progress) -> Result<Place, Stopped> {
        self.write(progress)?;
        match self.target {
            Target::Beside { path, .. } => Ok(Place::Withheld(path)),
            _ => Ok(Place::Nowhere),
        }
    }

    fn outcome(&mut self, result: io::Result<()>) -> Result<(), Stopped> {
        result.map_err(|error| {
            // From now on nothing can be written.
            self.closed = true;
            let (what, hint) = match &self.target {
                Target::Stdout | Target::Terminal if error.kind() == io::ErrorKind::BrokenPipe => {
                    return Stopped::Closed;
                }
                Target::Stdout | Target::Terminal => (
                    "standard output cannot be written",
                    "free some disk space, or send the output elsewhere; what was written is incomplete",
                ),
                Target::Kept(_) => (
                    "the output cannot be written",
                    "free some disk space, and run the same command again: it goes on",
                ),
                Target::Beside { .. } => {
                    ("the output cannot be written", "free some disk space, and run it again")
                }
            };
            Stopped::Failed(Failure::io(what, &error).hint(hint))
        })
    }
}

/// Writes to stdout, to its end.
pub(super) fn print(text: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text).and_then(|()| stdout.flush())
}
