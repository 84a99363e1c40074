//! A record: an entry as CSV and NDJSON tell it.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;
use zoom_chat_reports::{
    EntryKind,
    types::{CustomEmojiReaction, Integer, Reaction},
};

use super::{rows::Entry, state::ExportedState};
use crate::{
    derived::{attached, members, sent_at},
    facts::{digest::kind_of, without_signatures},
    query::{ArchivedFile, Conversation, ConversationKind},
};

/// An entry: a line of an NDJSON file, and with the same names a line of a CSV file.
#[derive(Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ExportRecord {
    /// The control number of the conversation in this export.
    pub control_number: String,
    /// Whether the account is a simulated one: then nothing of this is evidence of anything.
    pub sandbox: bool,
    /// Zoom's id of the conversation.
    pub session_id: String,
    /// The conversation's name: that of the channel or group; otherwise the people in it, or its id.
    pub conversation: String,
    /// The kind of the conversation.
    pub conversation_kind: ConversationKind,
    /// Whether this is a message as it was sent, an edit of one, or a deletion of one.
    pub kind: EntryKind,
    /// Zoom's id of the message; null if Zoom gives none. A message, its edits and its deletion share it.
    pub message_id: Option<String>,
    /// The id of the thread: that of the message that a reply answers, otherwise that of the message itself; in lower
    /// case, without braces.
    pub thread: Option<String>,
    /// When the message was sent, UTC, RFC 3339 with milliseconds; null if Zoom gives no readable time.
    #[schemars(with = "Option<DateTime<Utc>>")]
    pub sent_at: Option<String>,
    /// The same instant in the time zone of the export, with its distance from UTC.
    #[schemars(with = "Option<DateTime<Utc>>")]
    pub sent_local: Option<String>,
    /// When it was edited or deleted, UTC, RFC 3339 with milliseconds; null for a message as it was sent.
    #[schemars(with = "Option<DateTime<Utc>>")]
    pub modified_at: Option<String>,
    /// The same instant in the time zone of the export, with its distance from UTC.
    #[schemars(with = "Option<DateTime<Utc>>")]
    pub modified_local: Option<String>,
    /// The sender's name, as the message gives it.
    pub sender_name: Option<String>,
    /// The sender's e-mail address. Zoom gives none for people outside the account.
    pub sender_email: Option<String>,
    /// Zoom's id of the sender.
    pub sender_member_id: Option<String>,
    /// Whether the sender is from outside the account.
    pub sender_external: bool,
    /// The text.
    pub text: Option<String>,
    /// How many different bodies Zoom sent of this entry. This record tells the last one.
    pub versions: u32,
    /// Whether the message was edited.
    pub edited: bool,
    /// Whether the message was deleted.
    pub deleted: bool,
    /// The number of the sync in which Zoom no longer returned this entry, although no deletion is listed; null if
    /// there is none.
    pub not_returned_run: Option<i64>,
    /// The files that the entry names.
    pub files: Vec<ExportedFile>,
    /// Who reacted how often.
    pub reactions: Vec<ExportedReaction>,
    /// The entry as Zoom sent it, each line break between its parts replaced by a space, and each link by an empty text
    /// unless links were asked for. Only if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Box<RawValue>>,
}

/// A file that an entry names.
#[derive(Clone, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ExportedFile {
    /// The name, as the sender gave it. It may hold anything, and is no path.
    pub name: Option<String>,
    /// Its bytes, as the message gives them.
    pub size: Option<i64>,
    /// Whether the archive holds it.
    pub state: ExportedState,
    /// The SHA-256 of the stored file, in hex.
    pub sha256: Option<String>,
    /// Its control number; null if attachments were not exported.
    pub control_number: Option<String>,
    /// Its place in the folder of this export, or of the text that says why it is missing; null if attachments were not
    /// exported, or if an earlier part of the matter holds it under its control number.
    pub path: Option<String>,
    /// Zoom's signed link; only if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub download_url: Option<String>,
}

/// A reaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ExportedReaction {
    /// The emoji; of the account's own ones, the name.
    pub emoji: String,
    /// How many people reacted with it; null if Zoom does not say.
    pub count: Option<i64>,
}

/// Makes records of entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Records {
    pub(super) sandbox: bool,
    pub(super) zone: Tz,
    pub(super) raw: bool,
    pub(super) signed_links: bool,
}

impl Records {
    /// The record of an entry, without control numbers and links. So it says the same in every export.
    pub(super) fn of(
        self,
        conversation: &Conversation,
        entry: &Entry,
        files: &[(ArchivedFile, ExportedState)],
    ) -> ExportRecord {
        let modified = entry.action_ms.and_then(DateTime::from_timestamp_millis);
        let sent = sent_at(entry.sent_ms);
        let told = Told::read(&entry.raw);
        let is_external = told.external.unwrap_or_else(|| {
            entry.sender.as_deref() == Some("") && entry.sender_member_id.is_some()
        });
        let not_empty = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        ExportRecord {
            control_number: String::new(),
            sandbox: self.sandbox,
            session_id: conversation.session_id.clone(),
            conversation: conversation.title.clone(),
            conversation_kind: conversation.kind,
            kind: kind_of(entry.kind),
            message_id: entry.message_id.clone(),
            thread: entry.thread.clone(),
            sent_at: sent.and_then(utc),
            sent_local: sent.and_then(|at| self.local(at)),
            modified_at: modified.and_then(utc),
            modified_local: modified.and_then(|at| self.local(at)),
            sender_name: not_empty(&entry.sender_name),
            sender_email: not_empty(&entry.sender),
            sender_member_id: not_empty(&entry.sender_member_id),
            sender_external: is_external,
            text: entry.text.clone(),
            versions: entry.versions,
            edited: entry.edited,
            deleted: entry.deleted,
            not_returned_run: entry.not_returned_run,
            files: files.iter().map(exported).collect(),
            reactions: told.reactions,
            raw: self
                .raw
                .then(|| on_one_line(&without_signatures(&entry.raw)))
                .flatten(),
        }
    }

    /// Adds the links of an entry to its record, if they were asked for.
    pub(super) fn add_links(
        self,
        record: &mut ExportRecord,
        files: &[(ArchivedFile, ExportedState)],
        raw: &str,
    ) {
        if !self.signed_links {
            return;
        }
        let links = attached(raw);
        for (exported, (file, _)) in record.files.iter_mut().zip(files) {
            let link = links.iter().find(|link| match &file.file_id {
                Some(id) => link.file_id.as_ref() == Some(id),
                None => link.file_id.is_none() && link.name == file.name,
            });
            exported.download_url = link.and_then(|link| link.link.clone());
        }
        if record.raw.is_some() {
            record.raw = on_one_line(raw);
        }
    }

    fn local(self, at: DateTime<Utc>) -> Option<String> {
        let local = at.with_timezone(&self.zone);
        (0..=9999)
            .contains(&local.year())
            .then(|| local.to_rfc3339_opts(SecondsFormat::Millis, false))
    }
}

/// JSON on one line: line breaks occur only between its parts, where they mean nothing.
fn on_one_line(raw: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(raw.replace(['\n', '\r'], " ")).ok()
}

/// An instant in UTC with milliseconds, if its year can be written.
pub(super) fn utc(at: DateTime<Utc>) -> Option<String> {
    (0..=9999)
        .contains(&at.year())
        .then(|| at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn exported((file, state): &(ArchivedFile, ExportedState)) -> ExportedFile {
    ExportedFile {
        name: file.name.clone(),
        size: file.size,
        state: *state,
        sha256: file.sha256.clone(),
        control_number: None,
        path: None,
        download_url: None,
    }
}

/// What only the JSON of an entry tells. Each field is read by itself, so that an odd one costs no other.
#[derive(Default)]
struct Told {
    external: Option<bool>,
    reactions: Vec<ExportedReaction>,
}

impl Told {
    fn read(raw: &str) -> Self {
        let mut told = Self::default();
        // Most messages have neither.
        if !raw.contains("reactions") && !raw.contains("external") && !raw.contains("\\u") {
            return told;
        }
        let reaction = |emoji: Option<String>, count: Option<Integer>| ExportedReaction {
            emoji: emoji.as_deref().map(shown).unwrap_or_default(),
            count: count.and_then(Integer::get),
        };
        for (name, value) in members(raw) {
            match name.as_deref() {
                Some("is_sender_external") => {
                    told.external = serde_json::from_str(value.get()).ok();
                }
                Some("reactions") => {
                    let all: Vec<Reaction> = serde_json::from_str(value.get()).unwrap_or_default();
                    let all = all.into_iter().map(|it| reaction(it.emoji, it.total_count));
                    told.reactions.extend(all);
                }
                Some("custom_emoji_reactions") => {
                    let all: Vec<CustomEmojiReaction> =
                        serde_json::from_str(value.get()).unwrap_or_default();
                    let all = all.into_iter();
                    told.reactions
                        .extend(all.map(|it| reaction(it.custom_emoji_name, it.total_count)));
                }
                _ => {}
            }
        }
        told
    }
}

/// An emoji that Zoom names by its code points, such as `U+1F600`; any other text as it is.
fn shown(emoji: &str) -> String {
    let points = emoji.split([' ', '-', '_']);
    let chars: Option<String> = points
        .map(|point| {
            let digits = point.strip_prefix("U+").or(point.strip_prefix("u+"))?;
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        })
        .collect();
    chars.unwrap_or_else(|| emoji.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Told, shown};

    #[test]
    fn an_emoji_is_shown_and_a_name_stays() {
        assert_eq!(shown("U+1F600"), "😀");
        assert_eq!(shown("U+1F468 U+200D U+1F4BB"), "👨\u{200d}💻");
        assert_eq!(shown("party_parrot"), "party_parrot");
    }

    #[test]
    fn an_odd_field_costs_no_reaction() {
        let raw = r#"{"message":7,"reactions":[{"emoji":"U+2764","total_count":"2"},{"emoji":null}],
            "custom_emoji_reactions":"odd","is_sender_external":true}"#;
        let told = Told::read(raw);
        assert_eq!(told.external, Some(true));
        let told: Vec<_> = told
            .reactions
            .iter()
            .map(|it| (it.emoji.as_str(), it.count))
            .collect();
        assert_eq!(told, [("❤", Some(2)), ("", None)]);
    }
}
