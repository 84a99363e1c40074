//! The place of a file that gets its name once it is whole.

use std::{
    ffi::OsString,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use tempfile::TempPath;
use zoom_chat_archive::Archive;

use crate::failure::Failure;

/// The place where the lines of a run are at its end.
#[derive(Debug)]
pub(crate) enum Place {
    /// On stdout, or nowhere.
    Nowhere,
    /// In the file that was asked for.
    File(PathBuf),
    /// In a file beside it, which another run continues.
    Part(PathBuf),
}

/// Refuses a place where something is, or where no file can be made.
pub(crate) fn check_place(path: &Path) -> Result<(), Failure> {
    if path.file_name().is_none() {
        let text = format!("{} is no name of a file", path.display());
        return Err(
            Failure::usage(text).hint("give --output the name of a file, such as chats.ndjson")
        );
    }
    if path == Path::new("-") {
        return Err(Failure::usage("--output needs a file").hint("omit it to print to stdout"));
    }
    if path.symlink_metadata().is_ok() {
        return Err(taken(path));
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        let text = format!("there is no folder {}", folder.display());
        return Err(Failure::usage(text).hint("make the folder, or name another file"));
    }
    let whole = folder.canonicalize().unwrap_or(folder);
    if let Some(archive) = whole.ancestors().find(|folder| Archive::is_in(folder)) {
        let text = format!(
            "{} lies in the archive {}",
            path.display(),
            archive.display()
        );
        return Err(Failure::usage(text).hint("name a file outside of it"));
    }
    Ok(())
}

fn taken(path: &Path) -> Failure {
    Failure::usage(format!("{} is there already", path.display()))
        .hint("name another file, or move this one away: nothing is overwritten")
}

/// The folder in which a file lies, or will lie.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The name of a file with this ending.
pub(crate) fn beside(path: &Path, ending: &str) -> OsString {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    name
}

/// Gives a whole file its name, unless another has it, and makes that durable.
pub(crate) fn put(file: &File, part: TempPath, path: &Path) -> Result<(), Failure> {
    file.sync_all().map_err(|error| unwritable(path, &error))?;
    part.persist_noclobber(path).map_err(|failed| {
        let error = failed.error;
        match error.kind() {
            io::ErrorKind::AlreadyExists => taken(path),
            _ => unwritable(path, &error),
        }
    })?;
    // The name must survive a loss of power. Not every system can open a folder.
    if let Ok(folder) = File::open(folder_of(path)) {
        folder
            .sync_all()
            .map_err(|error| unwritable(path, &error))?;
    }
    Ok(())
}

/// The error for a file that cannot be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::io(&format!("{} cannot be written", path.display()), error)
        .hint("free some disk space, or name a file in a folder that can be written to")
}
