//! Code that the examples share.

/// Prints to stderr what went wrong and what to do.
#[allow(dead_code, reason = "not every example needs it")]
pub fn explain(error: &zoom_chat_reports::Error) {
    eprintln!("error: {error}");
    if let Some(hint) = error.hint() {
        eprintln!("hint: {hint}");
    }
}
