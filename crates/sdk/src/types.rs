//! What Zoom sends: typed views of its JSON, generated from the OpenAPI document, and how to compare it.

pub use zoom_chat_reports_api::{
    DecodeError, EchoedDate, Integer, MessageKeys, session_key, types::*,
};

pub use crate::reading::fingerprint::same_content;
