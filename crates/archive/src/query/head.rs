//! The head in a file. Kept elsewhere, it shows later whether rows of the ledger were removed or replaced.

use std::{fs, path::Path};

use crate::{
    archive::Archive,
    disk::write_beside,
    error::{Error, ErrorKind, Result},
    facts::{
        self,
        digest::{Hash, from_hex, hex},
    },
};

impl Archive {
    /// Checks that the head in a file, if there is one, is the hash of a row of this archive.
    ///
    /// # Errors
    /// [`ErrorKind::Damaged`] if it is not: then rows were removed or replaced since, or it is the head of another archive.
    /// [`ErrorKind::InvalidInput`] if the file holds something else.
    pub fn check_head_file(&self, path: &Path) -> Result<()> {
        match read_head(path)? {
            Some(head) if !facts::holds_hash(&self.db, &head)? => {
                let text = format!(
                    "no row of the ledger has the head in {}: rows were removed or replaced since it was written",
                    path.display()
                );
                Err(Error::new(ErrorKind::Damaged, text).hint_text(
                    "restore the archive from a backup; if it is the head of another archive, name another file",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Writes the head, the hash of the ledger's last row, to a file. Kept elsewhere, it shows later whether
    /// rows were removed or replaced. If the head in the file shows that, the file does not change.
    ///
    /// # Errors
    /// As [`check_head_file`](Self::check_head_file); also if the database cannot be read, or the file cannot be written.
    pub fn write_head(&self, path: &Path) -> Result<()> {
        self.check_head_file(path)?;
        let (_, head) = facts::head(&self.db)?;
        write_beside(path, &format!("{}\n", hex(&head)))
    }
}

/// The head in a file; none if there is no file, or it is empty.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] if it holds something else.
pub(crate) fn read_head(path: &Path) -> Result<Option<Hash>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("cannot read", path, error)),
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    from_hex(text.trim()).map(Some).ok_or_else(|| {
        let text = format!("{} does not hold the head of an archive", path.display());
        Error::new(ErrorKind::InvalidInput, text)
            .hint_text("name a file that is used for nothing else")
    })
}
