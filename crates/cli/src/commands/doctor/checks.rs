//! The checks, in an order in which each depends on those before it.

use std::time::Duration;

use chrono::{DateTime, Days, TimeDelta, Utc};
use zoom_chat_reports::{
    DateRange, ErrorKind,
    account::Probe,
    types::{AccountChatSettings, CloudRetention, Integer, TimeLimitedPermission},
};

use super::report::Report;
use crate::{
    connect::Connection,
    exit::Exit,
    failure::{Failure, exit_of},
    ui::{ndjson::rfc3339, quantity::duration},
};

/// The scopes for messages and for the list of sessions, of which one is enough.
const CLASSIC: [&str; 2] = ["report_chat:read:admin", "imchat:read:admin"];
const GRANULAR: [(&str, &str); 2] = [
    ("report:read:chat_session:admin", "messages"),
    (
        "report:read:list_chat_sessions:admin",
        "the list of sessions",
    ),
];
/// Scopes that are useful, but not needed.
const SETTINGS: [&str; 2] = ["account:read:settings:admin", "account:read:admin"];
const FILES: [&str; 4] = [
    "team_chat:read:file:admin",
    "team_chat:read:file",
    "chat:read",
    "chat:read:admin",
];
/// A clock that differs by more than this gets a warning.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(60);
/// The largest number of days between the start of the calendar's six months and the floor.
const FLOOR_DAYS: u64 = 8;

pub(super) async fn run(
    connection: &Connection,
    report: &mut Report,
    machine: impl Fn() -> DateTime<Utc>,
) {
    let scopes = match connection.zoom.granted_scopes().await {
        Ok(scopes) => scopes,
        Err(error) => return report.failed("token", &error.into()),
    };
    report.ok("token", "got one");
    check_scopes(&scopes, report);

    let today = match connection.zoom.today().await {
        Ok(today) => today,
        Err(error) => return report.failed("clock", &error.into()),
    };
    let before = machine();
    match connection.zoom.probe(today).await {
        Ok(probe) => {
            report.ok(
                "request",
                format!("answered in {} ms", probe.latency.as_millis()),
            );
            check_limits(&probe, report);
            check_clock(&probe, before, connection.is_sandbox(), report);
            check_reach(connection, report).await;
        }
        Err(error) => report.failed("request", &error.into()),
    }
    if scopes.iter().any(|scope| SETTINGS.contains(&&**scope)) {
        check_settings(connection, report).await;
    }
}

fn check_scopes(scopes: &[String], report: &mut Report) {
    if scopes.is_empty() {
        return report.warn(
            "scopes",
            "the token does not name its scopes",
            "the next check shows whether they are enough",
        );
    }
    let has = |wanted: &[&str]| scopes.iter().any(|scope| wanted.contains(&&**scope));
    let missing: Vec<_> = GRANULAR
        .iter()
        .filter(|(scope, _)| !has(&CLASSIC) && !has(&[scope]))
        .collect();
    if missing.is_empty() {
        report.ok("scopes", format!("granted: {}", scopes.join(" ")));
    } else {
        let names: Vec<_> = missing
            .iter()
            .map(|(scope, of)| format!("{scope} for {of}"))
            .collect();
        report.fail(
            "scopes",
            Exit::Credentials,
            format!("missing: {}", names.join(", ")),
            Some("add them to the app in Zoom's App Marketplace and activate it again".to_owned()),
        );
    }
    let known = |scope: &str| {
        CLASSIC.contains(&scope)
            || GRANULAR.iter().any(|(needed, _)| *needed == scope)
            || SETTINGS.contains(&scope)
            || FILES.contains(&scope)
    };
    let superfluous: Vec<_> = scopes
        .iter()
        .map(String::as_str)
        .filter(|scope| !known(scope))
        .collect();
    if !superfluous.is_empty() {
        report.warn(
            "scopes",
            format!("not needed: {}", superfluous.join(" ")),
            "remove them from the app, unless another program uses it",
        );
    }
}

fn check_limits(probe: &Probe, report: &mut Report) {
    let Some(limit) = probe.rate_limit else {
        return report.warn(
            "rate limit",
            "the answer does not name it",
            "give the account's plan with --plan",
        );
    };
    let category = probe.rate_limit_category.as_deref().unwrap_or("unnamed");
    let per = match probe.rate_limit_type.as_deref() {
        Some("QPS") => "a second".to_owned(),
        Some(other) => format!("of type {other}"),
        None => "of an unknown type".to_owned(),
    };
    report.ok("rate limit", format!("{category}: {limit} requests {per}"));
}

fn check_clock(probe: &Probe, machine: DateTime<Utc>, sandbox: bool, report: &mut Report) {
    let Some(server) = probe.server_date else {
        return report.warn(
            "clock",
            "the answer does not give the server's time",
            "check this machine's clock: days are counted by it",
        );
    };
    if sandbox {
        let shown = rfc3339(server).unwrap_or_default();
        return report.ok("clock", format!("the simulated account's own: {shown}"));
    }
    let off = machine - server;
    if off.abs() <= CLOCK_TOLERANCE {
        return report.ok("clock", "this machine and the server agree");
    }
    let direction = if off < TimeDelta::zero() {
        "behind"
    } else {
        "ahead of"
    };
    report.warn(
        "clock",
        format!(
            "this machine is {} {direction} the server",
            duration(off.abs().to_std().unwrap_or_default())
        ),
        "the program uses the server's time; set this machine's clock too",
    );
}

async fn check_reach(connection: &Connection, report: &mut Report) {
    let today = match connection.zoom.today().await {
        Ok(today) => today,
        Err(error) => return report.failed("reach", &error.into()),
    };
    let oldest = DateRange::last_six_months(today).first();
    for days in 0..=FLOOR_DAYS {
        let first = oldest + Days::new(days);
        let asked = DateRange::new(first, first + Days::new(1));
        let request = asked.map(|range| connection.zoom.sessions(range).page_size(1));
        let answer = match request {
            Ok(request) => request.send().await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(_) => return report.ok("reach", format!("requests from {first} on are answered")),
            Err(error) if error.kind() == ErrorKind::OutOfReach => {}
            Err(error) => return report.failed("reach", &error.into()),
        }
    }
    report.warn(
        "reach",
        format!("requests for {oldest} and the week after it are refused"),
        "less than six months may be there: `zoom-chat messages` says what is complete",
    );
}

async fn check_settings(connection: &Connection, report: &mut Report) {
    let settings = match connection.zoom.chat_settings(&connection.account_id).await {
        Ok(settings) => settings,
        // They are for information only: chats can be read without them.
        Err(error) => {
            let exit = exit_of(&error);
            let failure = Failure::from(error);
            let hint = failure
                .hint_text()
                .unwrap_or("chats can be read without it");
            return if exit == Exit::DailyLimit {
                report.failed("settings", &failure);
            } else {
                report.warn("settings", failure.text(), hint);
            };
        }
    };
    tell_settings(&settings, report);
}

fn tell_settings(settings: &AccountChatSettings, report: &mut Report) {
    match settings.store_revise_chat {
        Some(true) => report.ok(
            "revisions",
            "edited and deleted messages keep their former text",
        ),
        Some(false) => report.warn(
            "revisions",
            "edited and deleted messages do not keep their former text",
            "turn on `store_revise_chat` in the account's chat settings to keep it from then on",
        ),
        None => unknown("revisions", report),
    }
    match &settings.set_retention_period_in_cloud {
        Some(retention) if retention.enable == Some(false) => {
            report.ok("retention", "messages stay in the cloud");
        }
        Some(retention) => tell_retention(retention, report),
        None => unknown("retention", report),
    }
    tell_change(
        "edits",
        "edited",
        settings.allow_edit_message.as_ref(),
        report,
    );
    tell_change(
        "deletions",
        "deleted",
        settings.allow_delete_message.as_ref(),
        report,
    );
}

fn tell_retention(retention: &CloudRetention, report: &mut Report) {
    let periods = [
        (
            "one-to-one and group chats",
            &retention.retention_period_of_direct_messages_and_group_conversation,
        ),
        ("channels", &retention.retention_period_of_channels),
    ];
    let known: Vec<_> = periods
        .iter()
        .filter_map(|(chats, period)| Some(format!("those of {chats} for {}", period.as_ref()?)))
        .collect();
    if known.is_empty() {
        unknown("retention", report);
    } else {
        let text = format!(
            "messages stay in the cloud for a limited time: {}",
            known.join(", ")
        );
        report.ok("retention", text);
    }
}

fn tell_change(
    name: &'static str,
    done: &str,
    allowed: Option<&TimeLimitedPermission>,
    report: &mut Report,
) {
    match allowed.map(|allowed| (allowed.enable, allowed.time.and_then(Integer::get))) {
        Some((Some(false), _)) => report.ok(name, format!("messages cannot be {done}")),
        // Zoom does not document the meaning of 0 minutes.
        Some((_, Some(0))) => report.ok(
            name,
            format!("messages can be {done}; the time for it is given as 0 minutes"),
        ),
        Some((_, Some(minutes))) => report.ok(
            name,
            format!(
                "messages can be {done} for {} after sending",
                duration(Duration::from_secs(
                    u64::try_from(minutes).unwrap_or(0).saturating_mul(60)
                ))
            ),
        ),
        Some((Some(true), None)) => report.ok(name, format!("messages can be {done}")),
        _ => unknown(name, report),
    }
}

fn unknown(name: &'static str, report: &mut Report) {
    report.warn(
        name,
        "the account's settings do not say",
        "look at the account's chat settings in Zoom's web portal",
    );
}
