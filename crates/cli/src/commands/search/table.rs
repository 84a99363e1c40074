//! The rows that `search` prints for people.

use std::ops::Range;

use chrono::{DateTime, Utc};
use zoom_chat_archive::{SearchHit, SearchNeighbour, SearchQuery};
use zoom_chat_reports::EntryKind;

use crate::{selection::Selected, ui::stderr::escape};

/// The number of characters shown before the match.
const BEFORE: usize = 40;
/// The number of characters shown after the match.
const AFTER: usize = 80;
/// The number of characters of a match that are shown.
const MATCH: usize = 200;

/// A result in one row, between the rows of the messages around it, which are indented.
pub(super) fn rows(
    hit: &SearchHit,
    title: &str,
    query: &SearchQuery,
    selected: &Selected,
) -> String {
    let mut rows = String::new();
    for message in &hit.before {
        rows.push_str(&around(message, selected));
    }
    rows.push_str(&result(hit, title, query, selected));
    for message in &hit.after {
        rows.push_str(&around(message, selected));
    }
    rows
}

/// Time, conversation, sender and text, on one line.
fn result(hit: &SearchHit, title: &str, query: &SearchQuery, selected: &Selected) -> String {
    let mut kind = match hit.kind {
        EntryKind::Edited => " (edit)",
        EntryKind::Deleted => " (deleted)",
        _ if hit.deleted => " (deleted since)",
        _ => "",
    }
    .to_owned();
    if hit.is_version {
        kind.push_str(" (later version)");
    }
    let file = match &hit.file_name {
        Some(name) => format!(" [file: {}]", excerpt(name, query.find(name))),
        None => String::new(),
    };
    format!(
        "{:<16}  {}  {}{kind}: {}{}\n",
        when(hit.sent_at, selected),
        escape(title),
        escape(who(hit.sender_name.as_ref(), hit.sender.as_ref())),
        escape(&excerpt(&hit.text, query.find(&hit.text))),
        escape(&file),
    )
}

/// A message before or after a result.
fn around(message: &SearchNeighbour, selected: &Selected) -> String {
    let deleted = if message.deleted {
        " (deleted since)"
    } else {
        ""
    };
    format!(
        "    {:<16}  {}{deleted}: {}\n",
        when(message.sent_at, selected),
        escape(who(message.sender_name.as_ref(), message.sender.as_ref())),
        escape(&excerpt(&message.text, None)),
    )
}

fn when(at: Option<DateTime<Utc>>, selected: &Selected) -> String {
    match selected.local(at, "%Y-%m-%d %H:%M") {
        time if time.is_empty() => "no time".to_owned(),
        time => time,
    }
}

fn who<'a>(name: Option<&'a String>, address: Option<&'a String>) -> &'a str {
    let name = name.filter(|name| !name.is_empty());
    name.or(address).map_or("", String::as_str)
}

/// The part of a text around what was found, or its beginning.
fn excerpt(text: &str, found: Option<Range<usize>>) -> String {
    let found = found.unwrap_or(0..0);
    let before = text[..found.start].chars().rev().take(BEFORE);
    let start = found.start - before.map(char::len_utf8).sum::<usize>();
    let length = text[found.clone()].chars().count().min(MATCH);
    let after = text[found.start..].chars().take(AFTER + length);
    let end = found.start + after.map(char::len_utf8).sum::<usize>();
    let mut excerpt = String::new();
    if start > 0 {
        excerpt.push('…');
    }
    excerpt.push_str(&text[start..end]);
    if end < text.len() {
        excerpt.push('…');
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use zoom_chat_archive::SearchQuery;

    fn excerpt(text: &str, query: &str) -> String {
        super::excerpt(text, SearchQuery::parse(query).find(text))
    }

    #[test]
    fn an_excerpt_shows_what_was_found_and_some_text_around() {
        let text = format!("{} Grüße AN alle {}", "ä".repeat(100), "世".repeat(200));
        let shown = excerpt(&text, "\"grüße an\"");
        assert!(shown.starts_with("…ä") && shown.ends_with("世…"), "{shown}");
        assert!(shown.contains("Grüße AN alle"));
        assert!(shown.chars().count() < 160);
        assert_eq!(excerpt("short", ""), "short");
    }

    #[test]
    fn an_excerpt_shows_what_was_found_where_folding_changes_lengths() {
        // Each of these letters becomes two, and each accent none.
        let text = format!("{}Straße{}", "ﬁß".repeat(200), "e\u{301}".repeat(200));
        let shown = excerpt(&text, "STRASSE");
        assert!(shown.contains("ßStraßee\u{301}"), "{shown}");
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        let shown = excerpt(&"word ".repeat(20_000), &"word ".repeat(20_000));
        assert!(shown.chars().count() < 400);
        let phrase = "x".repeat(20_000);
        assert!(excerpt(&phrase, &phrase).chars().count() < 400);
    }
}
