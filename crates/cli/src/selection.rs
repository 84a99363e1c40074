//! What the options select in an archive: names are looked up, days become instants.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    io::{self, IsTerminal, Read},
};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use zoom_chat_archive::{Archive, Directory, Filter, Selection, Unresolved};
use zoom_chat_reports::EntryKind;

use crate::{archive, args::SelectionArgs, dates::Asked, failure::Failure, ui::stderr::escape};

/// What a command reads of an archive.
#[derive(Debug)]
pub(crate) struct Selected {
    /// What was asked for.
    pub(crate) filter: Filter,
    pub(crate) selection: Selection,
    pub(crate) directory: Directory,
    pub(crate) zone: Tz,
}

/// Refuses options that only an archive can answer. The parser cannot: it requires nothing of what conflicts with
/// another option.
pub(crate) fn only_for_archives(given: Option<&'static str>) -> Result<(), Failure> {
    match given {
        None => Ok(()),
        Some(option) => Err(Failure::usage(format!("{option} needs --archive ARCHIVE"))
            .hint("`sync` makes an archive, from which every selection can be read")),
    }
}

/// Looks up everything that the options name. `more` are conversations that a command names beside the options.
pub(crate) fn select(
    archive: &Archive,
    args: &SelectionArgs,
    asked: &Asked,
    more: &[String],
    show_names: bool,
) -> Result<Selected, Failure> {
    let zone = args.tz.unwrap_or(Tz::UTC);
    let days = asked.days(archive::today(archive)?)?;
    let mut filter = Filter::default();
    filter.people = names(&args.person)?;
    filter.sent_by = names(&args.sent_by)?;
    filter.sessions = names(&args.session)?;
    filter.sessions.extend_from_slice(more);
    filter.kinds = args
        .kind
        .iter()
        .map(|kind| EntryKind::from(*kind))
        .collect();
    filter.external = args.external;
    filter.has_file = args.has_file;
    filter.from = days.0.map(|day| start_of(day, zone));
    let after = |day: NaiveDate| day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    filter.before = days.1.map(|day| start_of(after(day), zone));
    let directory = archive.directory()?;
    let selection = directory.select(&filter);
    let selection = selection.map_err(|error| unknown(&error, show_names))?;
    Ok(Selected {
        filter,
        selection,
        directory,
        zone,
    })
}

impl Selected {
    /// The titles of all conversations, by the ids of their sessions.
    pub(crate) fn titles(&self) -> HashMap<&str, &str> {
        let all = self.directory.conversations().iter();
        all.map(|it| (it.session_id.as_str(), it.title.as_str()))
            .collect()
    }

    /// An instant in the chosen zone; empty if there is none.
    pub(crate) fn local(&self, at: Option<DateTime<Utc>>, format: &str) -> String {
        let local = at.map(|at| at.with_timezone(&self.zone).format(format).to_string());
        local.unwrap_or_default()
    }
}

/// The first instant of a day in a zone. Where clocks skip midnight, the day begins when they go on.
pub(crate) fn start_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    let later = (0..=4).map(|quarters| midnight + TimeDelta::minutes(15) * quarters * 2);
    let mut begins = later.filter_map(|time| zone.from_local_datetime(&time).earliest());
    begins
        .next()
        .map_or_else(|| midnight.and_utc(), |at| at.to_utc())
}

/// The names that an option gives: `@FILE` stands for the lines of a file.
fn names(given: &[String]) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for name in given {
        match name.strip_prefix('@') {
            None => names.push(name.clone()),
            Some(file) => {
                let text = text_of(file).map_err(|error| {
                    Failure::usage(format!("cannot read {file}: {error}"))
                        .hint("after @, name a text file with one name a line, of at most 1 MiB")
                })?;
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                let before = names.len();
                names.extend(lines.map(str::to_owned));
                if names.len() == before {
                    return Err(Failure::usage(format!("{file} names nobody and nothing"))
                        .hint("write one name a line"));
                }
            }
        }
    }
    let mut known = BTreeSet::new();
    names.retain(|name| known.insert(name.clone()));
    if names.iter().any(|name| name.trim().is_empty()) {
        return Err(Failure::usage("an empty name").hint("give an e-mail address, an id or a name"));
    }
    Ok(names)
}

/// The text of a file that is no larger than a list of names can be.
fn text_of(file: &str) -> io::Result<String> {
    const MOST: u64 = 1 << 20;
    if !fs::metadata(file)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut text = String::new();
    fs::File::open(file)?
        .take(MOST + 1)
        .read_to_string(&mut text)?;
    match text.len() as u64 > MOST {
        true => Err(io::Error::other("it is too long")),
        false => Ok(text),
    }
}

/// The error for a name that is unknown or ambiguous. What comes near are names of people: they are shown on a terminal,
/// or if they were asked for.
fn unknown(error: &Unresolved, show_names: bool) -> Failure {
    let asked = escape(&error.asked);
    let what = error.what;
    let text = match error.matches {
        0 => format!("the archive has no {what} \"{asked}\""),
        matches => format!("\"{asked}\" names {matches} of the archive's {what}s"),
    };
    let lists = match what {
        "person" => "`zoom-chat people ARCHIVE` lists all",
        _ => "`zoom-chat sessions --archive ARCHIVE` lists all",
    };
    let shown = show_names || io::stderr().is_terminal();
    let hint = match (error.matches, error.near.as_slice()) {
        (_, near) if shown && !near.is_empty() => {
            let near: Vec<_> = near.iter().map(|name| escape(name)).collect();
            let which = if error.matches == 0 {
                "near"
            } else {
                "which of"
            };
            format!("{which}: {}; {lists}", near.join("; "))
        }
        (0, []) => lists.to_owned(),
        (0, near) => format!("{} come near: --show-names shows them; {lists}", near.len()),
        _ if what == "person" => {
            format!("give an e-mail address or an id; --show-names shows them; {lists}")
        }
        _ => format!("give the session id; --show-names shows them; {lists}"),
    };
    Failure::usage(text).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::start_of;

    fn begins(day: &str, zone: &str) -> String {
        let at = start_of(day.parse().expect("a day"), zone.parse().expect("a zone"));
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_zone_and_later_where_clocks_skip_it() {
        assert_eq!(begins("2026-06-01", "UTC"), "2026-06-01T00:00:00Z");
        assert_eq!(
            begins("2026-06-01", "Europe/Berlin"),
            "2026-05-31T22:00:00Z"
        );
        assert_eq!(
            begins("2026-12-01", "America/New_York"),
            "2026-12-01T05:00:00Z"
        );
        // In Beirut clocks go from 0:00 to 1:00 on the last Sunday of March.
        assert_eq!(begins("2026-03-29", "Asia/Beirut"), "2026-03-28T22:00:00Z");
        // In Havana the hour before 1:00 comes twice on the first Sunday of November.
        assert_eq!(
            begins("2026-11-01", "America/Havana"),
            "2026-11-01T04:00:00Z"
        );
    }
}
