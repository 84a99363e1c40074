//! Signed links in the JSON of a message: Zoom signs them again in every answer, and whoever holds one can read the
//! file.

use std::borrow::Cow;

use memchr::memmem;

const DOWNLOAD_URL: &str = "\"download_url\"";

/// The JSON of a message in pieces, without the values of `download_url`, which are signed again in every answer.
///
/// Works on the text itself, so that it also works for items that do not decode. Inside a JSON string
/// a quote is escaped, so the quoted name can only be a name.
pub fn without_download_urls(raw: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(raw);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let Some(at) = text.find(DOWNLOAD_URL) else {
            return Some(text);
        };
        let (before, after) = text.split_at(at + DOWNLOAD_URL.len());
        rest = Some(after_string(after).unwrap_or(after));
        Some(before)
    })
}

/// Whether a text names links at all.
pub(super) fn names_links(raw: &str) -> bool {
    memmem::find(raw.as_bytes(), DOWNLOAD_URL.as_bytes()).is_some()
}

/// The JSON of a message with links that open nothing: of each `download_url` everything from the question mark on, which
/// holds the signature, is left out.
#[must_use]
pub fn without_signatures(raw: &str) -> Cow<'_, str> {
    if !names_links(raw) {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(DOWNLOAD_URL) {
        let (before, after) = rest.split_at(at + DOWNLOAD_URL.len());
        text.push_str(before);
        rest = after_string(after).unwrap_or(after);
        let value = &after[..after.len() - rest.len()];
        match value.split_once(['?', '\\']) {
            Some((open, _)) if value.ends_with('"') => {
                text.push_str(open);
                text.push('"');
            }
            _ => text.push_str(value),
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The rest of the text after a colon and a JSON string.
fn after_string(text: &str) -> Option<&str> {
    const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];
    let text = text.trim_start_matches(SPACE).strip_prefix(':')?;
    let text = text.trim_start_matches(SPACE).strip_prefix('"')?;
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some(&text[end + 1..])
}

#[cfg(test)]
mod tests {
    use super::without_signatures;

    #[test]
    fn a_link_loses_its_signature_and_nothing_else_changes() {
        let raw = r#"{"files":[{"download_url" : "https://x/f?sig=a\"b&e=1","file_id":"f?"}],"message":"a?b"}"#;
        let due = r#"{"files":[{"download_url" : "https://x/f","file_id":"f?"}],"message":"a?b"}"#;
        assert_eq!(without_signatures(raw), due);
        // The question mark may be escaped.
        assert_eq!(
            without_signatures(r#"{"download_url":"https://x/f\u003fsig=1"}"#),
            r#"{"download_url":"https://x/f"}"#
        );
        for same in [
            r#"{"message":"x?y"}"#,
            r#"{"download_url":null}"#,
            r#"{"download_url":"x"}"#,
        ] {
            assert_eq!(without_signatures(same), same);
        }
    }
}
