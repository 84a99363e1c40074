//! What the examples share.

/// Says on standard error what went wrong and what to do.
#[allow(dead_code, reason = "not every example needs it")]
pub fn explain(error: &zoom_chat_reports::Error) {
    eprintln!("error: {error}");
    if let Some(hint) = error.hint() {
        eprintln!("hint: {hint}");
    }
}
