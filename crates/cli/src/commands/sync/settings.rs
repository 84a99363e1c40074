//! The settings of an archive, and how the options of a run change them.

use chrono::NaiveDate;
use zoom_chat_archive::{Archive, ArchiveSettings};
use zoom_chat_reports::Plan;

use crate::{
    archive,
    args::{ConnectionArgs, ContentArgs, SyncArgs},
    connect::{Connection, UNPACED},
    failure::Failure,
};

/// The settings of the archive, or of a new one, with the changes that the options ask for.
pub(crate) fn wanted(
    stored: Option<&ArchiveSettings>,
    content: &ContentArgs,
    connection: &Connection,
    given: &ConnectionArgs,
    today: NaiveDate,
) -> Result<ArchiveSettings, Failure> {
    let mut settings = stored.cloned().unwrap_or_default();
    if stored.is_none() || given.plan.is_some() {
        settings.plan = connection.plan;
    }
    if stored.is_none() || given.share.is_some() {
        settings.share = connection.share;
    }
    let start = content.from.map(|day| day.date(today));
    if start.is_some_and(|start| start > today) {
        return Err(Failure::usage("the archive's first day lies in the future")
            .hint("name a first day that is not after today"));
    }
    content.apply(&mut settings, start);
    Ok(settings)
}

/// The connection's options, with the archive's plan and share if they are not given.
pub(crate) fn paced(given: &ConnectionArgs, stored: Option<&ArchiveSettings>) -> ConnectionArgs {
    let mut given = given.clone();
    let Some(stored) = stored else { return given };
    // A simulated account that limits nothing has no plan.
    let is_plan = Plan::custom(UNPACED).is_ok_and(|unpaced| stored.plan != unpaced);
    if given.plan.is_none() && is_plan {
        given.plan = Some(stored.plan);
    }
    given.share = given.share.or(Some(stored.share));
    given
}

/// The archive's new settings, if the options change them. Refuses options that ask for less, unless they are for
/// this run only.
pub(super) async fn change(
    archive: &Archive,
    args: &SyncArgs,
    connection: &Connection,
) -> Result<Option<ArchiveSettings>, Failure> {
    archive.check_account(&connection.account())?;
    let stored = archive.settings();
    // A day that counts from today counts from the server's date. Without such a day, no request is sent.
    let today = match args.content.from {
        Some(_) => connection.zoom.today().await?,
        None => archive::today(archive)?,
    };
    let wanted = wanted(
        Some(stored),
        &args.content,
        connection,
        &args.connection,
        today,
    )?;
    if !args.once {
        wanted.check_not_less_than(stored)?;
    }
    Ok((wanted != *stored).then_some(wanted))
}
