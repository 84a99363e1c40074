//! A folder that is made beside its place, and put there when it is whole.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::folder::{Folder, sync_folder};
use crate::error::{Error, ErrorKind, Result};

/// The place of a folder that is being made.
pub(crate) struct Place {
    parent: PathBuf,
    to: PathBuf,
    /// The folder in which it is made, under a name that was free. It is removed unless it becomes whole. So
    /// nothing is removed that another process made, such as another backup under way.
    part: TempDir,
}

impl Place {
    /// A place where nothing is yet, or an empty folder.
    pub(crate) fn new(from: &Folder, to: &Path) -> Result<Self> {
        let parent = parent_of(from, to)?;
        let is_there = match fs::read_dir(to) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        };
        if is_there || to.is_symlink() {
            return Err(Self::already_there(to));
        }
        Self::beside(parent, to)
    }

    fn beside(parent: PathBuf, to: &Path) -> Result<Self> {
        let mut prefix = to.file_name().unwrap_or_default().to_owned();
        prefix.push(".part-");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o700));
        }
        let part = builder
            .tempdir_in(&parent)
            .map_err(|error| Error::io("cannot write", &parent, error))?;
        Ok(Self {
            parent,
            to: to.to_owned(),
            part,
        })
    }

    /// The error for a place that is taken.
    pub(crate) fn already_there(to: &Path) -> Error {
        let text = format!("{} is there already", to.display());
        Error::new(ErrorKind::AlreadyThere, text).hint_text("name a folder that does not exist yet")
    }

    /// The folder in which it lies.
    pub(crate) fn parent(&self) -> &Path {
        &self.parent
    }

    /// The folder in which it is made.
    pub(crate) fn part(&self) -> &Path {
        self.part.path()
    }

    /// Renames the whole folder to its place, and makes that durable.
    pub(crate) fn put(self) -> Result<()> {
        // An empty folder is replaced, anything else is not.
        fs::rename(self.part.path(), &self.to).map_err(|error| match error.kind() {
            io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::NotADirectory => Self::already_there(&self.to),
            _ => Error::io("cannot write", &self.to, error),
        })?;
        // It no longer has its former name.
        let _ = self.part.keep();
        sync_folder(&self.parent)
    }
}

#[cfg(feature = "export")]
impl Place {
    /// The place of a folder that is there, and is to be replaced.
    pub(crate) fn replacing(from: &Folder, to: &Path) -> Result<Self> {
        let parent = parent_of(from, to)?;
        if real(from.root())?.starts_with(real(to)?) || to.is_symlink() {
            let text = format!("{} is a link, or holds the archive", to.display());
            return Err(Error::invalid(text, "name another folder"));
        }
        Self::beside(parent, to)
    }

    /// A place in a folder that is there. It is made beside that folder, so that a kill leaves nothing in it.
    pub(crate) fn within(from: &Folder, folder: &Path, name: &str) -> Result<Self> {
        let to = folder.join(name);
        if to.symlink_metadata().is_ok() {
            return Err(Self::already_there(&to)
                .hint_text("no export of this matter made it: move it away"));
        }
        let place = Self::replacing(from, folder)?;
        Ok(Self {
            parent: folder.to_owned(),
            to,
            ..place
        })
    }

    /// Puts the whole folder in the place of the one that is there, in one step, and removes that one.
    pub(crate) fn replace(self) -> Result<()> {
        exchange(self.part.path(), &self.to)
            .map_err(|error| Error::io("cannot write", &self.to, error))?;
        sync_folder(&self.parent)?;
        // From here on the new folder counts, even if the former one cannot be removed.
        let _ = self.part.close();
        Ok(())
    }
}

/// Exchanges two folders, so that at every instant one of them is in the place.
#[cfg(all(
    feature = "export",
    any(target_os = "linux", target_os = "android", target_vendor = "apple")
))]
fn exchange(new: &Path, place: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        // Some file systems cannot.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            swap(new, place)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(all(
    feature = "export",
    not(any(target_os = "linux", target_os = "android", target_vendor = "apple"))
))]
fn exchange(new: &Path, place: &Path) -> io::Result<()> {
    swap(new, place)
}

/// Exchanges two folders in three steps: a kill between them leaves both whole, under other names.
#[cfg(feature = "export")]
fn swap(new: &Path, place: &Path) -> io::Result<()> {
    let mut aside = new.as_os_str().to_owned();
    aside.push("-former");
    fs::rename(place, &aside)?;
    if let Err(error) = fs::rename(new, place) {
        let _ = fs::rename(&aside, place);
        return Err(error);
    }
    fs::rename(&aside, new)
}

/// The folder in which `to` lies, or will lie. It exists, and is not in the archive.
fn parent_of(from: &Folder, to: &Path) -> Result<PathBuf> {
    let invalid = |text: String, hint| Err(Error::invalid(text, hint));
    if to.file_name().is_none() {
        let text = format!("{} cannot be made", to.display());
        return invalid(text, "name a folder that does not exist yet");
    }
    let parent = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    if !parent.exists() {
        let text = format!("{} does not exist", parent.display());
        return invalid(text, "make it first, or name another folder");
    }
    if real(&parent)?.starts_with(real(from.root())?) {
        let text = format!("{} lies inside the archive", to.display());
        return invalid(text, "name a folder outside of it");
    }
    Ok(parent)
}

fn real(path: &Path) -> Result<PathBuf> {
    path.canonicalize()
        .map_err(|error| Error::io("cannot read", path, error))
}
