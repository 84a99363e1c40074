//! `gaps`: what an archive lacks, and why.

use zoom_chat_archive::{GapReport, GapState};

use crate::{
    archive::{self, gap_line, under_way},
    args::GapsArgs,
    exit::Exit,
    failure::Failure,
    output,
    schema::{GapsReport, VERSION},
    stderr::{escape, say},
};

pub(crate) fn run(args: &GapsArgs, quiet: bool) -> Result<Exit, Failure> {
    let (account, gaps) = match args.accept {
        Some(id) => {
            let operator = operator(args)?;
            // What is refused is refused before anything is touched.
            let gaps = archive::read(&args.archive)?.gaps().map_err(under_way)?;
            if !gaps
                .iter()
                .any(|gap| gap.id == id && gap.state == GapState::Open)
            {
                return Err(Failure::usage(format!("there is no open gap {id}"))
                    .hint("`gaps` without `--accept` lists them"));
            }
            let mut archive = archive::write(&args.archive)?;
            let reason = args.reason.as_deref().unwrap_or_default();
            let gap = archive
                .accept_gap(id, reason, &operator)
                .map_err(under_way)?;
            (archive.account().clone(), vec![gap])
        }
        None => {
            let archive = archive::read(&args.archive)?;
            (
                archive.account().clone(),
                archive.gaps().map_err(under_way)?,
            )
        }
    };
    if args.json {
        output::print_json(&GapsReport {
            version: VERSION,
            sandbox: account.sandbox,
            gaps,
        })?;
        return Ok(Exit::Complete);
    }
    let text: String = gaps.iter().map(text).collect();
    output::print(&text)?;
    if gaps.is_empty() && !quiet {
        say("no gaps");
    }
    Ok(Exit::Complete)
}

/// A gap, with what is known of it, for people.
pub(super) fn text(gap: &GapReport) -> String {
    let mut text = gap_line(gap);
    if gap.state == GapState::Accepted
        && let Some(acceptance) = &gap.acceptance
    {
        text.push_str(&format!(
            "\n  accepted by {} on {}: {}",
            acceptance.operator, acceptance.at, acceptance.reason
        ));
    }
    if let Some(failure) = &gap.failure {
        let status = failure.status.map(|status| format!("HTTP status {status}"));
        let code = failure.zoom_code.map(|code| format!("Zoom's code {code}"));
        let attempts = Some(format!("{} attempts", failure.attempts));
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

/// Who accepts: a name that was given, else that of the user.
fn operator(args: &GapsArgs) -> Result<String, Failure> {
    let given = args.operator.clone();
    let user = || {
        ["USER", "LOGNAME", "USERNAME"]
            .iter()
            .find_map(|name| std::env::var(name).ok())
    };
    given
        .or_else(user)
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .ok_or_else(|| {
            Failure::usage("a gap is accepted by somebody").hint("say who with --operator NAME")
        })
}
