//! Views of the document: the generator sees them in place of the document itself.
//!
//! Each view is a named function that fails when its target is gone. The
//! generator's own settings would silently do nothing.

use serde_json::{Value, json};

use crate::Error;

/// Arrays whose items arrive as `Captured`: the page, the property, the item's schema.
const CAPTURED: [(&str, &str, &str); 4] = [
    ("ChatMessagesPage", "messages", "ChatMessage"),
    ("ChatMessagesPage", "edited_messages", "ChatMessage"),
    ("ChatMessagesPage", "deleted_messages", "ChatMessage"),
    ("ChatSessionsPage", "sessions", "ChatSession"),
];

/// Bodies that arrive as `Answer`.
const ANSWERED: [&str; 4] = [
    "ChatMessagesPage",
    "ChatSessionsPage",
    "ChatFileInfo",
    "AccountSettings",
];

/// The schema that stands for a captured item of `schema`.
pub(crate) fn captured(schema: &str) -> String {
    format!("Captured{schema}")
}

/// The schema that stands for an answer with a body of `schema`.
pub(crate) fn answer(schema: &str) -> String {
    format!("{schema}Answer")
}

/// The named schemas that views add and the settings replace, with their Rust types.
pub(crate) fn replacements() -> Vec<(String, String)> {
    let mut all = vec![
        ("Integer".to_owned(), "crate::Integer".to_owned()),
        ("EchoedDate".to_owned(), "crate::EchoedDate".to_owned()),
        (
            "BotMessageContent".to_owned(),
            "::std::boxed::Box<::serde_json::value::RawValue>".to_owned(),
        ),
    ];
    for schema in ["ChatMessage", "ChatSession"] {
        all.push((
            captured(schema),
            format!("crate::Captured<crate::types::{schema}>"),
        ));
    }
    for schema in ANSWERED {
        all.push((
            answer(schema),
            format!("crate::Answer<crate::types::{schema}>"),
        ));
    }
    all
}

/// Keeps only the 2xx responses of each operation.
///
/// The generator decodes a documented error and, when its body is not the
/// documented JSON, drops status and headers with it. Without documented errors,
/// every failure keeps its status, headers and body.
pub(crate) fn keep_successes(view: &mut Value) -> Result<(), Error> {
    let mut kept = 0;
    for operation in operations(view)? {
        let responses = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
            .ok_or_else(|| Error::missing("responses", "keep_successes"))?;
        responses.retain(|code, _| code.starts_with('2'));
        kept += responses.len();
    }
    if kept == 0 {
        return Err(Error::missing("a 2xx response", "keep_successes"));
    }
    Ok(())
}

/// Wraps the items of pages in separate schemas, which the settings map to `Captured`.
///
/// So an item keeps its own JSON text, and one unreadable item does not fail its page.
pub(crate) fn capture_items(view: &mut Value) -> Result<(), Error> {
    for (page, property, schema) in CAPTURED {
        let pointer = format!("/components/schemas/{page}/properties/{property}/items/$ref");
        let reference = view
            .pointer_mut(&pointer)
            .ok_or_else(|| Error::missing(&pointer, "capture_items"))?;
        *reference = reference_to(&captured(schema));
        add_schema(view, captured(schema), "An item in its own JSON text.")?;
    }
    Ok(())
}

/// Wraps the bodies of 200 responses in separate schemas, which the settings map to `Answer`.
///
/// Zoom was seen to answer 200 with an error body, in which every field of a
/// page is absent: only the whole text tells it from an empty page.
pub(crate) fn wrap_answers(view: &mut Value) -> Result<(), Error> {
    let mut wrapped = Vec::new();
    for operation in operations(view)? {
        let Some(reference) =
            operation.pointer_mut("/responses/200/content/application~1json/schema/$ref")
        else {
            continue;
        };
        if let Some(schema) = ANSWERED
            .into_iter()
            .find(|name| *reference == reference_to(name))
        {
            *reference = reference_to(&answer(schema));
            wrapped.push(schema);
        }
    }
    for schema in ANSWERED {
        if !wrapped.contains(&schema) {
            return Err(Error::missing(schema, "wrap_answers"));
        }
        add_schema(view, answer(schema), "A body with its own JSON text.")?;
    }
    Ok(())
}

/// Drops `nullable` from named objects, which would become newtypes around an `Option`.
///
/// They allow null because OpenAPI 3.0 has no other place for it: keys beside a `$ref` are
/// ignored, and a `nullable` without a `type` means nothing. In the generated types every
/// property that refers to one is optional and takes null as absence.
pub(crate) fn plain_objects(view: &mut Value) -> Result<(), Error> {
    let schemas = view
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
        .ok_or_else(|| Error::missing("components.schemas", "plain_objects"))?;
    let dropped = schemas
        .values_mut()
        .filter_map(Value::as_object_mut)
        .filter(|schema| schema.get("type").is_some_and(|kind| kind == "object"))
        .filter_map(|schema| schema.remove("nullable"))
        .count();
    if dropped == 0 {
        return Err(Error::missing("a nullable object", "plain_objects"));
    }
    Ok(())
}

fn reference_to(schema: &str) -> Value {
    Value::from(format!("#/components/schemas/{schema}"))
}

fn add_schema(view: &mut Value, name: String, description: &str) -> Result<(), Error> {
    view.pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
        .ok_or_else(|| Error::missing("components.schemas", "add_schema"))?
        .insert(
            name,
            json!({ "type": "object", "description": description }),
        );
    Ok(())
}

fn operations(view: &mut Value) -> Result<Vec<&mut Value>, Error> {
    Ok(view
        .get_mut("paths")
        .and_then(Value::as_object_mut)
        .ok_or_else(|| Error::missing("paths", "operations"))?
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(|item| item.values_mut())
        .filter(|operation| operation.is_object())
        .collect())
}
