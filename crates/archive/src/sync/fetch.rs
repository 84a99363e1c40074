//! Fetching one attachment from Zoom to its place in the folder.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use zoom_chat_reports::{ChatReports, ErrorKind as ZoomKind};

use crate::{
    disk::{Folder, make_private_folder, private_file, sync_folder},
    error::{Error, Result},
    facts::digest::{Hash, hex},
};

/// A file to be fetched.
pub(super) struct Wanted {
    pub(super) id: i64,
    pub(super) entry: i64,
    pub(super) place: i64,
    pub(super) file_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) size: Option<i64>,
    /// Whether it was stored before, and is lost.
    pub(super) is_lost: bool,
}

/// A file as it was stored.
pub(super) struct Stored {
    pub(super) sha256: Hash,
    pub(super) bytes: u64,
}

/// Why a file was not fetched.
pub(super) enum Failed {
    Zoom(zoom_chat_reports::Error),
    Disk(Error),
}

/// Fetches a file into its place, under its SHA-256.
pub(super) async fn fetch(
    zoom: &ChatReports,
    folder: &Folder,
    file: &Wanted,
    link: Option<String>,
) -> Result<Stored, Failed> {
    let download = match (&file.file_id, link) {
        (Some(file_id), _) => zoom.download(file_id),
        (None, Some(link)) => zoom.download_link(&link),
        (None, None) => {
            let error = zoom_chat_reports::Error::new(
                ZoomKind::NotFound,
                "the message names neither a file nor a link to it",
            );
            return Err(Failed::Zoom(error));
        }
    };
    let download = match file.size.and_then(|size| u64::try_from(size).ok()) {
        Some(size) => download.expect_size(size),
        None => download,
    };
    // The file's own name is never used.
    let part = folder.files().join(format!("{}.part", file.id));
    let disk = |what, error| Failed::Disk(Error::io(what, &part, error));
    let _ = fs::remove_file(&part);
    let mut target = private_file(&part).map_err(Failed::Disk)?;
    let mut digest = Sha256::new();
    let mut bytes = 0;
    let mut chunks = download.chunks();
    loop {
        match chunks.try_next().await {
            Ok(Some(chunk)) => {
                digest.update(&chunk);
                bytes += chunk.len() as u64;
                target
                    .write_all(&chunk)
                    .map_err(|error| disk("cannot write", error))?;
            }
            Ok(None) => break,
            Err(error) => {
                let _ = fs::remove_file(&part);
                return Err(Failed::Zoom(error));
            }
        }
    }
    target
        .sync_all()
        .map_err(|error| disk("cannot write", error))?;
    let sha256: Hash = digest.finalize().into();
    keep(folder, &part, target, &sha256).map_err(Failed::Disk)?;
    Ok(Stored { sha256, bytes })
}

/// Moves a complete file to its place. Replaces what is there; follows no symbolic link.
fn keep(folder: &Folder, part: &Path, file: File, sha256: &Hash) -> Result<()> {
    drop(file);
    let place = folder.attachment(&hex(sha256));
    if let Some(parent) = place.parent() {
        let is_new = !parent.exists();
        make_private_folder(parent)?;
        if is_new {
            sync_folder(&folder.files())?;
        }
    }
    fs::rename(part, &place).map_err(|error| Error::io("cannot write", &place, error))?;
    // The ledger will name the file, so its name must survive a loss of power.
    place.parent().map_or(Ok(()), sync_folder)
}
