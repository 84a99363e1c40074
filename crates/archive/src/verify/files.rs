//! Checking the stored files: each in its place, with its length and its hash.

use std::{fs::File, io::Read, path::Path};

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::{
    findings::Findings,
    report::{FindingKind, VerifyStep},
};
use crate::{
    disk::Folder,
    error::Result,
    facts::digest::{Hash, hex},
    sql::Sql,
};

pub(super) fn verify(
    db: &Connection,
    folder: &Folder,
    read: bool,
    findings: &mut Findings,
    progress: &mut dyn FnMut(VerifyStep),
) -> Result<()> {
    let sql = "SELECT count(DISTINCT sha256) FROM attachments WHERE state = 'stored'";
    let of: u64 = db.one(sql, [], |row| row.get(0))?;
    let mut done = 0;
    let sql = "SELECT sha256, max(bytes), min(bytes) FROM attachments
         WHERE state = 'stored' GROUP BY sha256";
    db.each(sql, [], |row| {
        done += 1;
        progress(VerifyStep::Files { done, of });
        let Ok(sha256) = row.get::<_, Hash>(0) else {
            let text = "a stored attachment has no readable hash";
            findings.add(FindingKind::Derived, "attachments", text);
            return Ok(());
        };
        let (most, least): (i64, i64) = (row.get(1)?, row.get(2)?);
        let path = folder.attachment(&hex(&sha256));
        if let Err(text) = file(&path, &sha256, (most, least), read) {
            findings.add(FindingKind::Attachment, hex(&sha256), text);
        }
        Ok(())
    })
}

fn file(path: &Path, sha256: &Hash, size: (i64, i64), read: bool) -> Result<(), &'static str> {
    let found = path.symlink_metadata().map_err(|_| "the file is missing")?;
    let is_linked = path.parent().is_some_and(Path::is_symlink);
    if !found.is_file() || is_linked {
        return Err("something else lies in the place of the file");
    }
    if i64::try_from(found.len()) != Ok(size.0) || size.0 != size.1 {
        return Err("the file has another length");
    }
    if !read {
        return Ok(());
    }
    let mut file = File::open(path).map_err(|_| "the file cannot be read")?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => digest.update(&buffer[..read]),
            Err(_) => return Err("the file cannot be read"),
        }
    }
    let hash: Hash = digest.finalize().into();
    if hash != *sha256 {
        return Err("the file is not what was stored");
    }
    Ok(())
}
