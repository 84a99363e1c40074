//! Keys and digests, exactly as `docs/archive-format.md` defines them.

use sha2::{Digest, Sha256};
use zoom_chat_reports::{EntryKind, types::MessageKeys};

use super::links::{names_links, without_download_urls};

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// The head of a chain without rows.
pub(crate) const GENESIS: Hash = [0; 32];

pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]));
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(digits);
    text
}

/// Parses a hash written in hex digits.
pub(crate) fn from_hex(text: &str) -> Option<Hash> {
    let bytes = text.as_bytes();
    if bytes.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut hash = Hash::default();
    for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(hash)
}

/// The number of an entry's kind in the database.
pub(crate) fn kind_number(kind: EntryKind) -> i64 {
    match kind {
        EntryKind::Sent => 0,
        EntryKind::Edited => 1,
        EntryKind::Deleted => 2,
    }
}

/// The kind with this number.
pub(crate) fn kind_of(number: i64) -> EntryKind {
    match number {
        1 => EntryKind::Edited,
        2 => EntryKind::Deleted,
        _ => EntryKind::Sent,
    }
}

/// The digest of an entry's content: of its text without signed URLs.
pub(crate) fn content(raw: &str, raw_sha256: &Hash) -> Hash {
    if !names_links(raw) {
        return *raw_sha256;
    }
    let mut digest = Sha256::new();
    for piece in without_download_urls(raw) {
        digest.update(piece);
    }
    digest.finalize().into()
}

/// The key of an entry: its identity, independent of its content.
///
/// If a part is missing, the content is part of the key: otherwise two edits of one message would collapse into one.
pub(crate) fn key(kind: EntryKind, session_id: &str, keys: &MessageKeys, content: &Hash) -> Hash {
    let action = keys.action_timestamp.filter(|_| kind != EntryKind::Sent);
    let whole = keys.id.is_some()
        && keys.timestamp.is_some()
        && (kind == EntryKind::Sent || action.is_some());
    let mut digest = Sha256::new();
    let kind = match kind {
        EntryKind::Sent => "sent",
        EntryKind::Edited => "edited",
        EntryKind::Deleted => "deleted",
    };
    part(&mut digest, Some(kind));
    part(&mut digest, Some(session_id));
    part(&mut digest, keys.id.as_deref());
    let decimal = |number: Option<i64>| number.map(|number| number.to_string());
    part(&mut digest, decimal(keys.timestamp).as_deref());
    part(&mut digest, decimal(action).as_deref());
    part(&mut digest, (!whole).then(|| hex(content)).as_deref());
    digest.finalize().into()
}

/// Length, colon, bytes, comma; a missing part is a minus sign and a comma.
fn part(digest: &mut Sha256, text: Option<&str>) {
    match text {
        Some(text) => {
            digest.update(text.len().to_string());
            digest.update(b":");
            digest.update(text);
        }
        None => digest.update(b"-"),
    }
    digest.update(b",");
}

/// The hash of a ledger row: of the row before, and its own bytes.
pub(crate) fn link(previous: &Hash, body: &[u8]) -> Hash {
    let mut digest = Sha256::new();
    digest.update(previous);
    digest.update(body);
    digest.finalize().into()
}

/// The digest of a unit, fed with its lines in order.
#[derive(Default)]
pub(crate) struct Lines {
    digest: Sha256,
    pub(crate) rows: u64,
}

impl Lines {
    /// Adds `name`, a space, the hash in hex and a line feed.
    pub(crate) fn add(&mut self, name: &str, hash: &[u8]) {
        self.digest.update(name);
        self.digest.update(b" ");
        self.digest.update(hex(hash));
        self.digest.update(b"\n");
        self.rows += 1;
    }

    /// Adds the line of an item: its number and its kind, then its key and the hash of its text. So neither
    /// the text of an item nor its place among the others can change unnoticed.
    pub(crate) fn item(&mut self, id: i64, kind: i64, key: &[u8], raw: &[u8]) {
        self.digest.update(format!("{id} {kind} "));
        self.add(&hex(key), &sha256(raw));
    }

    pub(crate) fn finish(self) -> String {
        hex(&self.digest.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::{content, hex, key, sha256};
    use zoom_chat_reports::{EntryKind, types::MessageKeys};

    fn content_of(raw: &str) -> String {
        hex(&content(raw, &sha256(raw.as_bytes())))
    }

    fn key_of(kind: EntryKind, raw: &str) -> String {
        let content = content(raw, &sha256(raw.as_bytes()));
        hex(&key(kind, "s", &MessageKeys::read(raw), &content))
    }

    #[test]
    fn a_newly_signed_url_is_no_other_content() {
        let one = r#"{"files":[{"download_url" : "a\"b","file_id":"f"}]}"#;
        let two = r#"{"files":[{"download_url" : "c","file_id":"f"}]}"#;
        assert_eq!(content_of(one), content_of(two));
        assert_ne!(content_of(one), content_of(&one.replace("\"f\"", "\"g\"")));
    }

    #[test]
    fn a_sent_key_leaves_out_the_time_of_the_last_edit() {
        let raw = r#"{"id":"a","timestamp":1,"message":"x"}"#;
        let edited = r#"{"id":"a","timestamp":1,"message":"y","action_timestamp":2}"#;
        assert_eq!(
            key_of(EntryKind::Sent, raw),
            key_of(EntryKind::Sent, edited)
        );
        assert_ne!(
            key_of(EntryKind::Edited, raw),
            key_of(EntryKind::Edited, edited)
        );
    }

    #[test]
    fn edits_without_an_action_timestamp_stay_apart_by_content() {
        let raw = r#"{"id":"a","timestamp":1,"message":"x"}"#;
        assert_ne!(
            key_of(EntryKind::Edited, raw),
            key_of(EntryKind::Edited, &raw.replace('x', "y"))
        );
    }

    #[test]
    fn the_key_is_what_the_format_says() {
        let raw = r#"{"id":"a","timestamp":1}"#;
        assert_eq!(
            key_of(EntryKind::Sent, raw),
            hex(&sha256(b"4:sent,1:s,1:a,1:1,-,-,"))
        );
    }
}
