//! The report of one session's messages.

use super::Call;
use super::pager::{self, Lengths};
use super::reply::Reply;
use crate::fault::Operation;
use crate::render::{self, Style};
use crate::settings::QueryAllModifications;
use crate::view::{Question, Slot, View};

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
            let now = report.seen.timestamp_millis();
            let world = shared.world(now);
            let session = world
                .find(session_id)
                .ok_or_else(|| Reply::error(404, 404, "There is no such chat session."))?;
            let view = View {
                world: &world,
                settings,
                now,
            };
            let params = &report.params;
            let flag = settings.query_all_modifications;
            let by_action = params.all_modifications && flag != QueryAllModifications::Ignored;
            let lists = shared.lists(
                &view,
                &Question {
                    session,
                    start: report.start,
                    end: report.end,
                    by_action,
                    sent: !(by_action && flag == QueryAllModifications::Empties),
                    edited: params.edited,
                    deleted: params.deleted,
                },
            );
            let place = |item: usize| view.place(view.messages(session)[lists.sent[item] as usize]);
            let page = pager::cut(
                settings,
                &report.token,
                Lengths {
                    items: lists.sent.len(),
                    edited: lists.edited.len(),
                    deleted: lists.deleted.len(),
                },
                params.page_size,
                |key| {
                    lists.sent.partition_point(|&index| {
                        view.place(view.messages(session)[index as usize]) <= key
                    })
                },
                place,
            );
            let style = Style {
                origin: &shared.origin,
                nonce: self.nonce,
                clock: self.now_ms(),
                bots: params.bots,
                reactions: params.reactions,
                custom_reactions: params.custom_reactions,
            };
            let write = |out: &mut String, index: u32, slot: Slot| {
                render::message(out, &view, &style, (session, index as usize), slot);
            };
            out.array("messages", &lists.sent[page.items], |out, &index| {
                write(out, index, Slot::Sent);
            });
            // Now and then an empty array is null instead.
            let null = settings.quirks && report.token.question % 8 == 3;
            if params.edited {
                let items = &lists.edited[page.edited];
                if null && items.is_empty() {
                    out.raw("edited_messages", "null");
                } else {
                    out.array("edited_messages", items, |out, &(index, number)| {
                        write(out, index, Slot::Edited(usize::from(number)));
                    });
                }
            }
            if params.deleted {
                let items = &lists.deleted[page.deleted];
                if null && items.is_empty() {
                    out.raw("deleted_messages", "null");
                } else {
                    out.array("deleted_messages", items, |out, &index| {
                        write(out, index, Slot::Deleted);
                    });
                }
            }
            Ok(page.next)
        })
    }
}
