//! The state of an unfinished file: what it was begun for, how much of it counts, and what that proves.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use zoom_chat_archive::Account;
use zoom_chat_reports::{Coverage, DateRange, Options, dates::Interval};

use crate::{dates::Asked, failure::Failure, ui::output::beside};

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
    /// What the lines prove.
    pub(super) coverage: Coverage,
    /// Instants near the end of Zoom's reach that were read and that nothing proves: no later run reads more of them.
    pub(super) floors: BTreeMap<String, Interval>,
}

/// The state as it is stored, with the digest by which a change is noticed.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    sha256: String,
    #[serde(borrow)]
    state: &'a RawValue,
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
            coverage: Coverage::default(),
            floors: BTreeMap::new(),
        }
    }

    /// Reads the state; none if there is no such file.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Failure> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.unwrap_or_default(),
        };
        let stored: Option<Stored<'_>> = serde_json::from_str(&text).ok();
        let stored = stored.filter(|it| it.sha256 == hex(&Sha256::digest(it.state.get())));
        let state = stored.and_then(|it| serde_json::from_str::<Self>(it.state.get()).ok());
        match state.filter(|state| state.version == VERSION) {
            Some(state) => Ok(Some(state)),
            None => {
                let text = format!("{} is not what a run of this program wrote", path.display());
                Err(Failure::usage(text).hint(
                    "move it and the file beside it away to begin anew, or name another file",
                ))
            }
        }
    }

    /// Replaces the state in one step.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let state = serde_json::value::to_raw_value(self)?;
        let sha256 = hex(&Sha256::digest(state.get()));
        let state = &*state;
        // Only the run that holds the file beside it writes here.
        let new = path.with_file_name(beside(path, ".new"));
        let mut file = private(&new)?;
        serde_json::to_writer(&mut file, &Stored { sha256, state })?;
        file.sync_data()?;
        fs::rename(new, path)
    }
}

/// A new file that only its owner may read, in place of what is there.
fn private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// A digest in hex.
pub(super) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
