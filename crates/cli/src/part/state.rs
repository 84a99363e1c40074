//! The state of an unfinished file: what it was begun for, how much of it counts, and what that proves.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::Path,
};

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use zoom_chat_archive::Account;
use zoom_chat_reports::{Coverage, DateRange, Options};

use crate::{
    dates::Asked,
    failure::Failure,
    ui::output::{beside, folder_of, unwritable},
};

/// The version of the state.
const VERSION: u32 = 1;

/// What a run asks for. Another run continues a file only if it asks for the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Question {
    pub(crate) account: Account,
    /// The sessions; none if all are read.
    pub(crate) sessions: Vec<String>,
    pub(crate) options: Options,
    pub(crate) confirm: bool,
    /// The first and the last day, as they were given.
    pub(crate) days: [Option<String>; 2],
}

impl Question {
    /// The days of [`Asked`], as they are compared.
    pub(crate) fn days(asked: &Asked) -> [Option<String>; 2] {
        [asked.from, asked.to].map(|day| day.map(|day| day.to_string()))
    }
}

/// Lines by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lines {
    pub(crate) sent: u64,
    pub(crate) edited: u64,
    pub(crate) deleted: u64,
}

/// The content of `FILE.part.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State {
    version: u32,
    pub(super) question: Question,
    /// When the first run began.
    pub(super) begun_at: DateTime<Utc>,
    /// The days of the first run; none before they are known.
    pub(super) range: Option<DateRange>,
    /// How many bytes of `FILE.part` count.
    pub(super) bytes: u64,
    /// The SHA-256 of these bytes.
    pub(super) sha256: String,
    pub(super) lines: Lines,
    pub(super) coverage: Coverage,
}

impl State {
    pub(super) fn new(question: Question) -> Self {
        Self {
            version: VERSION,
            question,
            begun_at: Utc::now().trunc_subsecs(0),
            range: None,
            bytes: 0,
            sha256: String::new(),
            lines: Lines::default(),
            coverage: Coverage::default(),
        }
    }

    /// Reads the state; none if there is no such file.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Failure> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| unwritable(path, &error))?,
        };
        let state = serde_json::from_slice::<Self>(&text).ok();
        match state.filter(|state| state.version == VERSION) {
            Some(state) => Ok(Some(state)),
            None => Err(
                Failure::usage(format!("{} cannot be understood", path.display()))
                    .hint("remove it and the file beside it to begin anew, or name another file"),
            ),
        }
    }

    /// Replaces the state in one step.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let new = tempfile::Builder::new()
            .prefix(&beside(path, "-"))
            .tempfile_in(folder_of(path))?;
        let mut writer = BufWriter::new(new);
        serde_json::to_writer(&mut writer, self)?;
        writer.flush()?;
        let new = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        new.as_file().sync_data()?;
        new.persist(path)?;
        Ok(())
    }
}
