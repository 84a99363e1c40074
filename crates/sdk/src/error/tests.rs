use super::*;

#[test]
fn the_text_is_one_line_with_cause_code_attempts_and_time() {
    let error = Error::new(ErrorKind::RateLimited, "429 Too Many Requests")
        .doing("report/chat/sessions/{sessionId}")
        .with_zoom_code(Some(429))
        .with_attempts(4, Duration::from_millis(12_340));
    assert_eq!(
        error.to_string(),
        "report/chat/sessions/{sessionId}: 429 Too Many Requests (Zoom code 429) \
         after 4 attempts in 12.3 s"
    );
}

#[test]
fn a_single_attempt_is_not_counted_aloud() {
    let error =
        Error::new(ErrorKind::NotFound, "404 Not Found").with_attempts(1, Duration::from_secs(1));
    assert_eq!(error.to_string(), "404 Not Found");
    assert_eq!(error.attempts(), 1);
}

#[test]
fn a_permanent_transport_error_is_not_transient() {
    assert!(Error::from(ErrorKind::Transport).is_transient());
    assert!(!Error::from(ErrorKind::Transport).permanent().is_transient());
    assert!(!Error::from(ErrorKind::Scopes).is_transient());
}

#[test]
fn an_own_hint_goes_before_that_of_the_kind() {
    let error = Error::from(ErrorKind::Server);
    assert_eq!(error.hint(), Some("try again later"));
    assert_eq!(error.with_hint("wait").hint(), Some("wait"));
}

#[test]
fn stays_one_pointer_wide() {
    assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
}
