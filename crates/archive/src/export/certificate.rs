//! `certificate-draft.md`: the facts that a person may certify, for that person to check and sign.

use chrono::{DateTime, Utc};

use super::{manifest::ExportManifest, request::ExportFormat};
use crate::{
    model::GapAxis,
    text::{counted, word},
};

/// The name of the file.
pub(super) const CERTIFICATE: &str = "certificate-draft.md";

/// The number of gaps that are listed; the manifest lists all.
const LISTED: usize = 50;

/// The text, from what the manifest tells.
pub(super) fn text(manifest: &ExportManifest) -> String {
    let mut text = String::from("# Certificate of the export: DRAFT, not signed\n\n");
    text.push_str(
        "This is a draft, not legal advice. It lists facts that a qualified person may certify under Rules 902(13) and \
         902(14) of the Federal Rules of Evidence, once that person has checked them.\n\n",
    );
    if manifest.sandbox {
        text.push_str("**SANDBOX: the account is a simulated one. Nothing of this is evidence of anything.**\n\n");
    }
    text.push_str(&format!("**{}**\n\n", plain(&manifest.verdict)));
    text.push_str(&what(manifest));
    text.push_str(&process(manifest));
    text.push_str(&digests(manifest));
    text.push_str(&missing(manifest));
    text.push_str("## To be completed\n\n");
    for line in ["Name", "Position and qualification", "Date", "Signature"] {
        text.push_str(&format!("{line}: ______________________________\n\n"));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn instant(at: Option<DateTime<Utc>>, none: &str) -> String {
    at.map_or_else(
        || none.to_owned(),
        |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// Where an export without a last day ends.
fn until(manifest: &ExportManifest) -> String {
    let last = "the last in the archive, included";
    match manifest.standing.complete_through {
        None => last.to_owned(),
        through => format!(
            "{last}; proven before {}, later ones may not be all",
            instant(through, "")
        ),
    }
}

fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

fn what(manifest: &ExportManifest) -> String {
    let asked = &manifest.request;
    let all = |names: &[String]| match names.is_empty() {
        true => "all".to_owned(),
        false => names
            .iter()
            .map(|name| plain(name))
            .collect::<Vec<_>>()
            .join("; "),
    };
    let formats: Vec<String> = asked
        .formats
        .iter()
        .map(|it: &ExportFormat| word(it))
        .collect();
    let rows = [
        ("Account at Zoom", plain(&manifest.account_id)),
        ("Conversations in which took part", all(&asked.people)),
        ("Messages sent by", all(&asked.sent_by)),
        ("Conversations", all(&asked.sessions)),
        (
            "Messages sent from",
            instant(asked.from, "the first in the archive"),
        ),
        (
            "Messages sent before",
            instant(asked.before, &until(manifest)),
        ),
        ("Kinds of entries", all(&asked.kinds)),
        (
            "Only conversations with people from outside the account",
            yes(asked.external),
        ),
        ("Only entries that name a file", yes(asked.has_file)),
        (
            "Entries without a usable time",
            "included, whatever the days".to_owned(),
        ),
        ("Time zone of local times", asked.time_zone.clone()),
        ("Forms", formats.join(", ")),
        ("Written", written(manifest)),
        ("Made on", instant(Some(manifest.created_at), "")),
        ("Made by", plain(&manifest.operator)),
    ];
    let mut text = String::from("## What was exported\n\n");
    for (name, fact) in rows {
        text.push_str(&format!("- {name}: {fact}\n"));
    }
    text.push('\n');
    text
}

fn written(manifest: &ExportManifest) -> String {
    let counts = &manifest.counts;
    format!(
        "{}, {} ({} sent, {} edited, {} deleted), {}",
        counted(counts.conversations, "conversation", "conversations"),
        counted(counts.entries(), "entry", "entries"),
        counts.sent,
        counts.edited,
        counts.deleted,
        counted(counts.attachments, "attachment", "attachments"),
    )
}

fn process(manifest: &ExportManifest) -> String {
    let attachments = match manifest.request.formats.contains(&ExportFormat::Files) {
        true => {
            "The bytes of each attachment were compared with the SHA-256 that the ledger witnesses."
        }
        false => "Attachments were not exported, and not read.",
    };
    let damaged = match manifest.damaged_files {
        0 => String::new(),
        number => format!(
            ", except that the archive's copies of {} are missing or have another length",
            counted(number, "attachment", "attachments")
        ),
    };
    let verified = match manifest.verified {
        true => format!(
            "Right before, the program recomputed the ledger, the digests of what Zoom sent and every table of the archive, \
             as `zoom-chat verify --quick` does, and found nothing changed{damaged}."
        ),
        false => "This export did not verify the archive. `zoom-chat verify` does: its report of the same day, with the head \
             above or a later one, belongs with this certificate."
            .to_owned(),
    };
    format!(
        "## The process that made it\n\n\
         1. The program zoom-chat, version {}, asked Zoom's chat message reports for the messages of the account, through \
         Zoom's documented interface, and stored each answer byte for byte in an archive.\n\
         2. The archive holds a ledger. Each row of it holds the SHA-256 of the row before, and digests of what was stored. \
         `zoom-chat verify` recomputes all of it.\n\
         3. The same program exported the entries above from that archive. It read the archive as it was at one instant, \
         and changed nothing in it. The ledger had {} rows then, and its head was `{}`.\n\
         4. {attachments}\n\
         5. {verified}\n\n",
        manifest.program_version, manifest.ledger_rows, manifest.head
    )
}

fn digests(manifest: &ExportManifest) -> String {
    format!(
        "## Digests (SHA-256)\n\n\
         - `documents.csv`: `{}`\n\
         - The list of digests of all files, without those that tell when and by whom the export was made: `{}`\n\n\
         `sha256sum -c SHA256SUMS` checks every file. This prints the second digest:\n\n\
         ```text\n\
         grep -v -E '^.{{64}}  (manifest\\.json|certificate-draft\\.md)$' SHA256SUMS | sha256sum\n\
         ```\n\n",
        manifest.documents_sha256, manifest.contents_sha256
    )
}

fn missing(manifest: &ExportManifest) -> String {
    let mut text = String::from("## What is missing\n\n");
    let all = manifest.gaps.iter().map(|gap| (gap, "not proven"));
    let accepted = manifest
        .accepted_gaps
        .iter()
        .map(|gap| (gap, "accepted as missing"));
    let all: Vec<_> = all.chain(accepted).collect();
    for (gap, what) in all.iter().take(LISTED) {
        let session = match &gap.session_id {
            Some(id) => format!("conversation {}", plain(id)),
            None => "the whole account".to_owned(),
        };
        let why = gap.reason.as_deref().map(|why| format!(": {}", plain(why)));
        let by = gap.acceptance.as_ref().map(|it| {
            let (day, who) = (it.at.format("%Y-%m-%d"), plain(&it.operator));
            format!("; accepted on {day} by {who}: {}", plain(&it.reason))
        });
        let start = gap.start.format("%Y-%m-%d %H:%M:%S UTC");
        let when = match gap.axis {
            GapAxis::Attachment => format!("a file of a message sent at {start}"),
            _ => format!(
                "from {start} to {}",
                gap.end.format("%Y-%m-%d %H:%M:%S UTC")
            ),
        };
        text.push_str(&format!(
            "- {what}: {session}, {when}{}{}\n",
            why.unwrap_or_default(),
            by.unwrap_or_default()
        ));
    }
    if all.len() > LISTED {
        text.push_str(&format!(
            "- {} more: `manifest.json` lists all\n",
            all.len() - LISTED
        ));
    }
    for (count, what) in [
        (manifest.missing_files, "not stored"),
        (manifest.accepted_files, "accepted as missing"),
        (manifest.gone_files, "gone at Zoom"),
    ] {
        if count > 0 {
            text.push_str(&format!("- {} {what}\n", counted(count, "file", "files")));
        }
    }
    if text.ends_with("\n\n") {
        text.push_str("Nothing that was asked for is known to be missing.\n");
    }
    text.push_str(&format!(
        "\nThe archive as a whole: {}.\n\nThe archive cannot show:\n\n",
        plain(&manifest.standing.text)
    ));
    for line in &manifest.cannot_know {
        text.push_str(&format!("- {line}\n"));
    }
    text.push('\n');
    text
}

/// A text on one line in which nothing is markup.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => plain.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                plain.push(' ');
            }
            '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#' | '|' | '&' => {
                plain.push('\\');
                plain.push(c);
            }
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn no_name_is_markup() {
        assert_eq!(plain("<b>*x*\n# y\u{202e}"), "\\<b\\>\\*x\\* \\# y ");
    }
}
