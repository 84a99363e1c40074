//! The files that entries name, and where the archive keeps them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    archive::Archive,
    error::Result,
    facts::digest::{Hash, hex},
    sql::Sql,
};

/// A file that an entry names.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ArchivedFile {
    /// Zoom's id of the file.
    pub file_id: Option<String>,
    /// The name, as the message gave it. It may hold anything, and is no path.
    pub name: Option<String>,
    /// The length, as the message gave it.
    pub size: Option<i64>,
    /// Whether the archive holds it.
    pub state: FileState,
    /// The SHA-256 of the stored file, in hex.
    pub sha256: Option<String>,
    /// The stored file, as a path within the archive's folder.
    pub path: Option<String>,
}

impl std::fmt::Debug for ArchivedFile {
    /// Without the name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchivedFile")
            .field("file_id", &self.file_id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Whether the archive holds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FileState {
    /// It is stored.
    Stored,
    /// It was not requested yet.
    Pending,
    /// It was requested, and could not be fetched.
    Failed,
    /// Zoom no longer has it.
    Gone,
}

impl Archive {
    /// The files that an entry and its later versions name, in their order.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn files_of(&self, entry: i64) -> Result<Vec<ArchivedFile>> {
        let sql = "SELECT file_id, name, size, state, sha256 FROM attachments
             WHERE entry = ?1 ORDER BY place";
        self.db.all(sql, [entry], |row| {
            let state: String = row.get(3)?;
            let sha256 = row.get::<_, Option<Hash>>(4)?.map(|hash| hex(&hash));
            Ok(ArchivedFile {
                file_id: row.get(0)?,
                name: row.get(1)?,
                size: row.get(2)?,
                state: match state.as_str() {
                    "stored" => FileState::Stored,
                    "pending" => FileState::Pending,
                    "gone" => FileState::Gone,
                    _ => FileState::Failed,
                },
                path: sha256
                    .as_ref()
                    .map(|name| format!("files/{}/{name}", &name[..2])),
                sha256,
            })
        })
    }

    /// The place of a stored file in the archive's folder. It may be missing there: `verify` says so.
    #[must_use]
    pub fn file_path(&self, file: &ArchivedFile) -> Option<PathBuf> {
        let sha256 = file.sha256.as_deref()?;
        Some(self.folder.attachment(sha256))
    }
}
