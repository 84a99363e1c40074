//! The error of a body without a typed view; its text quotes nothing of the body.

use std::fmt;

use serde::de::DeserializeOwned;

/// A JSON text has no typed view: the place that does not fit, and the type expected there.
///
/// It never holds a value from the text, unlike serde's own error: the values are chat text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// Path of the value at fault, for instance `files[0].file_name`; `.` for the whole.
    pub path: String,
    /// The type expected there, for instance `a string`.
    pub expected: String,
    /// Line in the text, from 1.
    pub line: usize,
    /// Column in the line, from 1.
    pub column: usize,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: expected {} (line {}, column {})",
            self.path, self.expected, self.line, self.column
        )
    }
}

impl std::error::Error for DecodeError {}

/// Decodes `text`; only after a failure is its path looked for.
pub(crate) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Box<DecodeError>> {
    serde_json::from_str(text).map_err(|first| {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
            Err(error) => Box::new(describe(error.path().to_string(), error.inner())),
            // The text after the value is at fault.
            Ok(_) => Box::new(describe(".".to_owned(), &first)),
        }
    })
}

fn describe(path: String, error: &serde_json::Error) -> DecodeError {
    DecodeError {
        path,
        expected: expected(error),
        line: error.line(),
        column: error.column(),
    }
}

/// The type that serde expected: the words after its *last* «expected», which are those of
/// the type and not of the text. Only messages that serde itself makes have them.
fn expected(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if let Some(field) = text.strip_prefix("missing field `") {
        let field = field.split('`').next().unwrap_or_default();
        return format!("the field `{field}`");
    }
    let own_words = ["invalid type: ", "invalid value: ", "invalid length "];
    own_words
        .iter()
        .any(|start| text.starts_with(start))
        .then(|| text.rsplit_once(", expected "))
        .flatten()
        .map(|(_, expected)| match expected.rsplit_once(" at line ") {
            Some((expected, _)) => expected.to_owned(),
            None => expected.to_owned(),
        })
        .unwrap_or_else(|| "well-formed JSON".to_owned())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[derive(Debug, serde::Deserialize)]
    struct Item {
        #[expect(dead_code, reason = "only decoded")]
        text: Vec<String>,
    }

    fn error(text: &str) -> String {
        decode::<Item>(text).expect_err("odd").to_string()
    }

    #[test]
    fn names_the_path_and_what_was_expected() {
        assert_eq!(
            error(r#"{"text":["a",7]}"#),
            "text[1]: expected a string (line 1, column 14)"
        );
        assert_eq!(
            error("{}"),
            ".: expected the field `text` (line 1, column 2)"
        );
    }

    #[test]
    fn quotes_nothing_of_the_text() {
        let secret = r#"{"text":"the secret, expected never at line 9"}"#;
        assert_eq!(
            error(secret),
            "text: expected a sequence (line 1, column 46)"
        );
        assert!(!error(r#"{"text":["\ud83d secret"]}"#).contains("secret"));
    }
}
