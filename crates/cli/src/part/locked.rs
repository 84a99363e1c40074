//! The unfinished file, opened by one run at a time.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use crate::{exit::Exit, failure::Failure, ui::output::unwritable};

/// Opens the file, makes it if there is none, and holds it until it is closed.
pub(super) fn open(part: &Path) -> Result<File, Failure> {
    if part.symlink_metadata().is_ok_and(|it| !it.is_file()) {
        let text = format!("{} is no file", part.display());
        return Err(Failure::usage(text).hint("move it away, or name another file"));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // It holds what people wrote to each other.
        options.mode(0o600);
    }
    let file = options
        .open(part)
        .map_err(|error| unwritable(part, &error))?;
    lock(&file, part)?;
    Ok(file)
}

fn lock(file: &File, part: &Path) -> Result<(), Failure> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let text = format!("another run is writing {}", part.display());
            Err(Failure::new(Exit::Locked, text)
                .hint("wait until it has ended, or name another file"))
        }
        Err(TryLockError::Error(error)) => Err(unwritable(part, &error)),
    }
}
