//! What one export reads, and what it has written so far.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::{
    cells::Cells,
    documents::Documents,
    layout::Layout,
    manifest::ConversationCount,
    numbering::{Former, Numbers, control_number},
    proof::Proof,
    record::{ExportRecord, Records},
    report::ExportCounts,
    request::ExportRequest,
    rows::{self, Entry},
    state::ExportedState,
    tree::Tree,
};
use crate::{
    archive::Archive,
    error::Result,
    facts::digest::hex,
    query::{ArchivedFile, Conversation, Directory, Person},
};

/// An entry's files, each with its state.
pub(super) type Files = Vec<(ArchivedFile, ExportedState)>;

/// What is read, and by which options.
pub(super) struct Job<'a> {
    pub(super) archive: &'a Archive,
    pub(super) request: &'a ExportRequest,
    pub(super) records: Records,
    pub(super) cells: Cells,
    pub(super) layout: Layout,
    pub(super) proof: &'a Proof,
    pub(super) former: Option<&'a Former>,
    custodians: Custodians,
}

/// What was written so far.
pub(super) struct Output {
    pub(super) tree: Tree,
    pub(super) documents: Documents,
    pub(super) numbers: Numbers,
    /// The number that the next document gets.
    pub(super) next: u64,
    pub(super) counts: ExportCounts,
    pub(super) conversations: Vec<ConversationCount>,
}

impl Output {
    /// Gives out a control number.
    pub(super) fn next_number(&mut self, prefix: &str) -> String {
        let number = control_number(prefix, self.next);
        self.next += 1;
        number
    }
}

impl<'a> Job<'a> {
    pub(super) fn new(
        archive: &'a Archive,
        request: &'a ExportRequest,
        directory: &Directory,
        proof: &'a Proof,
        former: Option<&'a Former>,
    ) -> Self {
        Self {
            archive,
            request,
            records: Records {
                sandbox: archive.account().sandbox,
                zone: request.zone,
                raw: request.raw,
                signed_links: request.signed_links,
            },
            cells: Cells {
                raw: request.csv_raw,
            },
            layout: Layout::new(&request.formats),
            proof,
            former,
            custodians: Custodians::new(directory),
        }
    }

    pub(super) fn prefix(&self) -> &str {
        &self.request.prefix
    }

    /// The people who took part in a conversation, for a list.
    pub(super) fn custodians(&self, conversation: &Conversation) -> String {
        self.custodians.of(conversation)
    }

    /// Passes each selected entry of a conversation to `each`, with its record and its files.
    pub(super) fn read(
        &self,
        conversation: &Conversation,
        mut each: impl FnMut(Entry, ExportRecord, Files) -> Result<()>,
    ) -> Result<()> {
        let db = &self.archive.db;
        rows::each(db, conversation.no, &self.request.selection, |entry| {
            self.request.check_stop()?;
            let files = self.files(entry.id)?;
            let record = self.records.of(conversation, &entry, &files);
            each(entry, record, files)
        })
    }

    /// The digest of what a conversation says, and its entries; none if nothing of it is selected.
    pub(super) fn digest(&self, conversation: &Conversation) -> Result<Option<(String, u64)>> {
        let (mut digest, mut entries) = (ContentDigest::default(), 0);
        self.read(conversation, |_, record, _| {
            digest.add(&record);
            entries += 1;
            Ok(())
        })?;
        Ok((entries > 0).then(|| (digest.finish(false), entries)))
    }

    fn files(&self, entry: i64) -> Result<Files> {
        let files = self.archive.files_of(entry)?;
        let state = |file: &ArchivedFile| match file.state.into() {
            ExportedState::Stored if self.request.wants_files() && self.is_lost(file) => {
                ExportedState::Lost
            }
            state => state,
        };
        let with_state = |file: ArchivedFile| {
            let state = state(&file);
            (file, state)
        };
        Ok(files.into_iter().map(with_state).collect())
    }

    fn is_lost(&self, file: &ArchivedFile) -> bool {
        let place = self.archive.file_path(file);
        let found = place.and_then(|place| place.symlink_metadata().ok());
        !found.is_some_and(|found| found.is_file())
    }
}

/// The digest of what a conversation says: of its records, without control numbers, places and links.
#[derive(Default)]
pub(super) struct ContentDigest(Sha256);

impl ContentDigest {
    pub(super) fn add(&mut self, record: &ExportRecord) {
        serde_json::to_writer(&mut self.0, record).expect("a digest takes everything");
        self.0.update(b"\n");
    }

    /// The digest; another one if the bytes of a file were lost, so that a supplement holds it once it is there.
    pub(super) fn finish(mut self, lost: bool) -> String {
        if lost {
            self.0.update(b"lost");
        }
        hex(&self.0.finalize())
    }
}

/// The people of each conversation, by its number.
struct Custodians {
    people: Vec<String>,
    of: HashMap<i64, Vec<usize>>,
}

impl Custodians {
    fn new(directory: &Directory) -> Self {
        let mut of: HashMap<i64, Vec<usize>> = HashMap::new();
        let people = directory.people();
        for (place, person) in people.iter().enumerate() {
            for session in &person.sessions {
                of.entry(*session).or_default().push(place);
            }
        }
        Self {
            people: people.iter().map(Person::described).collect(),
            of,
        }
    }

    fn of(&self, conversation: &Conversation) -> String {
        let places = self.of.get(&conversation.no);
        let names = places.into_iter().flatten();
        let mut names: Vec<&str> = names.map(|place| self.people[*place].as_str()).collect();
        names.sort_unstable();
        names.join("; ")
    }
}
