//! `numbering.json`: the control numbers that were given, so that a supplement goes on with them.

use std::{collections::HashMap, fs, path::Path};

use serde::{Deserialize, Serialize};

use super::{request::ExportAsked, tree::NewFile};
use crate::{
    error::{Error, Result},
    facts::digest::{hex, sha256},
    text::json,
};

/// The name of the file.
pub(super) const NUMBERING: &str = "numbering.json";
const VERSION: u32 = 1;
/// What stands before the digest.
const DIGEST: &str = ",\n\"sha256\":\"";

/// A document that has a number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Numbered {
    pub(super) control_number: String,
    pub(super) session_id: String,
    /// What names the file in its conversation; none for the conversation itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    /// The digest of what it said, whatever its number.
    pub(super) digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) supersedes: Option<String>,
}

/// A part of a matter: the export that began it, or a supplement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NumberedPart {
    /// The folder; empty for the export that began it.
    pub(super) folder: String,
    /// The archive's head when it was made.
    pub(super) head: String,
    /// The number after its last one.
    pub(super) next: u64,
    /// The SHA-256 of its `SHA256SUMS`.
    pub(super) sums: String,
}

#[derive(Serialize, Deserialize)]
struct Head {
    version: u32,
    account_id: String,
    request: ExportAsked,
    parts: Vec<NumberedPart>,
}

/// The file while it is written: one document a line.
pub(super) struct Numbers {
    out: NewFile,
    is_first: bool,
}

impl Numbers {
    pub(super) fn new(
        matter: &Path,
        account_id: &str,
        request: &ExportAsked,
        former: Option<&Former>,
    ) -> Result<Self> {
        let mut out = NewFile::begin(matter.join(NUMBERING), NUMBERING)?;
        let (account_id, request) = (json(&account_id), json(request));
        let head = format!(
            "{{\"version\":{VERSION},\"account_id\":{account_id},\n\"request\":{request},\n\"documents\":["
        );
        out.put(head.as_bytes())?;
        let mut this = Self {
            out,
            is_first: true,
        };
        for document in former.map_or(&[][..], |former| &former.documents) {
            this.add(document)?;
        }
        Ok(this)
    }

    pub(super) fn add(&mut self, document: &Numbered) -> Result<()> {
        let comma = if self.is_first { "\n" } else { ",\n" };
        self.is_first = false;
        self.out.put(comma.as_bytes())?;
        self.out.put(json(document).as_bytes())
    }

    /// Ends with the digest of everything before it, by which a change is noticed.
    pub(super) fn finish(mut self, parts: &[NumberedPart]) -> Result<()> {
        self.out
            .put(format!("\n],\n\"parts\":{}", json(&parts)).as_bytes())?;
        let digest = self.out.digest()?;
        self.out.put(format!("{DIGEST}{digest}\"}}\n").as_bytes())?;
        self.out.finish()?;
        Ok(())
    }
}

/// The numbers that were given before.
#[derive(Debug)]
pub(super) struct Former {
    documents: Vec<Numbered>,
    /// The last document for each conversation and file.
    latest: HashMap<(String, Option<String>), usize>,
    pub(super) account_id: String,
    pub(super) request: ExportAsked,
    pub(super) parts: Vec<NumberedPart>,
}

impl Former {
    /// Reads the numbers of a matter. Those in its folder may lack the last supplement, if the run that added it was
    /// killed right after.
    pub(super) fn read(matter: &Path) -> Result<Self> {
        let mut former = Self::in_file(&matter.join(NUMBERING))?;
        loop {
            let next = matter.join(former.next_folder()).join(NUMBERING);
            if !next.is_file() {
                return Ok(former);
            }
            let parts = former.parts.len() + 1;
            former = Self::in_file(&next)?;
            if former.parts.len() != parts {
                return Err(changed(&next));
            }
        }
    }

    fn in_file(path: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct File {
            #[serde(flatten)]
            head: Head,
            documents: Vec<Numbered>,
        }
        let text =
            fs::read_to_string(path).map_err(|error| Error::io("cannot read", path, error))?;
        let told = text.rsplit_once(DIGEST).filter(|(before, digest)| {
            hex(&sha256(before.as_bytes())) == digest.trim_end_matches("\"}\n")
        });
        let file: File = told
            .and_then(|_| serde_json::from_str(&text).ok())
            .filter(|file: &File| file.head.version == VERSION && !file.head.parts.is_empty())
            .ok_or_else(|| changed(path))?;
        let places = file.documents.iter().enumerate();
        let latest = places.map(|(place, document)| {
            let key = (document.session_id.clone(), document.file.clone());
            (key, place)
        });
        Ok(Self {
            latest: latest.collect(),
            documents: file.documents,
            account_id: file.head.account_id,
            request: file.head.request,
            parts: file.head.parts,
        })
    }

    /// The folder of the next supplement.
    pub(super) fn next_folder(&self) -> String {
        format!("supplement-{:03}", self.parts.len() + 1)
    }

    /// The last document of a conversation, or of a file in it.
    pub(super) fn latest(&self, session_id: &str, file: Option<&str>) -> Option<&Numbered> {
        let key = (session_id.to_owned(), file.map(str::to_owned));
        self.latest.get(&key).map(|place| &self.documents[*place])
    }

    /// The number that the next document gets.
    pub(super) fn next(&self) -> u64 {
        self.parts.last().map_or(1, |part| part.next)
    }
}

fn changed(path: &Path) -> Error {
    let text = format!("{} is not what an export wrote", path.display());
    Error::invalid(text, "restore it, or export again to another folder")
}

/// The control number with this prefix.
pub(super) fn control_number(prefix: &str, number: u64) -> String {
    format!("{prefix}-{number:06}")
}
