//! Reads the OpenAPI document.

use std::{fs, path::Path};

use openapiv3::OpenAPI;
use serde_json::Value;

use crate::Error;

/// The OpenAPI document as it stands on disk.
#[derive(Clone, Debug)]
pub struct Document {
    file: String,
    value: Value,
}

impl Document {
    /// Reads a document from a YAML file.
    ///
    /// # Errors
    /// When the file cannot be read or is no YAML. The text names file, line and column.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(|error| Error::io(path, &error))?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads a document from YAML text; `file` is its name in error texts.
    ///
    /// # Errors
    /// When the text is no YAML.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let value = serde_saphyr::from_str(text).map_err(|error| located(file, &error))?;
        let document = Self {
            file: file.to_owned(),
            value,
        };
        document.to_openapi(document.value.clone())?;
        Ok(document)
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    /// A view of the document in the form that the generator takes.
    pub(crate) fn to_openapi(&self, view: Value) -> Result<OpenAPI, Error> {
        serde_json::from_value(view)
            .map_err(|error| Error::document(&self.file, format!("not OpenAPI 3.0: {error}")))
    }
}

fn located(file: &str, error: &serde_saphyr::Error) -> Error {
    let text = error.to_string();
    let what = text.lines().next().unwrap_or("not YAML");
    match error.location() {
        Some(place) => Error::at(file, place.line(), place.column(), what),
        None => Error::document(file, what),
    }
}
