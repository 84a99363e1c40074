//! Messages and conversations as tables.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use zoom_chat_archive::{ArchivedEntry, ArchivedSession, Conversation, ConversationKind};
use zoom_chat_reports::{Entry, EntryKind, Session, types::ChatMessage};

use crate::{selection::Selected, ui::table::Table};

/// Messages as rows for people.
pub(crate) struct MessageTable {
    zone: Tz,
    /// The titles of conversations, by the ids of their sessions.
    titles: HashMap<String, String>,
    table: Table,
}

impl MessageTable {
    /// A table of messages that Zoom sends, with times in UTC.
    pub(crate) fn new() -> Self {
        Self {
            zone: Tz::UTC,
            titles: HashMap::new(),
            table: Table::new(&[16, 22, 18]),
        }
    }

    /// A table of an archive's messages.
    pub(crate) fn of(selected: &Selected) -> Self {
        let titles = selected.titles().into_iter();
        Self {
            zone: selected.zone,
            titles: titles
                .map(|(id, title)| (id.to_owned(), title.to_owned()))
                .collect(),
            ..Self::new()
        }
    }

    /// Notes the name of a session; those without one are shown by their ids.
    pub(crate) fn name(&mut self, session_id: &str, name: String) {
        self.titles.insert(session_id.to_owned(), name);
    }

    /// Time, conversation, person and text.
    pub(crate) fn row(&self, entry: &Entry) -> String {
        let typed = entry.message().ok();
        self.cells(entry.session_id(), entry.kind(), entry.sent_at(), typed)
    }

    /// The same, of an entry of an archive.
    pub(crate) fn archived(&self, entry: &ArchivedEntry) -> String {
        let typed: Option<ChatMessage> = serde_json::from_str(&entry.raw).ok();
        self.cells(&entry.session_id, entry.kind, entry.sent_at, typed.as_ref())
    }

    fn cells(
        &self,
        session_id: &str,
        kind: EntryKind,
        sent_at: Option<DateTime<Utc>>,
        typed: Option<&ChatMessage>,
    ) -> String {
        let named = typed.and_then(|message| {
            let name = message.sender_display_name.as_ref();
            name.filter(|name| !name.is_empty())
                .or(message.sender.as_ref())
        });
        let text = typed.and_then(|message| message.message.as_deref());
        let files = typed
            .iter()
            .flat_map(|message| message.files.iter().flatten());
        let files = files.filter_map(|file| file.file_name.as_deref());
        let kind = match kind {
            EntryKind::Sent => None,
            EntryKind::Edited => Some("(edited)"),
            EntryKind::Deleted => Some("(deleted)"),
        };
        let mut parts: Vec<String> = kind.into_iter().chain(text).map(str::to_owned).collect();
        parts.extend(files.map(|name| format!("[{name}]")));
        let local = sent_at.map(|at| at.with_timezone(&self.zone));
        let time = local.map(|at| at.format("%Y-%m-%d %H:%M").to_string());
        self.table.row(&[
            &time.unwrap_or_default(),
            self.titles
                .get(session_id)
                .map_or(session_id, String::as_str),
            named.map_or("", String::as_str),
            &parts.join(" "),
        ])
    }
}

/// Sessions of Zoom's list as rows for people.
pub(crate) struct ListTable(Table);

impl ListTable {
    pub(crate) fn new() -> Self {
        Self(Table::new(&[10, 16, 32]))
    }

    /// Kind, last message, name and id.
    pub(crate) fn row(&self, session: &Session) -> String {
        let typed = session.session().ok();
        let text = |value: Option<&String>| value.cloned().unwrap_or_default();
        let last = session.last_message_sent_at();
        let last = last.map(|at| at.format("%Y-%m-%d %H:%M").to_string());
        self.0.row(&[
            &text(typed.and_then(|it| it.type_.as_ref())),
            &last.unwrap_or_default(),
            &text(typed.and_then(|it| it.name.as_ref())),
            session.id().unwrap_or_default(),
        ])
    }
}

/// Conversations of an archive as rows for people.
pub(crate) struct SessionTable<'a> {
    conversations: HashMap<&'a str, &'a Conversation>,
    table: Table,
}

impl<'a> SessionTable<'a> {
    pub(crate) fn new(selected: &'a Selected) -> Self {
        let all = selected.directory.conversations().iter();
        Self {
            conversations: all.map(|it| (it.session_id.as_str(), it)).collect(),
            table: Table::new(&[7, 8, 10, 32]),
        }
    }

    /// Kind, whether people from outside take part, entries, title and id.
    pub(crate) fn row(&self, session: &ArchivedSession) -> String {
        let known = self.conversations.get(session.id.as_str());
        let kind = match known.map(|it| it.kind) {
            Some(ConversationKind::Group) => "group",
            Some(ConversationKind::Direct) => "direct",
            _ => "",
        };
        let is_external = known.is_some_and(|it| it.external);
        self.table.row(&[
            kind,
            if is_external { "external" } else { "" },
            &session.entries.to_string(),
            known.map_or("", |it| it.title.as_str()),
            &session.id,
        ])
    }
}
