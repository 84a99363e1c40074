//! The folder of an export while it is written: its files, and the digest of each.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{
    disk::{make_private_folder, private_file, sync_folder},
    error::{Error, Result},
    facts::digest::hex,
};

/// The list of digests, as `sha256sum -c` takes it.
pub(super) const SUMS: &str = "SHA256SUMS";
/// Its name until it is whole: before that, nothing in the folder looks whole.
const UNFINISHED: &str = "SHA256SUMS.unfinished";

/// A folder of files with their digests.
pub(super) struct Tree {
    root: PathBuf,
    sums: BufWriter<File>,
    contents: Sha256,
    folders: BTreeSet<PathBuf>,
    /// Bytes of all files.
    pub(super) bytes: u64,
}

/// A file that is whole.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// Its path in the folder, with slashes.
    pub(super) path: String,
    /// Its SHA-256, in hex.
    pub(super) sha256: String,
}

impl Tree {
    /// Begins in a folder that is there.
    pub(super) fn new(root: &Path) -> Result<Self> {
        let sums = BufWriter::new(private_file(&root.join(UNFINISHED))?);
        Ok(Self {
            root: root.to_owned(),
            sums,
            contents: Sha256::new(),
            folders: BTreeSet::from([root.to_owned()]),
            bytes: 0,
        })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Begins a file. `path` is relative, and its parts are safe names.
    pub(super) fn file(&mut self, path: &str) -> Result<NewFile> {
        let place = self.root.join(path);
        let inner = place
            .ancestors()
            .skip(1)
            .take_while(|it| *it != self.root.as_path());
        let inner: Vec<PathBuf> = inner.map(Path::to_owned).collect();
        if let Some(folder) = inner.first()
            && !self.folders.contains(folder)
        {
            make_private_folder(folder)?;
            self.folders.extend(inner);
        }
        NewFile::begin(place, path)
    }

    /// Removes a file that was begun.
    pub(super) fn discard(&self, file: NewFile) -> Result<()> {
        let place = file.place.clone();
        drop(file);
        fs::remove_file(&place).map_err(|error| Error::io("cannot remove", &place, error))
    }

    /// Makes a file durable, and notes its digest.
    pub(super) fn add(&mut self, file: NewFile) -> Result<Written> {
        let written = self.finish_file(file)?;
        let line = line(&written.sha256, &written.path);
        self.contents.update(&line);
        self.note(&line)?;
        Ok(written)
    }

    /// Writes a small file that tells when or by whom the export was made, so that two exports may differ in it.
    pub(super) fn add_dated(&mut self, path: &str, text: &str) -> Result<()> {
        let mut file = self.file(path)?;
        file.put(text.as_bytes())?;
        let written = self.finish_file(file)?;
        self.note(&line(&written.sha256, &written.path))
    }

    /// The digest of the lines of all contents so far.
    pub(super) fn contents(&self) -> String {
        hex(&self.contents.clone().finalize())
    }

    fn note(&mut self, line: &str) -> Result<()> {
        let written = self.sums.write_all(line.as_bytes());
        written.map_err(|error| Error::io("cannot write", &self.root.join(SUMS), error))
    }

    /// Makes the list of digests and all names durable. Returns the digest of the list.
    pub(super) fn finish(self) -> Result<String> {
        let place = self.root.join(SUMS);
        let failed = |error| Error::io("cannot write", &place, error);
        let file = self.sums.into_inner();
        let file = file.map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        fs::rename(self.root.join(UNFINISHED), &place).map_err(failed)?;
        self.folders.iter().try_for_each(|it| sync_folder(it))?;
        digest_of(&place).map_err(|error| Error::io("cannot read", &place, error))
    }

    fn finish_file(&mut self, file: NewFile) -> Result<Written> {
        let (written, bytes) = file.finish()?;
        self.bytes += bytes;
        Ok(written)
    }
}

/// The SHA-256 of a file, in hex.
pub(super) fn digest_of(path: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    io::copy(&mut File::open(path)?, &mut digest)?;
    Ok(hex(&digest.finalize()))
}

/// A line of the list.
fn line(sha256: &str, path: &str) -> String {
    format!("{sha256}  {path}\n")
}

/// A file that is being written.
pub(super) struct NewFile {
    pub(super) path: String,
    place: PathBuf,
    out: BufWriter<Sink>,
}

struct Sink {
    file: File,
    digest: Sha256,
    bytes: u64,
}

impl NewFile {
    /// Begins a file at a place where none is. `path` names it in its export.
    pub(super) fn begin(place: PathBuf, path: &str) -> Result<Self> {
        let file = private_file(&place)?;
        let sink = Sink {
            file,
            digest: Sha256::new(),
            bytes: 0,
        };
        Ok(Self {
            path: path.to_owned(),
            place,
            out: BufWriter::with_capacity(64 * 1024, sink),
        })
    }

    /// Makes the file durable. Returns its digest and its length.
    pub(super) fn finish(self) -> Result<(Written, u64)> {
        let Self { path, place, out } = self;
        let failed = |error| Error::io("cannot write", &place, error);
        let sink = out.into_inner();
        let sink = sink.map_err(|error| failed(error.into_error()))?;
        sink.file.sync_all().map_err(failed)?;
        let sha256 = hex(&sink.digest.finalize());
        Ok((Written { path, sha256 }, sink.bytes))
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.out.write_all(bytes);
        written.map_err(|error| Error::io("cannot write", &self.place, error))
    }

    /// Takes the bytes of another file, as far as it can be read.
    pub(super) fn copy(&mut self, mut from: &File) -> Result<io::Result<()>> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match io::Read::read(&mut from, &mut buffer) {
                Ok(0) => break,
                Ok(read) => self.put(&buffer[..read])?,
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }

    /// The digest of what was written so far.
    pub(super) fn digest(&mut self) -> Result<String> {
        let flushed = self.out.flush();
        flushed.map_err(|error| Error::io("cannot write", &self.place, error))?;
        Ok(hex(&self.out.get_ref().digest.clone().finalize()))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
