//! One JSON object a line.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use zoom_chat_archive::{ArchivedEntry, ArchivedFile, without_signatures};
use zoom_chat_reports::{Entry, EntryKind, Session};

use crate::ui::stderr::is_unsafe;

/// Appends the line of an entry; its message is exactly what Zoom sent.
pub(crate) fn entry(line: &mut Vec<u8>, entry: &Entry) {
    let times = (entry.sent_at(), entry.modified_at());
    message(line, entry.session_id(), entry.kind(), times, entry.raw());
}

/// As [`entry`], for an entry of an archive, with the files that the archive keeps for it.
pub(crate) fn archived(
    line: &mut Vec<u8>,
    entry: &ArchivedEntry,
    files: &[ArchivedFile],
    signed_links: bool,
) {
    let times = (entry.sent_at, entry.modified_at);
    let raw = match signed_links {
        true => Cow::Borrowed(entry.raw.as_str()),
        false => without_signatures(&entry.raw),
    };
    message(line, &entry.session_id, entry.kind, times, &raw);
    if !files.is_empty() {
        line.truncate(line.len() - b"}\n".len());
        line.extend_from_slice(b",\"files\":");
        serde_json::to_writer(&mut *line, files).expect("memory can be written to");
        line.extend_from_slice(b"}\n");
    }
}

fn message(
    line: &mut Vec<u8>,
    session_id: &str,
    kind: EntryKind,
    (sent_at, modified_at): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    raw: &str,
) {
    line.extend_from_slice(b"{\"session_id\":");
    string(line, session_id);
    line.extend_from_slice(b",\"kind\":\"");
    line.extend_from_slice(kind.to_string().as_bytes());
    line.extend_from_slice(b"\",\"sent_at\":");
    instant(line, sent_at);
    line.extend_from_slice(b",\"modified_at\":");
    instant(line, modified_at);
    line.extend_from_slice(b",\"message\":");
    on_one_line(line, raw);
    line.extend_from_slice(b"}\n");
}

/// Appends the line of a session.
pub(crate) fn session(line: &mut Vec<u8>, session: &Session) {
    listed(line, session.id(), session.raw());
}

/// As [`session`], for a session with this JSON in Zoom's list.
pub(crate) fn listed(line: &mut Vec<u8>, id: Option<&str>, raw: &str) {
    line.extend_from_slice(b"{\"session_id\":");
    match id {
        Some(id) => string(line, id),
        None => line.extend_from_slice(b"null"),
    }
    line.extend_from_slice(b",\"session\":");
    on_one_line(line, raw);
    line.extend_from_slice(b"}\n");
}

/// Appends JSON as Zoom sent it, byte for byte.
pub(crate) fn raw(line: &mut Vec<u8>, json: &str) {
    line.extend_from_slice(json.as_bytes());
    line.push(b'\n');
}

/// Escapes everything in JSON that a terminal could take for a command.
pub(crate) fn for_terminal(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        // Line breaks and tabs occur only between tokens: JSON escapes them in strings.
        if is_unsafe(c) && !matches!(c, '\n' | '\r' | '\t') {
            // All of them are in the basic plane.
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// An instant as RFC 3339 in UTC with milliseconds, if its year can be written.
pub(crate) fn rfc3339(instant: DateTime<Utc>) -> Option<String> {
    (0..=9999)
        .contains(&instant.year())
        .then(|| instant.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn instant(line: &mut Vec<u8>, instant: Option<DateTime<Utc>>) {
    match instant.and_then(rfc3339) {
        Some(text) => string(line, &text),
        None => line.extend_from_slice(b"null"),
    }
}

fn string(line: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(line, text).expect("a string can be written to memory");
}

/// Replaces each line break by a space: between tokens it means nothing.
fn on_one_line(line: &mut Vec<u8>, json: &str) {
    let start = line.len();
    line.extend_from_slice(json.as_bytes());
    for byte in &mut line[start..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{for_terminal, on_one_line, rfc3339};

    #[test]
    fn line_breaks_between_tokens_become_spaces() {
        let mut line = Vec::new();
        on_one_line(&mut line, "{\r\n\"a\": \"x\\ny\"\n}");
        assert_eq!(line, b"{  \"a\": \"x\\ny\" }");
    }

    #[test]
    fn what_a_terminal_sees_is_the_same_json() {
        let json = "{\"a\":\"\u{9b}2J\u{202e}é\u{7f}\"}";
        let shown = for_terminal(json);
        assert_eq!(shown, r#"{"a":"\u009b2J\u202eé\u007f"}"#);
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(value(&shown), value(json));
    }

    #[test]
    fn instants_have_milliseconds_and_a_z() {
        let instant = chrono::DateTime::from_timestamp_millis(1_795_176_000_007).expect("one");
        assert_eq!(
            rfc3339(instant).as_deref(),
            Some("2026-11-20T12:00:00.007Z")
        );
        assert_eq!(rfc3339(chrono::DateTime::<chrono::Utc>::MAX_UTC), None);
    }
}
