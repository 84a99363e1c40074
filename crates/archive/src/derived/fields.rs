//! Names of undocumented fields: Zoom adds some every few months.

use super::attached::members;

/// The known fields of messages.
pub(crate) const MESSAGE: [&str; 22] = [
    "action_timestamp",
    "bot_message",
    "custom_emoji_reactions",
    "date_time",
    "files",
    "forward_id",
    "giphy_information",
    "id",
    "is_sender_external",
    "message",
    "reactions",
    "receiver",
    "reply_main_message_id",
    "reply_main_message_timestamp",
    "rich_text",
    "sender",
    "sender_display_name",
    "sender_member_id",
    "timestamp",
    "message_id",
    "session_id",
    "type",
];

/// The known fields of sessions.
pub(crate) const SESSION: [&str; 9] = [
    "channel_id",
    "has_external_member",
    "id",
    "last_message_sent_time",
    "member_emails",
    "name",
    "session_id",
    "status",
    "type",
];

/// The names of an object's members that `known` does not hold; none if one of its names cannot be read.
pub(crate) fn unknown_names(raw: &str, known: &[&str]) -> Vec<String> {
    let names: Option<Vec<String>> = members(raw).into_iter().map(|(name, _)| name).collect();
    let unknown = names.unwrap_or_default().into_iter();
    let unknown = unknown.filter(|name| !known.contains(&name.as_str()));
    unknown
        .map(|name| name.chars().take(100).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{MESSAGE, unknown_names};

    #[test]
    fn names_what_no_document_names() {
        let raw = r#"{"id":"a","x_future":{"id":1},"\u0069d":"b","later":null}"#;
        assert_eq!(unknown_names(raw, &MESSAGE), ["x_future", "later"]);
        assert!(unknown_names("[1]", &MESSAGE).is_empty());
    }
}
