//! The files of messages: what Zoom says of them, and their bytes.

mod content_range;
mod fetch;
mod promise;
mod recover;
mod transfer;

use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::{
    Stream, StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::{
    Error, ErrorKind, Result,
    operation::Operation,
    reading::shared::Inner,
    transport::{requests::check_id, runtime},
};
use promise::{Promise, read_sha256};
use transfer::Transfer;

/// A request for the bytes of a file; see [`ChatReports::download`](crate::ChatReports::download).
///
/// Links are followed only where they lead to allowed hosts, see
/// [`ChatReportsBuilder::download_hosts`](crate::ChatReportsBuilder::download_hosts). A transfer that
/// breaks off goes on where it was, or begins anew where the server gives no parts; either way no byte
/// is given out twice. A link that is refused is replaced by a fresh one, if the file's id is known.
#[derive(Clone)]
#[must_use = "a download does nothing until it is copied or polled"]
pub struct Download {
    inner: Arc<Inner>,
    file_id: Option<String>,
    link: Option<String>,
    size: Option<u64>,
    sha256: Option<String>,
}

impl Download {
    pub(crate) fn new(inner: Arc<Inner>, file_id: Option<String>, link: Option<String>) -> Self {
        Self {
            inner,
            file_id,
            link,
            size: None,
            sha256: None,
        }
    }

    /// Begins with this link, the `download_url` of a message's file, which saves a request. The SHA-256
    /// is then only known where it is [expected](Self::expect_sha256).
    pub fn link(mut self, link: &str) -> Self {
        self.link = Some(link.to_owned());
        self
    }

    /// The size that the file must have, for instance the `file_size` in its message.
    pub fn expect_size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// The SHA-256 that the file must have, in 64 hexadecimal digits.
    pub fn expect_sha256(mut self, hex: impl Into<String>) -> Self {
        self.sha256 = Some(hex.into());
        self
    }

    /// The bytes, piece by piece as they come.
    ///
    /// Nothing is sent before the first poll. **Only the end of the stream says that the file is whole
    /// and the right one:** what came before an error must not be taken for the file.
    ///
    /// # Errors
    /// The stream yields one error and ends. [`ErrorKind::UnsafeUrl`] for a link or a redirect that must
    /// not be followed, [`ErrorKind::FileMismatch`] for a file of another size or SHA-256,
    /// [`ErrorKind::NotFound`] and [`ErrorKind::Refused`] for a link or a file that Zoom does not give;
    /// else what went wrong on the way, once the time for trying again is over.
    pub fn chunks(self) -> Chunks {
        let chunks = stream::once(async move { self.begin() })
            .map_ok(|transfer| {
                stream::try_unfold(transfer, |mut transfer| async {
                    let chunk = transfer.next().await?;
                    Ok(chunk.map(|chunk| (chunk, transfer)))
                })
            })
            .try_flatten();
        Chunks(chunks.fuse().boxed())
    }

    /// Writes the bytes to `writer` and flushes it.
    ///
    /// Write to a temporary place and move it when this has ended well: after an error `writer` holds a
    /// part of the file, or another one.
    ///
    /// # Errors
    /// As [`chunks`](Self::chunks), and [`ErrorKind::WriteFailed`].
    pub async fn copy_to<W>(self, writer: &mut W) -> Result<Downloaded>
    where
        W: AsyncWrite + Unpin + ?Sized,
    {
        let failed = |error: io::Error| {
            Error::new(ErrorKind::WriteFailed, "the file cannot be written")
                .doing(Operation::Download.template())
                .with_source(error)
        };
        let mut transfer = self.begin()?;
        while let Some(chunk) = transfer.next().await? {
            writer.write_all(&chunk).await.map_err(failed)?;
        }
        writer.flush().await.map_err(failed)?;
        Ok(transfer.outcome())
    }

    /// Checks what was given.
    fn begin(self) -> Result<Transfer> {
        runtime::check()?;
        if let Some(id) = &self.file_id {
            check_id("file id", id)?;
        }
        let caller = self.inner.caller.clone();
        let link = self.link.map(|link| caller.parts().links.read(&link));
        let link = link
            .transpose()
            .map_err(|error| error.doing(Operation::Download.template()))?;
        let sha256 = self.sha256.map(|hex| {
            read_sha256(&hex).ok_or_else(|| {
                Error::invalid(
                    "an expected SHA-256 is not one",
                    "give 64 hexadecimal digits",
                )
            })
        });
        let promise = Promise {
            size: self.size,
            sha256: sha256.transpose()?,
        };
        Ok(Transfer::new(caller, self.file_id, link, promise))
    }
}

/// Neither link nor digest is shown: the one is a secret, the other tells the content.
impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("file_id", &self.file_id)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// The bytes of a file, piece by piece; see [`Download::chunks`].
#[must_use = "streams do nothing unless polled"]
pub struct Chunks(BoxStream<'static, Result<Bytes>>);

impl Stream for Chunks {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").finish_non_exhaustive()
    }
}

/// A file that was downloaded, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of what came, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// The SHA-256 was known before, from Zoom or the caller, and is the same.
    pub verified: bool,
    /// How often the transfer was taken up again after it had broken off.
    pub resumed: u32,
}
