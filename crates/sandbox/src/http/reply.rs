//! Answers before they become HTTP.

use serde_json::{Value, json};

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A JSON answer.
    pub(crate) fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![(
                "content-type".to_owned(),
                "application/json;charset=UTF-8".to_owned(),
            )],
            body: body.into(),
        }
    }

    /// An error as the API words it.
    pub(crate) fn error(status: u16, code: u32, message: &str) -> Self {
        Self::json(
            status,
            json!({"code": code, "message": message}).to_string(),
        )
    }

    /// An error about fields of the request.
    pub(crate) fn invalid(errors: &[(&str, String)]) -> Self {
        let errors: Vec<Value> = errors
            .iter()
            .map(|(field, message)| json!({"field": field, "message": message}))
            .collect();
        let body = json!({"code": 300, "message": "Validation failed.", "errors": errors});
        Self::json(400, body.to_string())
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
