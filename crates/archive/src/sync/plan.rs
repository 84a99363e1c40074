//! The requests of the next sync, forecast before it runs.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use zoom_chat_reports::{Axis, ChatReports, DateRange, Plan, account::RateLabel};

use super::{files::missing_files, options::SyncOptions, phases, query_plan::QueryPlan};
use crate::{
    archive::Archive,
    error::Result,
    model::{Account, REPORT_VERSION},
    proof::State,
};

/// The requests that the next sync of an archive will make, as far as they are known in advance.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SyncPlan {
    /// The version of this document.
    pub version: u32,
    /// Whether the account is a simulated one.
    pub sandbox: bool,
    /// Sessions that Zoom lists.
    pub sessions: u64,
    /// Requests that list the sessions.
    pub listing_requests: u64,
    /// Requests for messages by the time of sending: new ones, and the last days again. One for each window;
    /// every further 100 messages of a window take one more.
    pub message_requests: u64,
    /// Requests for edits and deletions by the time they were made.
    pub modification_requests: u64,
    /// Requests for days whose messages changed, left over from an earlier run. Changes that the sync finds
    /// take more.
    pub changed_day_requests: u64,
    /// Requests for reading days a second time, estimated from the messages that the archive holds.
    pub scrub_requests: u64,
    /// Requests for attachments that earlier runs left over. New messages may name more.
    pub attachment_requests: u64,
}

impl SyncPlan {
    /// All requests that are known in advance.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.report_requests() + self.attachment_requests
    }

    /// The time that these requests take under a plan's rate limits, if this share of them is used.
    #[must_use]
    pub fn duration(&self, plan: Plan, share: f64) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 requests")]
        let seconds = |requests: u64, label| requests as f64 / (plan.per_second(label) * share);
        // Only the request for a file's info counts against a limit, not its download.
        let seconds = seconds(self.report_requests(), RateLabel::Medium)
            + seconds(self.attachment_requests / 2, RateLabel::Light);
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    fn report_requests(&self) -> u64 {
        self.listing_requests
            + self.message_requests
            + self.modification_requests
            + self.changed_day_requests
            + self.scrub_requests
    }
}

impl Archive {
    /// Lists the sessions, and forecasts the requests of the next sync. Writes nothing.
    ///
    /// # Errors
    /// [`ErrorKind::OtherAccount`](crate::ErrorKind::OtherAccount); [`ErrorKind::Client`](crate::ErrorKind::Client)
    /// if the list of sessions cannot be read to its end.
    pub async fn plan(
        &self,
        zoom: &ChatReports,
        account: &Account,
        options: &SyncOptions,
    ) -> Result<SyncPlan> {
        self.check_account(account)?;
        let settings = options.once.as_ref().unwrap_or(&self.settings);
        let queries = QueryPlan::new(zoom, settings, zoom.today().await?);
        let state = State::read(&self.db, &queries.question(Axis::Sent))?;
        let messages = queries.messages(&state, options.reread_days)?;
        let messages = messages.forecast().await?;
        let modifications = match queries.modifications(&state, None)? {
            Some(harvest) => harvest.forecast().await?.message_requests,
            None => 0,
        };
        let first = DateRange::last_six_months(queries.server_date).first();
        let pending = phases::by_day(&state);
        let within_reach = pending.range(first..).map(|(_, sessions)| sessions.len());
        let attachments = if settings.attachments {
            missing_files(&self.db, queries.server_date)?
        } else {
            0
        };
        let scrub = queries.scrub(&self.db, &state, options)?;
        Ok(SyncPlan {
            version: REPORT_VERSION,
            sandbox: self.account.sandbox,
            sessions: messages.sessions as u64,
            listing_requests: messages.listing_requests,
            message_requests: messages.message_requests,
            modification_requests: modifications,
            changed_day_requests: within_reach.sum::<usize>() as u64,
            scrub_requests: scrub.requests(),
            attachment_requests: 2 * attachments,
        })
    }
}
