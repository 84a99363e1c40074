//! Every setting of the simulated account, and its text form `key=value,key=value`.

mod choices;
mod date_offset;
#[cfg(test)]
mod tests;
mod text;
pub(crate) mod timeline;

use chrono::{DateTime, Utc};

pub use choices::{
    ActionTimestamp, AfterDelete, ClockMode, DeletedInMessages, Duplicates, EditText, EditedItems,
    ExpiredAnswer, LastSent, ListedWhen, ListingOrder, ModificationsOn, OddIds, OddTimes, Order,
    PageFill, PageTokenLife, PageTokens, Plan, QueryAllModifications, RateHeaders, SessionIdField,
    TokenParams,
};
pub use date_offset::DateOffset;
pub use text::SettingsError;

use crate::fault::Fault;
use crate::rules::RangeRules;

/// All settings of a simulated account.
///
/// Read from text such as `seed=7,sessions=50,zone=+05:30,to=exclusive`; the key
/// of each field stands in its description. `Display` writes the four main ones and
/// those that differ from their default, and reading that text gives the same
/// settings again.
///
/// ```
/// use zoom_chat_reports_sandbox::{Settings, rules::ToRule};
///
/// let settings: Settings = "seed=9,to=exclusive".parse()?;
/// assert_eq!(settings.range.to, ToRule::Exclusive);
/// assert_eq!(settings.to_string().parse::<Settings>()?, settings);
/// assert!("sed=9".parse::<Settings>().unwrap_err().to_string().contains("unknown setting `sed`"));
/// # Ok::<(), zoom_chat_reports_sandbox::SettingsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `seed`: all data derive from it. Default 7.
    pub seed: u64,
    /// `sessions`: how many sessions the account has. Default 50.
    pub sessions: u64,
    /// `messages`: how many messages were sent in the 190 days before the
    /// anchor, in all sessions together. Default 20,000.
    pub messages: u64,
    /// `now`: what the clock shows at the start, UTC. Default
    /// 2026-11-20T12:00:00Z. Only what happened until then exists.
    pub now: DateTime<Utc>,
    /// `anchor`: the instant the timeline is laid out around, UTC: the history
    /// begins 230 days before it and goes on after it without an end. Default
    /// 2026-11-20T12:00:00Z, whatever `now` is.
    pub anchor: DateTime<Utc>,
    /// `clock`: `still` or `running`.
    pub clock: ClockMode,
    /// `date_offset`: `none`, a shift such as `-80d`, or the RFC 3339 instant to
    /// show at the start: how wrong the `Date` of every answer is. The
    /// account's own rules keep the clock's time.
    pub date_offset: DateOffset,
    /// `plan`: `free`, `pro`, `business` or `unlimited`.
    pub plan: Plan,
    /// `rate_headers`: `all` or `none`.
    pub rate_headers: RateHeaders,
    /// `daily_limit`: report requests a day (UTC, by the sandbox's clock), or
    /// `none`, the default.
    pub daily_limit: Option<u64>,
    /// `latency_ms`: how long each answer of the API takes, in real
    /// milliseconds. Half of it passes before the request arrives and is judged
    /// by the rate limit, the other half after that. Default 0.
    pub latency_ms: u64,
    /// `jitter_ms`: the most real milliseconds that each answer takes on top of
    /// `latency_ms`, drawn anew each time and halved likewise. Default 0.
    pub jitter_ms: u64,
    /// `token_ttl`: how long an access token lives, in seconds of the sandbox's
    /// clock. Default 3600.
    pub token_ttl: u64,
    /// `token_params`: `both`, `form` or `query`: where the token endpoint looks
    /// for `grant_type` and `account_id`.
    pub token_params: TokenParams,
    /// `scopes`: what the app was granted, with `+` between them, or `none`.
    pub scopes: Vec<String>,
    /// `quirks`: `yes` or `no`: whether the data are hostile. A few items in a
    /// hundred have unknown fields, explicit nulls, wrong types, odd numbers or
    /// lone surrogates; texts and names hold markup, formulas, control
    /// characters and many scripts. Default no: every answer is plain JSON of
    /// the documented shapes.
    pub quirks: bool,
    /// `text_bytes`: the least size of a text, at most 1,000,000. Plain lines
    /// fill it up; they are made for each answer and kept nowhere. Default 0.
    pub text_bytes: u64,
    /// `odd_times`: `none`, `zero`, `seconds`, `contradict` or `date_time_only`:
    /// the error in the `timestamp` of about one message in a hundred.
    pub odd_times: OddTimes,
    /// `odd_ids`: `none` or `some`: whether there are ten more sessions, whose
    /// ids are `.`, `..`, empty, or hold a slash, a backslash, a percent sign,
    /// white space, control characters or Unicode.
    pub odd_ids: OddIds,
    /// `empty_message_ids`: whether messages of one session and one millisecond
    /// have an empty `id`. Default no.
    pub empty_message_ids: bool,
    /// U1 to U5: `zone`, `zone_later`, `daylight`, `zone_by`, `to`, `span`, `span_excess`, `floor`, `floor_edge`,
    /// `beyond_floor`, `future_to`, `echo`.
    pub range: RangeRules,
    /// U6, `modifications_on`: `first_page`, `every_page` or `spread`.
    pub modifications_on: ModificationsOn,
    /// U7, `order`: `ascending`, `descending` or `none`.
    pub order: Order,
    /// U7, `listing_order`: `activity` or `fixed`.
    pub listing_order: ListingOrder,
    /// U7, `duplicates`: `none` or `some`.
    pub duplicates: Duplicates,
    /// U7, `page_tokens`: `offset`, `key` or `snapshot`.
    pub page_tokens: PageTokens,
    /// `page_fill`: `full`, `short` or `gaps`.
    pub page_fill: PageFill,
    /// U8, `page_token_life`: `own` or `first`.
    pub page_token_life: PageTokenLife,
    /// `page_token_ttl`: how long a page token lives, in seconds of the
    /// sandbox's clock. Default 900.
    pub page_token_ttl: u64,
    /// U9, `expired_answer`: `400_300`, `http_300` or `422`.
    pub expired_answer: ExpiredAnswer,
    /// U10, `listed_when`: `any` or `last`.
    pub listed_when: ListedWhen,
    /// U11, `last_sent`: `ever` or `in_range`.
    pub last_sent: LastSent,
    /// U11, `after_delete`: `stays` or `falls_back`.
    pub after_delete: AfterDelete,
    /// U11, `replies_count`: whether replies count as last messages.
    pub replies_count: bool,
    /// U11, `bots_count`: whether messages of bots do.
    pub bots_count: bool,
    /// U11, `edits_count`: whether an edit moves the time. Default no.
    pub edits_count: bool,
    /// `session_id_field`: `id`, `session_id` or `both`.
    pub session_id_field: SessionIdField,
    /// U12, `edited_in_messages`: `before` or `after`: which text an edited
    /// message shows in `messages`.
    pub edited_in_messages: EditText,
    /// U12, `action_in_messages`: `served` or `absent`.
    pub action_in_messages: ActionTimestamp,
    /// U12, `action_in_edited`: `served` or `absent`.
    pub action_in_edited: ActionTimestamp,
    /// U12, `action_in_deleted`: `served` or `absent`.
    pub action_in_deleted: ActionTimestamp,
    /// U13, `deleted_in_messages`: `stays` or `vanishes`.
    pub deleted_in_messages: DeletedInMessages,
    /// U14, `edited_text`: `before` or `after`: which text an item of
    /// `edited_messages` shows.
    pub edited_text: EditText,
    /// U14, `edited_items`: `each` or `last`.
    pub edited_items: EditedItems,
    /// U15, `query_all_modifications`: `leaves`, `empties` or `ignored`.
    pub query_all_modifications: QueryAllModifications,
    /// U16, `visible_after`: the longest time until a message can be read, in
    /// seconds, at most 604,800. Each message has its own delay up to that.
    /// Default 0.
    pub visible_after: u32,
    /// U17, `download_needs_bearer`: whether a download needs the access token
    /// beside its signed URL. Default no.
    pub download_needs_bearer: bool,
    /// U18, `new_token_ends_former`: whether issuing an access token ends the
    /// one before it. Default no.
    pub new_token_ends_former: bool,
    /// `fault`, which may be given several times: a fault from the start
    /// on. See [`Fault`] for the form.
    pub faults: Vec<Fault>,
}

/// The scopes an app has when `scopes` is not set: all that are ever asked for.
pub const ALL_SCOPES: &[&str] = &[
    "report:read:chat_session:admin",
    "report:read:list_chat_sessions:admin",
    "team_chat:read:file:admin",
    "account:read:settings:admin",
];

impl Default for Settings {
    fn default() -> Self {
        let anchor = DateTime::from_timestamp(1_795_176_000, 0).expect("a valid instant");
        Self {
            seed: 7,
            sessions: 50,
            messages: 20_000,
            now: anchor,
            anchor,
            clock: ClockMode::default(),
            date_offset: DateOffset::default(),
            plan: Plan::default(),
            rate_headers: RateHeaders::default(),
            daily_limit: None,
            latency_ms: 0,
            jitter_ms: 0,
            token_ttl: 3600,
            token_params: TokenParams::default(),
            scopes: ALL_SCOPES.iter().map(|&scope| scope.to_owned()).collect(),
            quirks: false,
            text_bytes: 0,
            odd_times: OddTimes::default(),
            odd_ids: OddIds::default(),
            empty_message_ids: false,
            range: RangeRules::default(),
            modifications_on: ModificationsOn::default(),
            order: Order::default(),
            listing_order: ListingOrder::default(),
            duplicates: Duplicates::default(),
            page_tokens: PageTokens::default(),
            page_fill: PageFill::default(),
            page_token_life: PageTokenLife::default(),
            page_token_ttl: 900,
            expired_answer: ExpiredAnswer::default(),
            listed_when: ListedWhen::default(),
            last_sent: LastSent::default(),
            after_delete: AfterDelete::default(),
            replies_count: true,
            bots_count: true,
            edits_count: false,
            session_id_field: SessionIdField::default(),
            edited_in_messages: EditText::default(),
            action_in_messages: ActionTimestamp::default(),
            action_in_edited: ActionTimestamp::default(),
            action_in_deleted: ActionTimestamp::default(),
            deleted_in_messages: DeletedInMessages::default(),
            edited_text: EditText::default(),
            edited_items: EditedItems::default(),
            query_all_modifications: QueryAllModifications::default(),
            visible_after: 0,
            download_needs_bearer: false,
            new_token_ends_former: false,
            faults: Vec::new(),
        }
    }
}
