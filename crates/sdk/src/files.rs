//! Downloads: the files of messages.

mod content_range;
mod downloaded;
mod fetch;
mod recover;
mod size_and_digest;
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
    transport::{operations::check_id, runtime},
};
pub use downloaded::Downloaded;

use size_and_digest::{Promise, read_sha256};
use transfer::Transfer;

/// A request for the bytes of a file; see [`ChatReports::download`](crate::ChatReports::download).
///
/// Only links to allowed hosts are followed; see
/// [`ChatReportsBuilder::download_hosts`](crate::ChatReportsBuilder::download_hosts). A transfer that
/// breaks off continues at the same byte, or starts again if the server sends no partial responses; either way no byte
/// is given out twice. A refused link is replaced by a fresh one, if the file's id is known.
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
    /// is then compared only if one is [expected](Self::expect_sha256).
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

    /// The bytes, in pieces as they arrive.
    ///
    /// Nothing is sent before the first poll. **Only the end of the stream shows that the file is whole
    /// and the right one:** bytes that came before an error must not be used as the file.
    ///
    /// # Errors
    /// The stream yields one error and ends. [`ErrorKind::UnsafeUrl`] for a link or a redirect that must
    /// not be followed, [`ErrorKind::FileMismatch`] for a file of another size or SHA-256,
    /// [`ErrorKind::NotFound`] and [`ErrorKind::Refused`] for a link or a file that Zoom does not give;
    /// otherwise the last failure, once the time for trying again is over.
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
    /// Write to a temporary file, and move it after success: after an error `writer` holds a
    /// part of the file, or another file.
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

    /// Checks the id, the link and the digest.
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
                    "the expected SHA-256 cannot be read",
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

/// Shows neither link nor digest: the link is a secret, and the digest identifies the content.
impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("file_id", &self.file_id)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// The bytes of a file, in pieces; see [`Download::chunks`].
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
