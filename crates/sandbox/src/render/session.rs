//! The JSON of one session in a listing.

use chrono::{DateTime, SecondsFormat};

use super::json::{Object, quote};
use crate::settings::SessionIdField;
use crate::view::View;

/// Writes one session as a listing of `start..end` (epoch ms) shows it.
pub(crate) fn session(out: &mut String, view: &View<'_>, number: usize, start: i64, end: i64) {
    let session = &view.world.sessions[number];
    let mut object = Object::open(out, false);
    let field = view.settings.session_id_field;
    if let Some(listed) = session.listed_id {
        object.text("id", listed);
    } else if field != SessionIdField::SessionId {
        object.text("id", &session.id);
    }
    if session.listed_id.is_some() || field != SessionIdField::Id {
        object.text("session_id", &session.id);
    }
    object.text("name", &session.name);
    object.text("type", if session.group { "Group" } else { "1:1" });
    if let Some(last) = view.last_sent(number, start, end) {
        let last = DateTime::from_timestamp_millis(last).unwrap_or_default();
        object.text(
            "last_message_sent_time",
            &last.to_rfc3339_opts(SecondsFormat::Secs, true),
        );
    }
    if session.group {
        object.text("channel_id", &session.channel_id);
        object.text("status", if session.deleted { "deleted" } else { "active" });
    } else {
        object.array("member_emails", &session.members, |out, &member| {
            quote(out, &view.world.people[usize::from(member)].email);
        });
    }
    object.flag("has_external_member", session.has_external);
    if view.settings.quirks {
        match session.seed % 16 {
            0 => object.raw("x_retention", r#"{"days":30,"ratio":1.50}"#),
            1 => object.raw("owner", "null"),
            _ => {}
        }
    }
    object.close();
}
