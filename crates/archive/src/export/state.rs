//! Whether an export holds a file.

use schemars::JsonSchema;
use serde::Serialize;

use crate::query::FileState;

/// Whether an export holds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExportedState {
    /// The archive holds it.
    Stored,
    /// It was not requested from Zoom yet.
    Pending,
    /// It was requested, and could not be fetched.
    Failed,
    /// Zoom no longer has it.
    Gone,
    /// The archive held it, and its copy is missing or was changed.
    Lost,
}

impl From<FileState> for ExportedState {
    fn from(state: FileState) -> Self {
        match state {
            FileState::Stored => Self::Stored,
            FileState::Pending => Self::Pending,
            FileState::Failed => Self::Failed,
            FileState::Gone => Self::Gone,
        }
    }
}
