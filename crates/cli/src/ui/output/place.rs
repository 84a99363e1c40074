//! The place of a file that gets its name once it is whole.

use std::{
    ffi::{OsStr, OsString},
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
    /// Nowhere: the file that was asked for is not made, since something is missing.
    Withheld(PathBuf),
}

/// The longest name of a file, in bytes, with most file systems.
const LONGEST: usize = 255;
/// The longest ending of a file beside another.
const ENDING: usize = ".part.json.new".len();

/// Refuses a place where something is, or where no file can be made.
pub(crate) fn check_place(path: &Path) -> Result<(), Failure> {
    let invalid = |text: String, hint: &str| Err(Failure::usage(text).hint(hint));
    let name = path.file_name().unwrap_or_default();
    if name.is_empty()
        || !path
            .as_os_str()
            .as_encoded_bytes()
            .ends_with(name.as_encoded_bytes())
    {
        let text = format!("{} is no name of a file", path.display());
        return invalid(
            text,
            "give --output the name of a file, such as chats.ndjson",
        );
    }
    if path == Path::new("-") {
        return invalid(
            "--output needs a file".to_owned(),
            "omit it to print to stdout",
        );
    }
    if name.len() + ENDING > LONGEST {
        let text = "the name of the file is too long".to_owned();
        return invalid(text, "give a shorter name");
    }
    if path.symlink_metadata().is_ok() {
        return Err(taken(path));
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        let text = format!("there is no folder {}", folder.display());
        return invalid(text, "make the folder, or name another file");
    }
    let whole = folder.canonicalize().unwrap_or(folder);
    if let Some(archive) = whole.ancestors().find(|folder| Archive::is_in(folder)) {
        let text = format!(
            "{} lies in the archive {}",
            path.display(),
            archive.display()
        );
        return invalid(text, "name a file outside of it");
    }
    Ok(())
}

/// Refuses a summary in the place of the output, or of what is beside it while it is unfinished.
pub(crate) fn check_summary(summary: Option<&Path>, output: Option<&Path>) -> Result<(), Failure> {
    let (Some(summary), Some(output)) = (summary, output) else {
        return Ok(());
    };
    let real = |path: &Path| folder_of(path).canonicalize().ok();
    let asked = summary;
    let summary = &behind_links(summary);
    let name = summary.file_name().unwrap_or_default().as_encoded_bytes();
    let part = beside(output, ".part");
    let is_of_output = Some(name) == output.file_name().map(OsStr::as_encoded_bytes)
        || name.starts_with(part.as_encoded_bytes());
    if is_of_output && real(summary) == real(output) {
        let text = format!("--summary and --output both need {}", asked.display());
        return Err(Failure::usage(text).hint("give --summary another name"));
    }
    Ok(())
}

/// The file that is made or written if a path is opened for writing: links are followed, also to where nothing is yet.
fn behind_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..40 {
        match path.read_link() {
            Ok(target) => path = folder_of(&path).join(target),
            Err(_) => break,
        }
    }
    path
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
