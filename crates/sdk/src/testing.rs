//! Test helpers for other crates (the feature `test-util`).

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use zoom_chat_reports_api::Captured;

use crate::{Error, ErrorKind, Result};

/// Captures a JSON text.
pub(crate) fn captured<T: DeserializeOwned>(json: &str) -> Result<Captured<T>> {
    let raw = RawValue::from_string(json.to_owned());
    let raw = raw.map_err(|_| Error::new(ErrorKind::InvalidInput, "the text is not JSON"))?;
    Ok(Captured::new(raw))
}
