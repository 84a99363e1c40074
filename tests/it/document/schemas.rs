//! The document's schemas as JSON Schemas, which say whether a body is one that it describes.

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};
use zoom_chat_reports_codegen::spec_path;

/// The OpenAPI document, translated.
pub struct Document(Value);

impl Document {
    pub fn read() -> Self {
        let text = std::fs::read_to_string(spec_path()).unwrap();
        let mut document: Value = serde_saphyr::from_str(&text).unwrap();
        for schema in document["components"]["schemas"]
            .as_object_mut()
            .unwrap()
            .values_mut()
        {
            translate(schema);
        }
        Self(document)
    }

    /// A named schema, translated.
    pub fn schema(&self, name: &str) -> &Value {
        &self.0["components"]["schemas"][name]
    }

    /// The names of all schemas.
    pub fn schemas(&self) -> impl Iterator<Item = &str> {
        let schemas = self.0["components"]["schemas"].as_object().unwrap();
        schemas.keys().map(String::as_str)
    }

    /// What takes a body of a named schema.
    pub fn validator(&self, name: &str) -> Validator {
        let schema = json!({
            "allOf": [{"$ref": format!("#/components/schemas/{name}")}],
            "components": {"schemas": self.0["components"]["schemas"]},
        });
        jsonschema::options()
            .with_draft(Draft::Draft7)
            .should_validate_formats(true)
            .build(&schema)
            .unwrap()
    }

    /// What is documented for a status of an operation: the exact status, or its class.
    pub fn response(&self, operation: &str, status: u16) -> &Value {
        let operation = self.0["paths"]
            .as_object()
            .unwrap()
            .values()
            .map(|path| &path["get"])
            .find(|it| it["operationId"] == operation)
            .unwrap();
        let class = format!("{}XX", status / 100);
        [status.to_string(), class]
            .iter()
            .map(|key| &operation["responses"][key])
            .find(|response| !response.is_null())
            .map(|response| self.resolve(response))
            .unwrap_or_else(|| panic!("{status} is not documented"))
    }

    /// What a `$ref` leads to, or the value itself.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.0.pointer(&reference[1..]).unwrap(),
            None => value,
        }
    }
}

/// Makes a JSON Schema of a schema of OpenAPI 3.0: `nullable` is a further type, but only beside a
/// `type`, and what stands beside a `$ref` counts for nothing.
///
/// A property that the document does not name is an error, unless the schema says otherwise.
fn translate(schema: &mut Value) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(translate),
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref") {
                *schema = json!({"$ref": reference});
                return;
            }
            let nullable = object.remove("nullable") == Some(Value::Bool(true));
            if let Some(kind) = object.get("type").cloned()
                && nullable
            {
                object.insert("type".to_owned(), json!([kind, "null"]));
            }
            if object.contains_key("properties") {
                let entry = object.entry("additionalProperties");
                entry.or_insert(Value::Bool(false));
            }
            for (key, value) in object {
                match key.as_str() {
                    "properties" => value
                        .as_object_mut()
                        .unwrap()
                        .values_mut()
                        .for_each(translate),
                    "allOf" | "oneOf" | "anyOf" | "items" | "not" => translate(value),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}
