//! The unfinished file of `messages --output`: a run that ends early leaves it, and the next one continues it.
//!
//! `FILE.part` holds lines, `FILE.part.json` says how many of them count and which instants they prove. Both are
//! saved in this order, so that a kill or a loss of power costs only what came after the last save. Lines are never
//! removed from a file that is continued; a line that comes again is not added.

mod claims;
mod known;
mod locked;
mod state;

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use tempfile::TempPath;
use zoom_chat_reports::{
    Coverage, DateRange, HarvestSummary,
    dates::{Interval, latest_midnight},
    harvest::{Harvest, WindowFacts},
};

use crate::{
    dates::{Asked, Day},
    exit::Exit,
    failure::Failure,
    schema::Written,
    ui::output::{Output, Place, beside, check_place, put, unwritable},
};

use claims::claims;
use known::{Placed, Proven, hash};
use state::{State, hex};

pub(crate) use claims::Claims;
pub(crate) use state::Question;

/// The shortest time between two saves.
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// A save may take one part in this many of the time.
const SAVE_SHARE: u32 = 20;

/// An unfinished file.
#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
    part: PathBuf,
    state_path: PathBuf,
    file: File,
    state: State,
    /// Whether an earlier run began it.
    is_continued: bool,
    hasher: Sha256,
    /// The lines that an earlier run left.
    lines: Written,
    /// Lines that may come again, as hashes.
    known: HashSet<u128>,
    saved: Instant,
    /// How long the last save took.
    took: Duration,
}

/// Whether an earlier run left an unfinished file for this one.
pub(crate) fn is_begun(path: &Path) -> bool {
    path.file_name().is_some() && path.with_file_name(beside(path, ".part.json")).is_file()
}

impl Part {
    /// Begins the file at `path`, or continues it.
    pub(crate) fn open(path: &Path, question: &Question) -> Result<Self, Failure> {
        check_place(path)?;
        let part = path.with_file_name(beside(path, ".part"));
        let state_path = path.with_file_name(beside(path, ".part.json"));
        // Whatever is refused leaves nothing behind.
        State::read(&state_path)?;
        let file = locked::open(&part)?;
        // Another run may have gone on, or have finished, meanwhile.
        check_place(path)?;
        let bytes = file.metadata().map_err(|error| unwritable(&part, &error))?;
        let stored = State::read(&state_path)?.filter(|_| bytes.len() > 0);
        if stored.is_none() && bytes.len() > 0 {
            let text = format!("{} is there already", part.display());
            return Err(Failure::usage(text)
                .hint("no run of this program left it there: move it away, or name another file"));
        }
        let is_continued = stored.is_some();
        let state = stored.unwrap_or_else(|| State::new(question.clone()));
        let mut this = Self {
            path: path.to_owned(),
            part,
            state_path,
            file,
            state,
            is_continued,
            hasher: Sha256::new(),
            lines: Written::default(),
            known: HashSet::new(),
            saved: Instant::now(),
            took: Duration::ZERO,
        };
        if is_continued {
            this.check_question(question)?;
            this.read_lines()?;
        } else {
            this.save()?;
        }
        Ok(this)
    }

    fn check_question(&self, question: &Question) -> Result<(), Failure> {
        if self.state.question == *question {
            return Ok(());
        }
        let text = format!("{} was begun with other options", self.part.display());
        Err(Failure::usage(text).hint(format!(
            "give the same account, sessions, days and content options, or {}",
            self.begin_anew()
        )))
    }

    fn begin_anew(&self) -> String {
        let (part, state) = (self.part.display(), self.state_path.display());
        format!("remove {part} and {state} to begin anew")
    }

    /// Reads the lines that count, and removes those that came after the last save.
    fn read_lines(&mut self) -> Result<(), Failure> {
        let changed = |this: &Self| {
            let text = format!("{} is not what the earlier run wrote", this.part.display());
            Failure::usage(text).hint(this.begin_anew())
        };
        let part = self.part.clone();
        let failed = |error: io::Error| unwritable(&part, &error);
        let mut reader = BufReader::new((&self.file).take(self.state.bytes));
        let mut proven = Proven::of(&self.state);
        let (mut line, mut read) = (Vec::new(), 0);
        while reader.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            read += line.len() as u64;
            self.hasher.update(&line);
            // Only this program's lines are in it.
            let Ok(placed) = serde_json::from_slice::<Placed>(&line) else {
                return Err(changed(self));
            };
            self.lines.add(placed.kind);
            if proven.may_come_again(placed) {
                self.known.insert(hash(&line));
            }
            line.clear();
        }
        if read != self.state.bytes || self.digest() != self.state.sha256 {
            return Err(changed(self));
        }
        self.file.set_len(read).map_err(failed)?;
        self.file.seek(io::SeekFrom::End(0)).map_err(failed)?;
        Ok(())
    }

    /// The SHA-256 of all lines so far, in hex.
    fn digest(&self) -> String {
        hex(&self.hasher.clone().finalize())
    }

    /// The end of the file, for more lines.
    pub(crate) fn output(&self) -> Result<Output, Failure> {
        let file = self.file.try_clone();
        file.map(Output::after)
            .map_err(|error| unwritable(&self.part, &error))
    }

    /// When the first run began, and the lines so far, if an earlier run began it.
    pub(crate) fn continued(&self) -> Option<(DateTime<Utc>, Written)> {
        self.is_continued
            .then_some((self.state.begun_at, self.lines))
    }

    /// Leaves out of a harvest what the file proves already.
    pub(crate) fn except(&self, harvest: Harvest) -> Harvest {
        let State {
            coverage, floors, ..
        } = &self.state;
        let mut read = coverage.clone();
        for (session, floor) in floors {
            read.insert(session, &self.state.question.options, *floor);
        }
        let harvest = harvest.except(&read);
        match self.state.question.sessions.is_empty() {
            true => harvest.also(coverage.sessions()),
            false => harvest,
        }
    }

    /// The days to read. Days that were given are those of the first run.
    pub(crate) fn range(&mut self, asked: &Asked, today: NaiveDate) -> Result<DateRange, Failure> {
        let mut pinned = *asked;
        if let Some(first) = self.state.range {
            pinned.from = asked.from.map(|_| Day::On(first.first()));
            pinned.to = asked.to.map(|_| Day::On(first.last()));
        }
        let range = pinned
            .range(today)
            .map_err(|failure| match self.is_continued {
                // The question was a good one when the file was begun.
                true => Failure::new(Exit::Incomplete, failure.text()).hint(format!(
                    "no later run can read the rest: rename {} to use it as it is",
                    self.part.display()
                )),
                false => failure,
            })?;
        self.state.range = Some(range);
        Ok(range)
    }

    /// The days of the first run, if an earlier run began the file.
    pub(crate) fn first_range(&self) -> Option<DateRange> {
        self.state.range.filter(|_| self.is_continued)
    }

    /// Whether a first day was asked for.
    pub(crate) fn has_first_day(&self) -> bool {
        self.state.question.days[0].is_some()
    }

    /// What the file proves at the end of a run that continued it; see [`claims`].
    pub(crate) fn claims(&self, summary: &HarvestSummary) -> Option<Claims> {
        self.is_continued.then(|| claims(&self.state, summary))?
    }

    /// Takes a line that is about to be written; `false` if an earlier run wrote it.
    pub(crate) fn take(&mut self, line: &[u8]) -> bool {
        if !self.known.is_empty() && self.known.contains(&hash(line)) {
            return false;
        }
        self.state.bytes += line.len() as u64;
        self.hasher.update(line);
        true
    }

    /// Notes a window whose lines have all been taken.
    pub(crate) fn done(&mut self, facts: &WindowFacts) {
        self.state.coverage.record(facts);
        let begins = self.state.range.map(|range| range.start());
        let answered = &facts.answered;
        if facts.settled && begins.is_some_and(|begins| answered.kept.start <= begins) {
            // The first instants may belong to a day that Zoom no longer has: nothing proves them.
            let first = latest_midnight(answered.from).max(answered.proves().start);
            let floor = Interval::new(answered.kept.start, first.min(answered.kept.end));
            self.state
                .floors
                .insert(facts.session_id.to_string(), floor);
        }
    }

    /// Whether it is time to save.
    pub(crate) fn is_due(&self) -> bool {
        self.saved.elapsed() > SAVE_EVERY.max(self.took * SAVE_SHARE)
    }

    /// Saves what was taken, after all of it was written.
    pub(crate) fn save(&mut self) -> Result<(), Failure> {
        let begun = Instant::now();
        let failed = |error| unwritable(&self.part, &error);
        self.file.sync_data().map_err(failed)?;
        // If writing failed, the state of the last save still counts.
        if self.file.metadata().map_err(failed)?.len() != self.state.bytes {
            return Err(failed(io::ErrorKind::WriteZero.into()));
        }
        self.state.sha256 = self.digest();
        self.state
            .write(&self.state_path)
            .map_err(|error| unwritable(&self.state_path, &error))?;
        (self.saved, self.took) = (Instant::now(), begun.elapsed());
        Ok(())
    }

    /// Gives the whole file its name.
    pub(crate) fn put(mut self) -> Result<Place, (Failure, Place)> {
        match self.put_as(&self.path) {
            Ok(()) => Ok(Place::File(self.path)),
            Err(failure) => {
                // If that fails too, the state of the last save still counts.
                let _ = self.save();
                let hint =
                    "mend that, and run the same command again: it goes on where this run ended";
                let failure = Failure::new(Exit::Failed, failure.text()).hint(hint);
                Err((failure, Place::Part(self.part)))
            }
        }
    }

    fn put_as(&self, path: &Path) -> Result<(), Failure> {
        let failed = |error| unwritable(&self.part, &error);
        self.check_same().map_err(failed)?;
        let mut part = TempPath::try_from_path(&self.part).map_err(failed)?;
        // If it cannot get its name, it is kept.
        part.disable_cleanup(true);
        put(&self.file, part, path)?;
        fs::remove_file(&self.state_path).map_err(|error| unwritable(&self.state_path, &error))
    }

    /// Fails if another file has its name now.
    fn check_same(&self) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let (ours, named) = (self.file.metadata()?, self.part.symlink_metadata()?);
            if (ours.dev(), ours.ino()) != (named.dev(), named.ino()) {
                return Err(io::Error::other("another program replaced it"));
            }
        }
        Ok(())
    }

    /// Saves it for the next run; removes it if it holds nothing.
    pub(crate) fn leave(mut self) -> (Place, Result<(), Failure>) {
        if self.state.bytes > 0 || self.state.coverage != Coverage::default() {
            let saved = self.save();
            return (Place::Part(self.part), saved);
        }
        let removed = [&self.part, &self.state_path]
            .into_iter()
            .try_for_each(|path| fs::remove_file(path).map_err(|error| unwritable(path, &error)));
        (Place::Nowhere, removed)
    }
}
