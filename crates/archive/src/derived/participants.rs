//! Participants: who took part in which session, and when.
//!
//! A person takes part by writing, by being written to, by reacting, or by being a member whom Zoom's list names.

use rusqlite::{Connection, params};
use zoom_chat_reports::types::{ChatMessage, ChatSession};

use super::{
    columns::Columns,
    people::{self, Named},
};
use crate::{error::Result, facts::items::Item, sql::Sql};

/// Counts an entry for the person who wrote its message.
pub(super) fn wrote(
    db: &Connection,
    session: i64,
    person: i64,
    (item, sent_ms): (&Item<'_>, i64),
    is_external: bool,
) -> Result<()> {
    let sql = "INSERT INTO participants (session, person, sent, edited, deleted, external, first_ms, last_ms)
         VALUES (?1, ?2, ?3 = 0, ?3 = 1, ?3 = 2, ?4, NULLIF(?5, -1), NULLIF(?5, -1))
         ON CONFLICT (session, person) DO UPDATE SET sent = sent + excluded.sent,
           edited = edited + excluded.edited, deleted = deleted + excluded.deleted,
           external = max(external, excluded.external),
           first_ms = COALESCE(min(first_ms, excluded.first_ms), first_ms, excluded.first_ms),
           last_ms = COALESCE(max(last_ms, excluded.last_ms), last_ms, excluded.last_ms)";
    db.run(
        sql,
        params![session, person, item.kind, is_external, sent_ms],
    )
}

/// Whether the sender of a message is from outside the account: then Zoom gives no address.
pub(super) fn is_external(typed: Option<&ChatMessage>, columns: &Columns<'_>) -> bool {
    let told = typed.and_then(|message| message.is_sender_external);
    told.unwrap_or_else(|| {
        columns.sender.as_deref() == Some("") && columns.sender_member_id.is_some()
    })
}

/// Notes the people whom a message names beside its sender: who received it, and who reacted to it.
pub(super) fn named(
    db: &Connection,
    session: i64,
    typed: Option<&ChatMessage>,
    sent_ms: i64,
) -> Result<()> {
    let Some(message) = typed else { return Ok(()) };
    let receiver = message
        .receiver
        .as_deref()
        .map(|text| match text.contains('@') {
            true => Named {
                email: Some(text),
                ..Named::default()
            },
            false => Named {
                member_id: Some(text),
                ..Named::default()
            },
        });
    let reactions = message
        .reactions
        .iter()
        .flatten()
        .flat_map(|it| &it.member_ids);
    let custom = message
        .custom_emoji_reactions
        .iter()
        .flatten()
        .flat_map(|it| &it.member_ids);
    let reacted = reactions.chain(custom).flatten().map(|id| Named {
        member_id: Some(id),
        ..Named::default()
    });
    for who in receiver.into_iter().chain(reacted) {
        took_part(db, session, who, Some(sent_ms))?;
    }
    Ok(())
}

/// Notes the members whom Zoom's list names.
pub(super) fn listed(db: &Connection, session: i64, typed: Option<&ChatSession>) -> Result<()> {
    let emails = typed.and_then(|session| session.member_emails.as_ref());
    for email in emails.into_iter().flatten() {
        let who = Named {
            email: Some(email),
            ..Named::default()
        };
        took_part(db, session, who, None)?;
    }
    Ok(())
}

fn took_part(db: &Connection, session: i64, who: Named<'_>, at_ms: Option<i64>) -> Result<()> {
    if who.email.or(who.member_id).is_none_or(str::is_empty) {
        return Ok(());
    }
    let person = people::number(db, who)?;
    let sql = "INSERT INTO participants (session, person, first_ms, last_ms)
         VALUES (?1, ?2, NULLIF(?3, -1), NULLIF(?3, -1))
         ON CONFLICT (session, person) DO UPDATE SET
           first_ms = COALESCE(min(first_ms, excluded.first_ms), first_ms, excluded.first_ms),
           last_ms = COALESCE(max(last_ms, excluded.last_ms), last_ms, excluded.last_ms)";
    db.run(sql, params![session, person, at_ms])
}
