//! The report of one session's messages.

use super::Report;
use super::pager::{self, Lengths, Page};
use crate::fault::Operation;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::render::json::Object;
use crate::render::{self, Style};
use crate::settings::QueryAllModifications;
use crate::view::{Lists, Question, Slot, View};
use crate::world::World;

const SCOPES: [&str; 3] = [
    "report:read:chat_session:admin",
    "report_chat:read:admin",
    "imchat:read:admin",
];

impl Call<'_> {
    /// Answers `GET /report/chat/sessions/{sessionId}`.
    pub(crate) fn messages(&self, session_id: &str) -> Reply {
        debug_assert_eq!(self.operation, Operation::Messages);
        let shared = self.shared;
        let settings = &shared.settings;
        self.report(true, &SCOPES, |report, out| {
            let now = report.as_of.timestamp_millis();
            let world = shared.world(now);
            let session = world
                .find(session_id)
                .ok_or_else(|| Reply::error(404, 404, "There is no such chat session."))?;
            let question = question(report, settings.query_all_modifications, session);
            if let Some(count) = self.fault.vanish {
                self.vanish(&world, report, &question, count);
            }
            let vanished = shared.vanished();
            let view = View {
                world: &world,
                settings,
                now,
                vanished: &vanished,
                vanished_times: report.vanished_times(settings, &vanished),
            };
            let lists = shared.lists(&view, &question);
            let page = page(&view, report, session, &lists);
            self.write_page(out, &view, report, session, &lists, &page);
            Ok(page.next)
        })
    }

    /// Writes the arrays of one page.
    fn write_page(
        &self,
        out: &mut Object<'_>,
        view: &View<'_>,
        report: &Report,
        session: usize,
        lists: &Lists,
        page: &Page,
    ) {
        let params = &report.params;
        let style = Style {
            origin: &self.shared.origin,
            nonce: self.nonce,
            clock: self.now_ms(),
            bots: params.bots,
            reactions: params.reactions,
            custom_reactions: params.custom_reactions,
        };
        let write = |out: &mut String, index: u32, slot: Slot| {
            render::message(out, view, &style, (session, index as usize), slot);
        };
        let name = if self.fault.rename_arrays {
            "chat_messages"
        } else {
            "messages"
        };
        out.array(name, &lists.sent[page.items.clone()], |out, &index| {
            write(out, index, Slot::Sent);
        });
        // Now and then an empty array is null instead.
        let null = view.settings.quirks && report.token.question % 8 == 3;
        if params.edited {
            let items = &lists.edited[page.edited.clone()];
            array_or_null(
                out,
                "edited_messages",
                items,
                null,
                |out, &(index, number)| {
                    write(out, index, Slot::Edited(usize::from(number)));
                },
            );
        }
        if params.deleted {
            let items = &lists.deleted[page.deleted.clone()];
            array_or_null(out, "deleted_messages", items, null, |out, &index| {
                write(out, index, Slot::Deleted);
            });
        }
    }

    /// Takes the last `count` messages before the page asked for out of the account.
    fn vanish(&self, world: &World, report: &Report, question: &Question, count: usize) {
        let vanished = self.shared.vanished();
        let view = View {
            world,
            settings: &self.shared.settings,
            now: report.as_of.timestamp_millis(),
            vanished: &vanished,
            vanished_times: vanished.times(),
        };
        let lists = self.shared.lists(&view, question);
        let end = page(&view, report, question.session, &lists).items.start;
        let messages = view.messages(question.session);
        let before = &lists.sent[end.saturating_sub(count)..end];
        self.shared
            .vanish(before.iter().map(|&index| messages[index as usize]));
    }
}

/// The question that a report asks, under the account's rule for `query_all_modifications`.
fn question(report: &Report, rule: QueryAllModifications, session: usize) -> Question {
    let params = &report.params;
    let by_action = params.all_modifications && rule != QueryAllModifications::Ignored;
    Question {
        session,
        start: report.start,
        end: report.end,
        by_action,
        sent: !(by_action && rule == QueryAllModifications::Empties),
        edited: params.edited,
        deleted: params.deleted,
    }
}

/// Writes an array; an empty one as null if `null` says so.
fn array_or_null<T>(
    out: &mut Object<'_>,
    name: &str,
    items: &[T],
    null: bool,
    write: impl FnMut(&mut String, &T),
) {
    if null && items.is_empty() {
        out.raw(name, "null");
    } else {
        out.array(name, items, write);
    }
}

/// The page that a report asks for.
fn page(view: &View<'_>, report: &Report, session: usize, lists: &Lists) -> Page {
    let place = |index: u32| view.place(view.messages(session)[index as usize]);
    pager::cut(
        view.settings,
        &report.token,
        Lengths {
            items: lists.sent.len(),
            edited: lists.edited.len(),
            deleted: lists.deleted.len(),
        },
        report.params.page_size,
        |key| lists.sent.partition_point(|&index| place(index) <= key),
        |item| place(lists.sent[item]),
    )
}
