//! The state of an archive in words: coverage and gaps.

use zoom_chat_archive::{Acceptance, GapAxis, GapClass, GapReport, GapState, Standing};

use super::{
    ndjson::rfc3339,
    quantity::{count, counted},
    stderr::escape,
};

/// The number of characters of a gap's name that are shown.
const SHORT: usize = 8;

/// The first characters of a gap's name; `gaps --accept` takes them.
pub(crate) fn short_id(gap: &GapReport) -> &str {
    &gap.id[..SHORT.min(gap.id.len())]
}

/// The first and the last instant between which an archive is complete.
pub(crate) fn span(standing: &Standing) -> String {
    let span = standing.complete_from.zip(standing.complete_through);
    let Some((Some(from), Some(through))) =
        span.map(|(from, through)| (rfc3339(from), rfc3339(through)))
    else {
        return "nothing yet".to_owned();
    };
    let except = match standing.open_gaps {
        0 => "",
        _ => ", except for the gaps",
    };
    format!("from {from} through {through}{except}")
}

/// The numbers of open and of accepted gaps.
pub(crate) fn gap_counts(standing: &Standing) -> String {
    format!(
        "{} open, {} accepted",
        count(standing.open_gaps),
        count(standing.accepted_gaps)
    )
}

/// A line about files that Zoom no longer has: they change no verdict.
pub(crate) fn files_line(standing: &Standing) -> Option<String> {
    let gone = standing.files.gone;
    let verb = if gone == 1 { "is" } else { "are" };
    (gone > 0).then(|| format!("{} {verb} gone at Zoom\n", counted(gone, "file")))
}

/// A gap in one line.
pub(crate) fn gap_line(gap: &GapReport) -> String {
    let whose = match (&gap.session_id, gap.axis) {
        (Some(id), GapAxis::Attachment) => match &gap.file_id {
            Some(file) => format!("file {file} of session {id}"),
            None => format!("a file without an id, of session {id}"),
        },
        (Some(id), GapAxis::Modified) => format!("edits and deletions of session {id}"),
        (Some(id), _) => format!("session {id}"),
        (None, _) => "the whole account".to_owned(),
    };
    let instant = |at| rfc3339(at).unwrap_or_default();
    let class = match gap.class {
        GapClass::Transient => "a later sync may fetch it",
        GapClass::Refused => "Zoom refuses it",
        _ => "Zoom no longer has it",
    };
    let mut line = format!(
        "gap {}: {whose}: {} to {}: {class}",
        short_id(gap),
        instant(gap.start),
        instant(gap.end)
    );
    if let Some(reason) = &gap.reason {
        line.push_str(&format!(": {reason}"));
    }
    if let Some(failure) = &gap.failure {
        line.push_str(&format!(": {}", failure.text));
        if let Some(id) = &failure.tracking_id {
            line.push_str(&format!(" (tracking id {id})"));
        }
    }
    line
}

/// A gap with everything known about it, in lines.
pub(crate) fn gap_lines(gap: &GapReport) -> Vec<String> {
    let mut lines = vec![gap_line(gap)];
    if gap.state == GapState::Accepted
        && let Some(acceptance) = &gap.acceptance
    {
        let standing = match acceptance.from_now_on {
            true => ", from then on",
            false => "",
        };
        lines.push(format!("  {}", accepted(acceptance, standing)));
    }
    if let Some(failure) = &gap.failure {
        let status = failure.status.map(|status| format!("HTTP status {status}"));
        let code = failure.zoom_code.map(|code| format!("Zoom's code {code}"));
        let attempts = Some(counted(failure.attempts.into(), "attempt"));
        let facts: Vec<String> = [status, code, attempts].into_iter().flatten().collect();
        lines.push(format!("  {}", facts.join(", ")));
        if let Some(hint) = &failure.hint {
            lines.push(format!("  hint: {hint}"));
        }
    }
    let lines = lines.iter().flat_map(|line| line.split('\n'));
    lines.map(|line| escape(line).into_owned()).collect()
}

/// Says who accepted a gap, when and why; `remark` adds for how long, or the state of the gap.
pub(crate) fn accepted(acceptance: &Acceptance, remark: &str) -> String {
    let at = rfc3339(acceptance.at).unwrap_or_default();
    format!(
        "accepted by {} on {at}{remark}: {}",
        acceptance.operator, acceptance.reason
    )
}
