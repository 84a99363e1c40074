//! `gaps`: what an archive lacks, and why.

use zoom_chat_archive::{Accept, Archive, GapReport, GapState, REPORT_VERSION, Standing};

use crate::{
    archive::{self, gap_line, operator, under_way},
    args::GapsArgs,
    exit::Exit,
    failure::Failure,
    schema::GapsReport,
    ui::{
        stderr::{escape, say},
        stdout,
    },
};

pub(crate) fn run(args: &GapsArgs, quiet: bool) -> Result<Exit, Failure> {
    if !args.accept.is_empty() {
        return accept(args, quiet);
    }
    let archive = archive::read(&args.archive)?;
    let standing = archive.standing().map_err(under_way)?;
    let exit = match standing.is_complete() || args.exit_zero {
        true => Exit::Complete,
        false => Exit::Incomplete,
    };
    let gaps = archive.gaps().map_err(under_way)?.into_iter();
    let gaps: Vec<GapReport> = gaps.filter(|gap| args.chooses(gap, &archive)).collect();
    if args.json {
        print_json(&archive, standing, gaps)?;
        return Ok(exit);
    }
    let listed: String = gaps.iter().map(text).collect();
    if quiet {
        stdout::print(&listed)?;
    } else {
        let files = archive::files_line(&standing).unwrap_or_default();
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
        return Err(Failure::usage("all gaps are not accepted at once")
            .hint("say which: --class, --session or --before, or name them"));
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
    accept.operator = operator(args.operator.as_deref(), "a gap is accepted by somebody")?;
    // What is refused is refused before anything is touched.
    let stored = archive::read(&args.archive)?;
    accept.before = args.before(&stored)?;
    stored.check_accept(&accept).map_err(under_way)?;
    drop(stored);
    let mut archive = archive::write(&args.archive)?;
    let gaps = archive.accept(&accept).map_err(under_way)?;
    let standing = archive.standing().map_err(under_way)?;
    if args.json {
        print_json(&archive, standing, gaps)?;
        return Ok(Exit::Complete);
    }
    stdout::print(&gaps.iter().map(text).collect::<String>())?;
    if !quiet {
        say(&standing.text);
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

/// A gap, with what is known of it, for people.
pub(super) fn text(gap: &GapReport) -> String {
    let mut text = gap_line(gap);
    if gap.state == GapState::Accepted
        && let Some(acceptance) = &gap.acceptance
    {
        let at = crate::ui::ndjson::rfc3339(acceptance.at).unwrap_or_default();
        let standing = if acceptance.from_now_on {
            ", from then on"
        } else {
            ""
        };
        text.push_str(&format!(
            "\n  accepted by {} on {at}{standing}: {}",
            acceptance.operator, acceptance.reason
        ));
    }
    if let Some(failure) = &gap.failure {
        let status = failure.status.map(|status| format!("HTTP status {status}"));
        let code = failure.zoom_code.map(|code| format!("Zoom's code {code}"));
        let attempts = Some(match failure.attempts {
            1 => "1 attempt".to_owned(),
            attempts => format!("{attempts} attempts"),
        });
        let facts: Vec<String> = [status, code, attempts].into_iter().flatten().collect();
        text.push_str(&format!("\n  {}", facts.join(", ")));
        if let Some(hint) = &failure.hint {
            text.push_str(&format!("\n  hint: {hint}"));
        }
    }
    let mut text: String = text
        .lines()
        .map(|line| escape(line).into_owned() + "\n")
        .collect();
    if text.is_empty() {
        text.push('\n');
    }
    text
}
