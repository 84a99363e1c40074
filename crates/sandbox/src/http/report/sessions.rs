//! The listing of sessions.

use super::pager::{self, Lengths};
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::render;
use crate::settings::ListingOrder;
use crate::view::View;

const SCOPES: [&str; 3] = [
    "report:read:list_chat_sessions:admin",
    "report_chat:read:admin",
    "imchat:read:admin",
];

impl Call<'_> {
    /// Answers `GET /report/chat/sessions`.
    pub(crate) fn sessions(&self) -> Reply {
        let shared = self.shared;
        let settings = &shared.settings;
        self.report(false, &SCOPES, |report, out| {
            let now = report.as_of.timestamp_millis();
            let world = shared.world(now);
            let vanished = shared.vanished();
            let view = View {
                world: &world,
                settings,
                now,
                vanished: &vanished,
                vanished_times: report.vanished_times(settings, &vanished),
            };
            let mut listed: Vec<(i64, u64)> = (0..world.sessions.len())
                .filter(|&number| view.is_listed(number, report.start, report.end))
                .map(|number| {
                    let activity = match settings.listing_order {
                        ListingOrder::Activity => view.last_activity(number).unwrap_or_default(),
                        ListingOrder::Fixed => 0,
                    };
                    (-activity, number as u64)
                })
                .collect();
            listed.sort_unstable();
            let page = pager::cut(
                settings,
                &report.token,
                Lengths {
                    items: listed.len(),
                    edited: 0,
                    deleted: 0,
                },
                report.params.page_size,
                |key| listed.partition_point(|&place| place <= key),
                |item| listed[item],
            );
            let name = if self.fault.rename_arrays {
                "chat_sessions"
            } else {
                "sessions"
            };
            out.array(name, &listed[page.items], |out, &(_, number)| {
                render::session(out, &view, number as usize, report.start, report.end);
            });
            Ok(page.next)
        })
    }
}
