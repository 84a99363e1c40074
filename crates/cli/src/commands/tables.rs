//! Messages and conversations of an archive as tables.

use std::collections::HashMap;

use zoom_chat_archive::{ArchivedEntry, ArchivedSession, Conversation, ConversationKind};
use zoom_chat_reports::{EntryKind, types::ChatMessage};

use crate::{selection::Selected, ui::table::Table};

/// Messages as rows for people.
pub(crate) struct MessageTable<'a> {
    selected: &'a Selected,
    titles: HashMap<&'a str, &'a str>,
    table: Table,
}

impl<'a> MessageTable<'a> {
    pub(crate) fn new(selected: &'a Selected) -> Self {
        Self {
            selected,
            titles: selected.titles(),
            table: Table::new(&[16, 22, 18]),
        }
    }

    /// Time, conversation, person and text.
    pub(crate) fn row(&self, entry: &ArchivedEntry) -> String {
        let typed: Option<ChatMessage> = serde_json::from_str(&entry.raw).ok();
        let named = typed.as_ref().and_then(|message| {
            let name = message.sender_display_name.as_ref();
            name.filter(|name| !name.is_empty())
                .or(message.sender.as_ref())
        });
        let text = typed
            .as_ref()
            .and_then(|message| message.message.as_deref());
        let files = typed
            .iter()
            .flat_map(|message| message.files.iter().flatten());
        let files = files.filter_map(|file| file.file_name.as_deref());
        let kind = match entry.kind {
            EntryKind::Sent => None,
            EntryKind::Edited => Some("(edited)"),
            EntryKind::Deleted => Some("(deleted)"),
        };
        let mut parts: Vec<String> = kind.into_iter().chain(text).map(str::to_owned).collect();
        parts.extend(files.map(|name| format!("[{name}]")));
        let title = self.titles.get(entry.session_id.as_str());
        self.table.row(&[
            &self.selected.local(entry.sent_at, "%Y-%m-%d %H:%M"),
            title.copied().unwrap_or(&entry.session_id),
            named.map_or("", String::as_str),
            &parts.join(" "),
        ])
    }
}

/// Conversations as rows for people.
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
