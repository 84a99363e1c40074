//! `search`: finds messages by their text.

use std::io::{IsTerminal, stdout};

use zoom_chat_archive::{SearchFilter, SearchHit};
use zoom_chat_reports::EntryKind;

use crate::{
    archive,
    args::{SearchArgs, SearchFormat},
    exit::Exit,
    failure::Failure,
    ui::{
        ndjson::rfc3339,
        progress::Progress,
        stderr::{eprint, escape},
        stdout::{Output, Stopped},
    },
};

/// The number of characters shown before the match.
const BEFORE: usize = 40;
/// The number of characters shown after the match.
const AFTER: usize = 80;

pub(crate) fn run(args: &SearchArgs, quiet: bool) -> Result<Exit, Failure> {
    let archive = archive::read(&args.archive)?;
    let days = args.range.asked().days(archive::today(&archive)?)?;
    let mut filter = SearchFilter::default();
    filter.session_id.clone_from(&args.session);
    filter.person.clone_from(&args.person);
    (filter.from, filter.to) = days;
    filter.limit = args.limit;
    let table = match args.format {
        Some(format) => format == SearchFormat::Table,
        None => stdout().is_terminal(),
    };
    let (mut output, progress) = (Output::new(), Progress::none());
    let mut found: u64 = 0;
    let mut stopped = None;
    archive.search_each(&args.query, &filter, |hit| {
        if stopped.is_some() {
            return;
        }
        found += 1;
        if table {
            let row = row(&hit, &args.query);
            output.add(|line| line.extend_from_slice(row.as_bytes()));
        } else {
            output.add(|line| {
                serde_json::to_writer(&mut *line, &hit).expect("memory can be written to");
                line.push(b'\n');
            });
        }
        stopped = output.write_if_full(&progress).err();
    })?;
    match stopped.map_or_else(|| output.write(&progress), Err) {
        Ok(()) => {}
        Err(Stopped::Closed) => return Ok(Exit::Complete),
        Err(Stopped::Failed(failure)) => return Err(failure),
    }
    if !quiet {
        let sandbox = if archive.account().sandbox {
            " (SANDBOX)"
        } else {
            ""
        };
        eprint(&format!("{found} found{sandbox}"));
    }
    Ok(Exit::Complete)
}

/// Time, sender, session and text, on one line.
fn row(hit: &SearchHit, query: &str) -> String {
    let when = hit
        .sent_at
        .and_then(rfc3339)
        .unwrap_or_else(|| "no time".to_owned());
    let name = hit.sender_name.as_deref().filter(|name| !name.is_empty());
    let who = name.or(hit.sender.as_deref()).unwrap_or_default();
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
    let session = &hit.session_id;
    format!(
        "{when:<24}  {}  {}{kind}: {}\n",
        escape(session),
        escape(who),
        escape(&excerpt(&hit.text, query))
    )
}

/// The part of a text around the match.
fn excerpt(text: &str, query: &str) -> String {
    // Only ASCII letters change case, so positions in both are the same.
    let found = text.to_ascii_lowercase().find(&query.to_ascii_lowercase());
    let found = found.unwrap_or(0);
    let before = text[..found].chars().rev().take(BEFORE);
    let start = found - before.map(char::len_utf8).sum::<usize>();
    let after = text[found..].chars().take(AFTER + query.chars().count());
    let end = found + after.map(char::len_utf8).sum::<usize>();
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
    use super::excerpt;

    #[test]
    fn an_excerpt_shows_what_was_found_and_some_text_around() {
        let text = format!("{} Grüße AN alle {}", "ä".repeat(100), "世".repeat(200));
        let shown = excerpt(&text, "grüße an");
        assert!(shown.starts_with("…ä") && shown.ends_with("世…"), "{shown}");
        assert!(shown.contains("Grüße AN alle"));
        assert!(shown.chars().count() < 160);
        assert_eq!(excerpt("short", ""), "short");
    }
}
