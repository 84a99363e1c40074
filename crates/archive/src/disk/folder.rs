//! The folder of an archive: its files, their permissions, and its lock.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::holders::{holders, named};
use crate::error::{Error, ErrorKind, Result};

/// The name of the database.
pub(crate) const DATABASE: &str = "archive.db";
/// The folder of attachments, by SHA-256.
pub(crate) const FILES: &str = "files";
const LOCK: &str = "lock";

/// The files of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.root.join(DATABASE)
    }

    pub(crate) fn files(&self) -> PathBuf {
        self.root.join(FILES)
    }

    /// The path of the attachment with this SHA-256, in hex.
    pub(crate) fn attachment(&self, sha256: &str) -> PathBuf {
        self.files().join(&sha256[..2]).join(sha256)
    }

    /// The log of changes that SQLite has not moved into the database yet, if there are any.
    pub(crate) fn has_log(&self) -> bool {
        let log = self.root.join(format!("{DATABASE}-wal"));
        match fs::metadata(log) {
            Ok(log) => log.len() > 0,
            // A log that cannot be read may hold something.
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        }
    }

    /// The length of the log.
    pub(crate) fn log_bytes(&self) -> u64 {
        let log = self.root.join(format!("{DATABASE}-wal"));
        fs::metadata(log).map_or(0, |log| log.len())
    }

    /// Makes the folder, private whatever the umask; refuses a folder that is not empty.
    pub(crate) fn create(&self) -> Result<()> {
        match fs::read_dir(&self.root) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    let text = format!("{} is not empty", self.root.display());
                    return Err(Error::new(ErrorKind::AlreadyThere, text)
                        .hint_text("name a folder that does not exist yet"));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                make_private_folder(&self.root)?;
                // Otherwise a crash of the machine may lose the whole folder.
                match self.root.parent() {
                    Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent)?,
                    _ => sync_folder(Path::new("."))?,
                }
            }
            Err(error) => return Err(Error::io("cannot read", &self.root, error)),
        }
        self.fill()
    }

    /// Makes the parts of a new archive that do not exist yet.
    pub(crate) fn fill(&self) -> Result<()> {
        restrict(&self.root, 0o700)?;
        make_private_folder(&self.files())?;
        restrict(&self.files(), 0o700)?;
        for file in [self.root.join(LOCK), self.database()] {
            if !file.exists() {
                private_file(&file)?;
            }
            restrict(&file, 0o600)?;
        }
        sync_folder(&self.root)
    }

    /// Refuses a database if another program left a journal beside it: SQLite would replay it, and undo what
    /// is there.
    pub(crate) fn check_no_journal(&self) -> Result<()> {
        let journal = self.root.join(format!("{DATABASE}-journal"));
        if journal.symlink_metadata().is_err() {
            return Ok(());
        }
        let text = "archive.db-journal lies beside archive.db: another program was changing it";
        Err(Error::new(ErrorKind::Damaged, text).hint_text(
            "restore the archive from a backup; or move the journal away, and run `verify`",
        ))
    }

    /// The path at which a new database is made, before it replaces the old one.
    pub(crate) fn rebuilt(&self) -> PathBuf {
        self.root.join(format!("{DATABASE}.new"))
    }

    /// Removes what a killed rebuild left unfinished.
    pub(crate) fn remove_unfinished_rebuild(&self) -> Result<()> {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            remove(&self.root.join(format!("{DATABASE}.new{suffix}")))?;
        }
        Ok(())
    }

    /// Removes the log of the database, which must be empty.
    pub(crate) fn remove_log(&self) -> Result<()> {
        for suffix in ["-wal", "-shm"] {
            remove(&self.root.join(format!("{DATABASE}{suffix}")))?;
        }
        Ok(())
    }

    /// Whether the folder of attachments holds anything, or is something else.
    pub(crate) fn has_attachments(&self) -> bool {
        match fs::read_dir(self.files()) {
            Ok(mut names) => names.next().is_some(),
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        }
    }

    /// Whether the folder holds exactly what a new archive holds.
    pub(crate) fn holds_only_own_names(&self) -> bool {
        self.has_names_of_an_archive() && !self.has_attachments()
    }

    /// Whether every name in the folder is that of a part of an archive.
    pub(crate) fn has_names_of_an_archive(&self) -> bool {
        let is_own = |name: &std::ffi::OsStr| {
            name == LOCK
                || name == FILES
                || name.as_encoded_bytes().starts_with(DATABASE.as_bytes())
        };
        fs::read_dir(&self.root)
            .is_ok_and(|names| names.flatten().all(|entry| is_own(&entry.file_name())))
    }

    /// Refuses a folder without a database, and a folder that others may read.
    pub(crate) fn check(&self, allow_shared: bool) -> Result<()> {
        let database = self.database();
        let looked = database.metadata();
        // If the folder cannot be read, its content is unknown.
        if let Err(error) = looked.as_ref()
            && error.kind() == std::io::ErrorKind::PermissionDenied
        {
            let text = format!("cannot read {}: {error}", database.display());
            return Err(Error::new(ErrorKind::Io, text)
                .hint_text("make the folder readable for the user that runs this"));
        }
        if !looked.is_ok_and(|found| found.is_file()) {
            let text = format!("{} is not an archive", self.root.display());
            return Err(Error::new(ErrorKind::NotAnArchive, text)
                .hint_text("name the folder that `init` or the first `sync` made"));
        }
        for place in [self.database(), self.files()] {
            if place.is_symlink() {
                let text = format!("{} is a symbolic link", place.display());
                return Err(Error::new(ErrorKind::NotAnArchive, text)
                    .hint_text("name the folder that holds the archive itself"));
            }
        }
        if !allow_shared && is_shared(&self.root)? {
            let text = format!("others may read {}", self.root.display());
            return Err(Error::new(ErrorKind::Shared, text).hint_text(
                "remove the others' access (chmod 700), or allow it with --allow-shared",
            ));
        }
        Ok(())
    }

    /// Takes the lock for writing. Fails at once if another writer holds it; waits for readers.
    pub(crate) fn lock(&self, wait: Duration) -> Result<WriterLock> {
        let path = self.root.join(LOCK);
        let mut file = open_private(
            &path,
            OpenOptions::new().read(true).write(true).create(true),
        )?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // The name of the process helps, but is not needed.
                let _ = file.read_to_string(&mut holder);
                let line = holder.lines().next().unwrap_or_default().chars();
                let holder: String = line.filter(|c| !c.is_control()).take(200).collect();
                let text = format!("another run holds the archive: {holder}");
                return Err(
                    Error::new(ErrorKind::Locked, text).hint_text("wait until it has ended")
                );
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("cannot lock", &path, error)),
        }
        let holder = format!(
            "process {}, since {}\n",
            std::process::id(),
            chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ")
        );
        // Before it waits for readers, so that another writer is told who waits.
        file.set_len(0)
            .and_then(|()| file.write_all(holder.as_bytes()))
            .map_err(|error| Error::io("cannot write", &path, error))?;
        // If a person removed it, the attachments are fetched again.
        make_private_folder(&self.files())?;
        let readers = self.readers(wait)?;
        Ok(WriterLock {
            _lock: file,
            _readers: readers,
        })
    }

    fn readers(&self, wait: Duration) -> Result<Option<File>> {
        let Ok(folder) = File::open(self.files()) else {
            return Ok(None);
        };
        let began = Instant::now();
        loop {
            match folder.try_lock() {
                Ok(()) => return Ok(Some(folder)),
                Err(TryLockError::WouldBlock) if began.elapsed() < wait => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(TryLockError::WouldBlock) => {
                    let by = named(&holders(&self.root));
                    let text = format!("the archive is being read{by}");
                    return Err(Error::new(ErrorKind::Locked, text)
                        .hint_text("wait until `verify`, `search` or an export has ended"));
                }
                // Some file systems have no such locks; then readers are unknown.
                Err(TryLockError::Error(_)) => return Ok(None),
            }
        }
    }

    /// Keeps writers out while the archive is at rest; `None` if a writer is at work.
    pub(crate) fn rest(&self) -> Option<File> {
        let folder = File::open(self.files()).ok()?;
        folder.try_lock_shared().ok()?;
        Some(folder)
    }
}

/// Held while an archive is written to.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _lock: File,
    _readers: Option<File>,
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("cannot remove", path, error))
        }
        _ => Ok(()),
    }
}

/// Makes the content of a file durable.
pub(crate) fn sync_file(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| Error::io("cannot write", path, error))
}

/// Makes the names in a folder durable, where the system can.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    if cfg!(unix) { sync_file(path) } else { Ok(()) }
}

/// Makes a file that only its owner may read; keeps an existing one.
pub(crate) fn private_file(path: &Path) -> Result<File> {
    open_private(path, OpenOptions::new().write(true).create_new(true))
}

fn open_private(path: &Path, options: &mut OpenOptions) -> Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(path)
        .map_err(|error| Error::io("cannot open", path, error))
}

/// Makes a folder that only its owner may read; keeps an existing one.
pub(crate) fn make_private_folder(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    let is_new = !path.exists();
    builder
        .create(path)
        .map_err(|error| Error::io("cannot make", path, error))?;
    // A symbolic link in its place would lead out of the archive.
    if path.is_symlink() {
        let error = std::io::Error::other("a link lies in its place");
        return Err(Error::io("cannot make", path, error));
    }
    // A umask may remove even the owner's permissions.
    if is_new {
        restrict(path, 0o700)
    } else {
        Ok(())
    }
}

/// Writes a small file that others may read: first beside its place, then renamed, so that no reader sees a part of it.
pub(crate) fn write_beside(path: &Path, text: &str) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let _ = fs::remove_file(&beside);
    let mut file = private_file(&beside)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Counts and hashes only; a collector of another user reads it.
        let _ = fs::set_permissions(&beside, fs::Permissions::from_mode(0o644));
    }
    let written = written.and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map_err(|error| Error::io("cannot write", path, error))
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(|error| Error::io("cannot protect", path, error))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_shared(path: &Path) -> Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let folder = fs::metadata(path).map_err(|error| Error::io("cannot read", path, error))?;
    Ok(folder.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn is_shared(_: &Path) -> Result<bool> {
    Ok(false)
}
