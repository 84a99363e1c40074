//! `gaps`: lists what an archive lacks, and why.

use zoom_chat_archive::{Accept, Archive, GapReport, REPORT_VERSION, Standing};

use crate::{
    archive,
    args::GapsArgs,
    exit::Exit,
    failure::Failure,
    operator,
    schema::GapsReport,
    ui::{
        standing::{files_line, gap_lines},
        stderr::{eprint, escape},
        stdout,
    },
};

pub(crate) fn run(args: &GapsArgs, quiet: bool) -> Result<Exit, Failure> {
    if !args.accept.is_empty() {
        return accept(args, quiet);
    }
    let archive = archive::read(&args.archive)?;
    let standing = archive.standing()?;
    let exit = match standing.is_complete() || args.exit_zero {
        true => Exit::Complete,
        false => Exit::Incomplete,
    };
    let gaps = archive.gaps()?.into_iter();
    let gaps: Vec<GapReport> = gaps.filter(|gap| args.chooses(gap, &archive)).collect();
    if args.json {
        print_json(&archive, standing, gaps)?;
        return Ok(exit);
    }
    let listed: String = gaps.iter().map(text).collect();
    if quiet {
        stdout::print(&listed)?;
    } else {
        let files = files_line(&standing).unwrap_or_default();
        stdout::print(&format!("{}\n{files}{listed}", escape(&standing.text)))?;
    }
    Ok(exit)
}

fn accept(args: &GapsArgs, quiet: bool) -> Result<Exit, Failure> {
    let mut accept = Accept::default();
    let is_all = |id: &String| id == "all";
    let all = args.accept.iter().any(is_all);
    let is_narrowed = args.class.is_some() || args.session.is_some() || args.before.is_some();
    if all && !is_narrowed {
        return Err(Failure::usage("`--accept all` does not say which gaps")
            .hint("narrow it with --class, --session or --before, or give the ids"));
    }
    accept.ids = args
        .accept
        .iter()
        .filter(|id| !is_all(id))
        .cloned()
        .collect();
    accept.class = args.class.map(Into::into);
    accept.session_id.clone_from(&args.session);
    accept.from_now_on = args.from_now_on;
    accept.reason = args.reason.clone().unwrap_or_default();
    accept.operator = operator::name(
        args.operator.as_deref(),
        "it is not known who accepts the gap",
    )?;
    // Bad input is refused before anything changes.
    let stored = archive::read(&args.archive)?;
    accept.before = args.before(&stored)?;
    stored.check_accept(&accept)?;
    drop(stored);
    let mut archive = archive::write(&args.archive)?;
    let gaps = archive.accept(&accept)?;
    let standing = archive.standing()?;
    if args.json {
        print_json(&archive, standing, gaps)?;
        return Ok(Exit::Complete);
    }
    stdout::print(&gaps.iter().map(text).collect::<String>())?;
    if !quiet {
        eprint(&standing.text);
    }
    Ok(Exit::Complete)
}

fn print_json(archive: &Archive, standing: Standing, gaps: Vec<GapReport>) -> Result<(), Failure> {
    stdout::print_json(&GapsReport {
        version: REPORT_VERSION,
        sandbox: archive.account().sandbox,
        standing,
        gaps,
    })
}

impl GapsArgs {
    fn chooses(&self, gap: &GapReport, archive: &Archive) -> bool {
        let before = self.before(archive).ok().flatten();
        self.class.is_none_or(|class| gap.class == class.into())
            && self
                .session
                .as_ref()
                .is_none_or(|id| gap.session_id.as_ref() == Some(id))
            && before.is_none_or(|day| gap.end.date_naive() < day || gap.end == midnight(day))
    }

    fn before(&self, archive: &Archive) -> Result<Option<chrono::NaiveDate>, Failure> {
        let Some(day) = self.before else {
            return Ok(None);
        };
        Ok(Some(day.date(archive::today(archive)?)))
    }
}

fn midnight(day: chrono::NaiveDate) -> chrono::DateTime<chrono::Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// A gap, with everything known about it.
fn text(gap: &GapReport) -> String {
    gap_lines(gap).join("\n") + "\n"
}
