//! Typed views of Zoom's JSON, generated from the OpenAPI document, and functions to compare it.

pub use zoom_chat_reports_api::{
    DecodeError, EchoedDate, Integer, MessageKeys, session_key, types::*,
};

pub use crate::reading::fingerprint::same_content;
