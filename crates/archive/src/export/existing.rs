//! The folder of an export that is there already: refused, replaced, or continued by a supplement.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::Path,
};

use serde::Deserialize;

use super::{
    manifest::{KIND, MANIFEST},
    numbering::{Former, NUMBERING},
    request::{Existing, ExportAsked, ExportRequest},
    tree::{SUMS, digest_of},
};
use crate::{
    archive::Archive,
    disk::{Place, sync_file, sync_folder},
    error::{Error, ErrorKind, Result},
    facts::{
        self,
        digest::{from_hex, hex, sha256},
    },
};

/// The numbers of a matter while they are renewed.
const NEW_NUMBERING: &str = "numbering.json.new";

/// An export that a supplement continues. No other supplement is made meanwhile.
pub(super) struct Continued {
    pub(super) former: Former,
    _lock: File,
}

/// Checks whether the folder may be made, replaced or continued, and reads what a supplement continues.
pub(super) fn check(archive: &Archive, request: &ExportRequest) -> Result<Option<Continued>> {
    let to = &request.to;
    let is_there = to.symlink_metadata().is_ok();
    match request.existing {
        Existing::Refuse if is_there => {
            let hint = match is_export(to) {
                true => {
                    "--supplement adds what is new, --force replaces it; or name another folder"
                }
                false => "name a folder that does not exist yet",
            };
            Err(Place::already_there(to).hint_text(hint))
        }
        Existing::Replace if is_there && !is_export(to) => {
            let text = format!("{} is not an export, and is not replaced", to.display());
            Err(Error::new(ErrorKind::AlreadyThere, text)
                .hint_text("name a folder that an export made, or one that does not exist yet"))
        }
        Existing::Refuse | Existing::Replace => Ok(None),
        Existing::Supplement => continued(archive, request).map(Some),
    }
}

/// The place in which the export is made. A supplement has its place in the folder of its matter.
pub(super) fn place(
    archive: &Archive,
    request: &ExportRequest,
    former: Option<&Former>,
) -> Result<Place> {
    let (from, to) = (&archive.folder, &request.to);
    if let Some(former) = former {
        return Place::within(from, to, &former.next_folder());
    }
    if request.existing != Existing::Replace || to.symlink_metadata().is_err() {
        return Place::new(from, to);
    }
    let place = Place::replacing(from, to)?;
    match others(to) {
        None => Ok(place),
        Some(name) => {
            let text = format!("{} holds {name}, which --force would remove", to.display());
            Err(Error::new(ErrorKind::AlreadyThere, text)
                .hint_text("move it away, or name another folder"))
        }
    }
}

/// Whether a folder holds a whole export.
fn is_export(folder: &Path) -> bool {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
        supplement: Option<String>,
    }
    let text = fs::read_to_string(folder.join(MANIFEST)).unwrap_or_default();
    let has_numbers = folder.join(NUMBERING).is_file();
    // A supplement is a part of its matter. It is never replaced alone.
    let is_whole = |it: Kind| it.kind == KIND && it.supplement.is_none();
    has_numbers && serde_json::from_str(&text).is_ok_and(is_whole)
}

/// Something in the folder of an export that this export did not write, or that a supplement did.
fn others(folder: &Path) -> Option<String> {
    let sums = fs::read_to_string(folder.join(SUMS)).unwrap_or_default();
    let paths = sums.lines().filter_map(|line| line.split_once("  "));
    let own: BTreeSet<&str> = paths
        .filter_map(|(_, path)| path.split('/').next())
        .chain([SUMS, NUMBERING, NEW_NUMBERING])
        .collect();
    let names = fs::read_dir(folder).ok()?.flatten();
    let mut names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.find(|name| name.starts_with("supplement-") || !own.contains(name.as_str()))
}

fn continued(archive: &Archive, request: &ExportRequest) -> Result<Continued> {
    let to = &request.to;
    let invalid = |text: String, hint: &str| Err(Error::invalid(text, hint));
    if !is_export(to) {
        let text = format!(
            "{} is not an export that a supplement could continue",
            to.display()
        );
        return invalid(text, "export to a new folder first, without --supplement");
    }
    let lock = File::open(to).map_err(|error| Error::io("cannot read", to, error))?;
    if matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)) {
        let text = format!("another run adds to {}", to.display());
        return Err(Error::new(ErrorKind::Locked, text).hint_text("wait until it has ended"));
    }
    let former = Former::read(to)?;
    if former.account_id != archive.account().id {
        let text = format!("{} was exported from another account", to.display());
        return invalid(text, "name the archive from which it was exported");
    }
    if let Some(option) = difference(&former, request) {
        let text = format!("{} was exported with another {option}", to.display());
        let hint =
            "give the options of the first export: `request` in its manifest.json tells them";
        return invalid(text, hint);
    }
    let head = former.parts.last().and_then(|part| from_hex(&part.head));
    match head
        .map(|head| facts::holds_hash(&archive.db, &head))
        .transpose()?
    {
        Some(true) => {
            check_unchanged(to, &former)?;
            Ok(Continued {
                former,
                _lock: lock,
            })
        }
        _ => {
            let text = format!("the archive lacks what {} was exported from", to.display());
            invalid(
                text,
                "name the archive from which it was exported, not an older copy",
            )
        }
    }
}

/// The first option that differs from those of the first export. The first number does not count, nor does order.
fn difference(former: &Former, request: &ExportRequest) -> Option<&'static str> {
    let (was, mut is) = (in_order(former.request.clone()), in_order(request.asked()));
    is.start = was.start;
    let pairs = [
        ("--format", was.formats == is.formats),
        ("--prefix", was.prefix == is.prefix),
        ("--tz", was.time_zone == is.time_zone),
        ("--person", was.people == is.people),
        ("--sent-by", was.sent_by == is.sent_by),
        ("--session", was.sessions == is.sessions),
        ("--from", was.from == is.from),
        ("--to", was.before == is.before),
        ("--kind", was.kinds == is.kinds),
    ];
    let differs = pairs.iter().find(|(_, same)| !same);
    let other = (was != is).then_some("option");
    differs.map(|(name, _)| *name).or(other)
}

fn in_order(mut asked: ExportAsked) -> ExportAsked {
    let names = [&mut asked.people, &mut asked.sent_by, &mut asked.sessions];
    for names in names.into_iter().chain([&mut asked.kinds]) {
        names.sort();
        names.dedup();
    }
    asked
}

/// Puts the numbers of a new supplement in the place of those of its matter.
pub(super) fn renew_numbers(matter: &Path, former: &Former) -> Result<()> {
    let (place, new) = (matter.join(NUMBERING), matter.join(NEW_NUMBERING));
    let from = matter.join(former.next_folder()).join(NUMBERING);
    let failed = |error| Error::io("cannot write", &place, error);
    fs::copy(&from, &new).map_err(failed)?;
    sync_file(&new)?;
    fs::rename(&new, &place).map_err(failed)?;
    sync_folder(matter)
}

/// Refuses a matter of which a file is not what was exported. A supplement may have been moved away; what it began with may
/// not.
fn check_unchanged(matter: &Path, former: &Former) -> Result<()> {
    let changed = |path: &Path| {
        let text = format!("{} is not what was exported", path.display());
        Err(Error::invalid(
            text,
            "restore it, or export again to another folder",
        ))
    };
    for part in &former.parts {
        let folder = matter.join(&part.folder);
        if !part.folder.is_empty() && !folder.exists() {
            continue;
        }
        let sums = folder.join(SUMS);
        let list = fs::read_to_string(&sums).unwrap_or_default();
        if hex(&sha256(list.as_bytes())) != part.sums {
            return changed(&sums);
        }
        for (digest, path) in list.lines().filter_map(|line| line.split_once("  ")) {
            let file = folder.join(path);
            let is_file = file.symlink_metadata().is_ok_and(|it| it.is_file());
            if !is_file || !digest_of(&file).is_ok_and(|found| found == digest) {
                return changed(&file);
            }
        }
    }
    Ok(())
}
