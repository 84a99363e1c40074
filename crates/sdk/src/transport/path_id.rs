//! Ids that become one segment of a URL's path.

use crate::{Error, Result};

/// An id that a request puts into its path, and its name in error texts, such as `session id`.
pub(crate) type PathId<'a> = (&'static str, &'a str);

/// Refuses an id that would lead to another path. All other ids are percent-encoded once.
///
/// The id comes from a user or from a list of Zoom's.
///
/// # Errors
/// [`ErrorKind::InvalidInput`]; the text does not quote the id.
pub(crate) fn check_id(what: &str, id: &str) -> Result<()> {
    let reason = match id {
        id if id.trim().is_empty() => "is empty",
        id if id.split(['/', '\\']).any(|part| matches!(part, "." | "..")) => "looks like a path",
        id if id.contains('\\') => "holds a backslash",
        id if id.chars().any(char::is_control) => "holds a control character",
        _ => return Ok(()),
    };
    Err(Error::invalid(
        format!("the {what} {reason}"),
        "use ids as Zoom lists them (`zoom-chat sessions` prints them); an id of this form cannot be requested",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn an_id_is_refused_exactly_if_it_would_lead_to_another_path() {
        let refused = [
            "",
            " ",
            "\u{a0}\u{3000}",
            "\t",
            ".",
            "..",
            "./",
            "/..",
            "a/./b",
            "a/../b",
            "..\\a",
            "\\",
            "a\\b",
            "a\nb",
            "a\0",
            "\u{7f}",
            "\u{85}x",
        ];
        for id in refused {
            let error = check_id("session id", id).expect_err(id);
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{id:?}");
            assert!(!error.is_transient(), "{id:?}");
        }
        let taken = [
            "a",
            "...",
            ".a",
            "a.",
            "a..b",
            "/",
            "//",
            "a/b",
            " a",
            "%2e%2e",
            "%5C",
            "a?b#c",
            "u1:u2@x",
            "a+b==",
            "{ID}",
            "käse 世界",
            "me",
        ];
        for id in taken {
            check_id("session id", id).expect(id);
        }
    }

    #[test]
    fn the_text_does_not_quote_the_id() {
        let error = check_id("file id", "secret\\").expect_err("refused");
        assert_eq!(error.to_string(), "the file id holds a backslash");
        assert!(!format!("{error:?}").contains("secret"));
    }
}
