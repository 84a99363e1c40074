//! The columns of the CSV files of entries.

use std::borrow::Cow;

use super::record::ExportRecord;
use crate::text::{json, word};

/// The columns. `docs/exports.md` explains them.
pub(super) const COLUMNS: [&str; 27] = [
    "control_number",
    "sandbox",
    "session_id",
    "conversation",
    "conversation_kind",
    "kind",
    "message_id",
    "thread",
    "sent_at",
    "sent_local",
    "modified_at",
    "modified_local",
    "sender_name",
    "sender_email",
    "sender_member_id",
    "sender_external",
    "text",
    "versions",
    "edited",
    "deleted",
    "not_returned_run",
    "file_count",
    "file_names",
    "file_control_numbers",
    "file_paths",
    "files",
    "reactions",
];

/// The cells of a record, in the order of the columns.
pub(super) fn cells(record: &ExportRecord) -> [Cow<'_, str>; 27] {
    fn text(text: &Option<String>) -> Cow<'_, str> {
        Cow::Borrowed(text.as_deref().unwrap_or_default())
    }
    let files = &record.files;
    let all = |of: &dyn Fn(usize) -> Option<String>| -> Cow<'_, str> {
        let of_files: Vec<String> = (0..files.len()).filter_map(of).collect();
        Cow::Owned(of_files.join("; "))
    };
    [
        Cow::Borrowed(&record.control_number),
        Cow::Borrowed(yes(record.sandbox)),
        Cow::Borrowed(&record.session_id),
        Cow::Borrowed(&record.conversation),
        Cow::Owned(word(record.conversation_kind)),
        Cow::Owned(word(record.kind)),
        text(&record.message_id),
        text(&record.thread),
        text(&record.sent_at),
        text(&record.sent_local),
        text(&record.modified_at),
        text(&record.modified_local),
        text(&record.sender_name),
        text(&record.sender_email),
        text(&record.sender_member_id),
        Cow::Borrowed(yes(record.sender_external)),
        text(&record.text),
        Cow::Owned(record.versions.to_string()),
        Cow::Borrowed(yes(record.edited)),
        Cow::Borrowed(yes(record.deleted)),
        Cow::Owned(number(record.not_returned_run)),
        Cow::Owned(files.len().to_string()),
        all(&|at| files[at].name.clone()),
        all(&|at| files[at].control_number.clone()),
        all(&|at| files[at].path.clone()),
        list(files),
        list(&record.reactions),
    ]
}

/// A list as JSON; nothing for an empty one.
fn list<T: serde::Serialize>(items: &[T]) -> Cow<'static, str> {
    match items.is_empty() {
        true => Cow::Borrowed(""),
        false => Cow::Owned(json(&items)),
    }
}

pub(super) fn yes(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}

fn number(number: Option<i64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}
