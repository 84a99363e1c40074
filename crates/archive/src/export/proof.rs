//! What the archive proves of what is exported, and what it lacks.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use zoom_chat_reports::{EntryKind, dates::Interval};

use super::{request::ExportRequest, rows::NamedFile, state::ExportedState};
use crate::{
    archive::Archive,
    derived,
    error::Result,
    model::GapAxis,
    proof::{GapReport, Standing},
    text::counted,
    verify::cannot_know,
};

/// What is known about a selection.
pub(super) struct Proof {
    pub(super) standing: Standing,
    /// Stretches of time in the selection that are not proven.
    pub(super) gaps: Vec<GapReport>,
    /// Gaps in the selection that were accepted.
    pub(super) accepted: Vec<GapReport>,
    /// Gaps that are files, by what names the file.
    files: HashMap<String, GapReport>,
    /// Whether the archive's settings ask for attachments.
    attachments: bool,
    pub(super) cannot_know: Vec<String>,
    /// Stored attachments of the archive whose file is missing or has another length.
    pub(super) damaged_files: u64,
}

/// The files that are selected and that the export cannot hold.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MissingFiles {
    /// Not stored, not accepted as missing, and not gone at Zoom.
    pub(super) missing: u64,
    /// Not stored, and accepted as missing.
    pub(super) accepted: u64,
    /// Gone at Zoom.
    pub(super) gone: u64,
}

impl Proof {
    pub(super) fn read(archive: &Archive, request: &ExportRequest) -> Result<Self> {
        let selection = &request.selection;
        let question = selection.question();
        let wants_changes = [EntryKind::Edited, EntryKind::Deleted]
            .into_iter()
            .any(|kind| selection.wants(kind));
        let counts = |gap: &GapReport| wants_changes || gap.axis != GapAxis::Modified;
        let mut gaps = archive.unproven(&question)?;
        gaps.retain(counts);
        let asked = Interval::new(
            question.from.unwrap_or(DateTime::<Utc>::MIN_UTC),
            question.before.unwrap_or(DateTime::<Utc>::MAX_UTC),
        );
        let is_selected = |gap: &GapReport| match (&gap.session_id, &question.session_ids) {
            (Some(id), Some(ids)) => ids.contains(id),
            _ => true,
        };
        let mut proof = Self {
            standing: archive.standing()?,
            gaps,
            accepted: Vec::new(),
            files: HashMap::new(),
            attachments: archive.settings().attachments,
            cannot_know: cannot_know(derived::modifications_flag(&archive.db)?),
            damaged_files: 0,
        };
        for gap in archive.gaps()? {
            let meets = !gap.interval().intersection(asked).is_empty();
            let is_file = gap.axis == GapAxis::Attachment;
            if is_file {
                proof.files.insert(key_of_gap(&gap), gap.clone());
            }
            let is_asked = !is_file || request.wants_files();
            if !gap.is_open() && meets && is_asked && is_selected(&gap) && counts(&gap) {
                proof.accepted.push(gap);
            }
        }
        Ok(proof)
    }

    /// Adds a file that is not stored.
    pub(super) fn count(&self, file: &NamedFile<'_>, missing: &mut MissingFiles) {
        let gap = self.files.get(&key(file));
        match file.state {
            ExportedState::Stored => {}
            _ if gap.is_some_and(|gap| !gap.is_open()) => missing.accepted += 1,
            ExportedState::Gone => missing.gone += 1,
            _ => missing.missing += 1,
        }
    }

    /// Why a file is missing, in a sentence.
    pub(super) fn why(&self, file: &NamedFile<'_>) -> String {
        let gap = self.files.get(&key(file));
        let mut text = match file.state {
            ExportedState::Lost => {
                "the archive held it, and its copy there is missing or was changed: `zoom-chat \
                verify` tells more, and the next sync fetches what Zoom still has"
                    .to_owned()
            }
            ExportedState::Gone => "Zoom no longer has it: it said so on three days".to_owned(),
            _ if !self.attachments => "the archive's settings exclude attachments".to_owned(),
            ExportedState::Pending => {
                "it was not requested from Zoom yet: the next sync does".to_owned()
            }
            _ => match gap.and_then(|gap| gap.failure.as_ref()) {
                Some(failure) => format!("Zoom did not give it: {}", failure.text),
                None => "it was requested, and could not be fetched".to_owned(),
            },
        };
        if let Some(acceptance) = gap.and_then(|gap| gap.acceptance.as_ref()) {
            let at = acceptance.at.format("%Y-%m-%d");
            text.push_str(&format!(
                ". On {at} it was accepted as missing by {}: {}",
                acceptance.operator, acceptance.reason
            ));
        }
        text
    }

    /// The verdict in one sentence.
    pub(super) fn verdict(&self, missing: MissingFiles, entries: u64) -> (bool, String) {
        let mut parts = Vec::new();
        if !self.gaps.is_empty() {
            let gaps = self.gaps.len() as u64;
            parts.push(counted(gaps, "stretch of time", "stretches of time"));
        }
        if missing.missing > 0 {
            parts.push(counted(missing.missing, "file", "files"));
        }
        let complete = parts.is_empty();
        let mut text = match (complete, entries) {
            (true, 0) => "COMPLETE: nothing matches what was asked for".to_owned(),
            (true, _) => "COMPLETE: everything that was asked for is here".to_owned(),
            (false, entries) => {
                let nothing = if entries == 0 {
                    "; nothing that the archive holds matches"
                } else {
                    ""
                };
                let is_one = self.gaps.len() as u64 + missing.missing == 1;
                let verb = if is_one { "is" } else { "are" };
                format!(
                    "NOT COMPLETE: {} {verb} missing{nothing}",
                    parts.join(" and ")
                )
            }
        };
        if !self.accepted.is_empty() {
            let accepted = self.accepted.len() as u64;
            text.push_str(&format!(
                ", except {}",
                counted(accepted, "accepted gap", "accepted gaps")
            ));
        }
        (complete, text)
    }
}

/// What names a file among all: Zoom's id, otherwise its place in its message.
fn key(file: &NamedFile<'_>) -> String {
    match file.file_id {
        Some(id) => format!("id {id}"),
        None => format!("at {} {} {}", file.session_id, file.sent_ms, file.place),
    }
}

fn key_of_gap(gap: &GapReport) -> String {
    key(&NamedFile {
        session_id: gap.session_id.as_deref().unwrap_or_default(),
        sent_ms: gap.start.timestamp_millis(),
        place: gap.file_place.unwrap_or_default(),
        file_id: gap.file_id.as_deref(),
        state: ExportedState::Failed,
    })
}
