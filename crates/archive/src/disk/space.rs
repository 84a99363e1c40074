//! Free space on the disk.

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// Refuses to begin work that will not fit on the disk.
pub(crate) fn check_space(folder: &Path, needed: u64) -> Result<()> {
    match free(folder) {
        Some(free) if free < needed => {
            let text = format!(
                "there is not enough disk space: {needed} bytes are needed, {free} are free"
            );
            Err(Error::new(ErrorKind::Io, text)
                .hint_text("free some disk space, and run it again: nothing was changed"))
        }
        _ => Ok(()),
    }
}

/// The bytes that are free for this user, if the system tells.
#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    stat.f_bavail.checked_mul(stat.f_frsize)
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}
