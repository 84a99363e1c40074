//! Decides whether a failure ends a unit or the whole run.
//!
//! Scopes and plan belong to the app, so a refusal because of them should hold for every request, and so should a
//! 401. Yet one session may always be refused in such a way, while all others are answered. So the other sessions
//! decide: whether they are answered, and whether sessions that were answered are refused now.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{Error, ErrorKind, operation::Operation};

/// How many sessions must be refused before a refusal counts for all, if none was answered.
const AT_FIRST: usize = 3;
/// The same for sessions that were answered earlier in the run.
const OF_GOOD: usize = 2;
/// The same for sessions in a row, whatever they are.
const IN_A_ROW: usize = 20;

/// The refusals that a run has seen.
#[derive(Debug, Default)]
pub(crate) struct Judge(HashMap<Operation, Seen>);

#[derive(Debug, Default)]
struct Seen {
    answered: HashSet<Arc<str>>,
    /// The sessions that were refused since the last answer.
    refused: HashSet<Arc<str>>,
    last: Option<Error>,
}

impl Judge {
    /// Notes how a request ended. It was answered if it gave a page, or an error that Zoom sends only to an
    /// app with access.
    pub(crate) fn outcome<T>(
        &mut self,
        operation: Operation,
        name: &Arc<str>,
        outcome: &Result<T, Error>,
    ) {
        let is_answer = match outcome {
            Ok(_) => true,
            Err(error) => matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::OutOfReach | ErrorKind::PageTokenExpired
            ),
        };
        if is_answer {
            let seen = self.0.entry(operation).or_default();
            seen.refused.clear();
            seen.answered.insert(name.clone());
        }
    }

    /// The error that ends the run, if the failure of a unit ends it; `name` names the unit.
    pub(crate) fn judge(
        &mut self,
        operation: Operation,
        name: &Arc<str>,
        error: &Error,
    ) -> Option<Error> {
        if error.ends_run() {
            return Some(error.clone());
        }
        match error.kind() {
            ErrorKind::Scopes | ErrorKind::PaidPlan => {}
            ErrorKind::Refused if error.refuses_token() => {}
            _ => return None,
        }
        let seen = self.0.entry(operation).or_default();
        seen.refused.insert(name.clone());
        seen.last = Some(error.clone());
        let good = seen.refused.intersection(&seen.answered).count();
        let refused = seen.refused.len();
        let is_believed = seen.answered.is_empty() && refused >= AT_FIRST
            || good >= OF_GOOD
            || refused >= IN_A_ROW;
        is_believed.then(|| of_app(error))
    }

    /// The refusal that holds for all requests of a kind, once no other is left to send.
    pub(crate) fn of_all(&self, operation: Operation) -> Option<Error> {
        let seen = self.0.get(&operation)?;
        let last = seen.last.as_ref();
        last.filter(|_| seen.answered.is_empty()).map(of_app)
    }
}

/// The same refusal, of the app and not of a session.
fn of_app(error: &Error) -> Error {
    match error.kind() {
        ErrorKind::Refused => error.clone().into_kind(ErrorKind::Credentials).with_hint(
            "other requests accept this token: check the app's scopes and its owner's role",
        ),
        _ => error.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: Operation = Operation::Messages;

    fn error(kind: ErrorKind) -> Error {
        Error::from(kind)
    }

    /// The refusals of one session that should hold for the whole app.
    fn refusals() -> [Error; 3] {
        [
            error(ErrorKind::Scopes),
            error(ErrorKind::PaidPlan),
            error(ErrorKind::Refused).refusing_token(),
        ]
    }

    fn answered(judge: &mut Judge, name: &str) {
        judge.outcome(MESSAGES, &name.into(), &Ok(()));
    }

    #[test]
    fn one_session_that_is_refused_does_not_end_the_run() {
        for refusal in refusals() {
            let mut judge = Judge::default();
            let refused = |judge: &mut Judge| judge.judge(MESSAGES, &"a".into(), &refusal);
            // Refused in several windows, before anything was answered.
            for _ in 0..7 {
                assert!(refused(&mut judge).is_none());
            }
            for _ in 0..7 {
                answered(&mut judge, "b");
                assert!(refused(&mut judge).is_none());
            }
            assert!(judge.of_all(MESSAGES).is_none());
        }
    }

    #[test]
    fn a_few_sessions_that_are_refused_among_many_do_not_end_the_run() {
        let refusal = error(ErrorKind::Scopes);
        let mut judge = Judge::default();
        for _ in 0..7 {
            answered(&mut judge, "good");
            for name in ["a", "b", "c", "d", "e"] {
                assert!(judge.judge(MESSAGES, &name.into(), &refusal).is_none());
            }
        }
    }

    #[test]
    fn a_refusal_of_three_sessions_and_no_answer_ends_the_run() {
        for refusal in refusals() {
            let mut judge = Judge::default();
            // Another kind of request may be allowed.
            judge.outcome(Operation::Sessions, &"1".into(), &Ok(()));
            let ends =
                ["a", "b", "c"].map(|name| judge.judge(MESSAGES, &name.into(), &refusal).is_some());
            assert_eq!(ends, [false, false, true]);
        }
    }

    #[test]
    fn sessions_that_were_answered_and_are_refused_now_end_the_run() {
        let mut judge = Judge::default();
        let refusal = error(ErrorKind::Refused).refusing_token();
        for name in ["a", "b"] {
            answered(&mut judge, name);
        }
        assert!(judge.judge(MESSAGES, &"a".into(), &refusal).is_none());
        let ends = judge.judge(MESSAGES, &"b".into(), &refusal);
        assert_eq!(ends.map(|error| error.kind()), Some(ErrorKind::Credentials));
    }

    #[test]
    fn twenty_sessions_in_a_row_end_the_run() {
        let mut judge = Judge::default();
        answered(&mut judge, "good");
        let scopes = error(ErrorKind::Scopes);
        let mut ends = (0..20).map(|name| judge.judge(MESSAGES, &name.to_string().into(), &scopes));
        assert!(ends.by_ref().take(19).all(|ends| ends.is_none()));
        assert!(ends.next().flatten().is_some());
    }

    #[test]
    fn a_refusal_of_all_there_is_ends_the_run_when_none_is_left() {
        let mut judge = Judge::default();
        assert!(judge.of_all(MESSAGES).is_none());
        judge.judge(MESSAGES, &"a".into(), &error(ErrorKind::PaidPlan));
        let of_all = judge.of_all(MESSAGES).map(|error| error.kind());
        assert_eq!(of_all, Some(ErrorKind::PaidPlan));
    }

    #[test]
    fn what_holds_for_every_request_ends_the_run_at_once() {
        let mut judge = Judge::default();
        answered(&mut judge, "a");
        for kind in ErrorKind::ALL {
            let ends = judge.judge(MESSAGES, &"a".into(), &error(*kind));
            let is_fatal = matches!(
                kind,
                ErrorKind::DailyLimit | ErrorKind::Outage | ErrorKind::Credentials
            );
            assert_eq!(ends.is_some(), is_fatal, "{kind}");
        }
    }
}
