//! `set`: shows and changes an archive's settings.

use zoom_chat_archive::{Archive, ArchiveSettings, REPORT_VERSION};
use zoom_chat_reports::{IncludeField, Plan};

use crate::{
    archive,
    args::SetArgs,
    connect::UNPACED,
    exit::Exit,
    failure::Failure,
    operator,
    schema::SettingsReport,
    ui::{quantity::percent, rows::Rows, stderr::eprint, stdout},
};

pub(crate) fn run(args: &SetArgs, quiet: bool) -> Result<Exit, Failure> {
    let stored = archive::read(&args.archive)?;
    let before = stored.settings().clone();
    let mut settings = before.clone();
    let today = archive::today(&stored)?;
    for change in &args.changes {
        change.apply(&mut settings, today);
    }
    if settings.start.is_some_and(|start| start > today) {
        return Err(Failure::usage("the archive's first day lies in the future")
            .hint("name a first day that is not after the last sync's"));
    }
    let changed = settings != before;
    let sandbox = stored.account().sandbox;
    drop(stored);
    if changed {
        let operator = operator::name(
            args.operator.as_deref(),
            "it is not known who changes the settings",
        )?;
        let mut archive: Archive = archive::write(&args.archive)?;
        archive.set(&settings, &operator)?;
    }
    if args.json {
        stdout::print_json(&SettingsReport {
            version: REPORT_VERSION,
            sandbox,
            changed,
            settings,
        })?;
    } else if args.changes.is_empty() {
        stdout::print(&text(&settings))?;
    } else if !quiet {
        if !changed {
            eprint("nothing changed: the archive has these settings already");
        }
        for ((key, now), (_, was)) in values(&settings).into_iter().zip(values(&before)) {
            if now != was {
                eprint(&format!("{key} is {now}; it was {was}"));
            }
        }
    }
    Ok(Exit::Complete)
}

fn text(settings: &ArchiveSettings) -> String {
    let mut rows = Rows::plain(12);
    for (key, value) in values(settings) {
        rows.row(key, value);
    }
    rows.into_text()
}

/// Each setting, as `set` takes it.
fn values(settings: &ArchiveSettings) -> Vec<(&'static str, String)> {
    let switch = |on: bool| if on { "on" } else { "off" }.to_owned();
    let options = &settings.options;
    let includes = |field| switch(options.include.contains(&field));
    let start = settings.start.map(|start| start.to_string());
    vec![
        ("attachments", switch(settings.attachments)),
        ("edited", includes(IncludeField::EditedMessages)),
        ("deleted", includes(IncludeField::DeletedMessages)),
        ("bots", switch(options.bot_messages)),
        ("reactions", switch(options.reactions)),
        ("from", start.unwrap_or_else(|| "all".to_owned())),
        ("scrub", percent(settings.scrub)),
        ("plan", plan(settings.plan)),
        ("share", settings.share.to_string()),
    ]
}

/// A simulated account that limits nothing has no plan.
fn plan(plan: Plan) -> String {
    match Plan::custom(UNPACED) {
        Ok(unpaced) if plan == unpaced => "none: this simulated account limits nothing".to_owned(),
        _ => plan.to_string(),
    }
}
