//! One download: getting the link, reading the bytes, resuming after a break.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::{
    Response, StatusCode,
    header::{CONTENT_LENGTH, ETAG, HeaderMap, HeaderValue},
};
use sha2::{Digest, Sha256};
use url::Url;
use zoom_chat_reports_api::{Integer, Meter};

use super::{
    content_range::ContentRange,
    downloaded::Downloaded,
    fetch::{Rest, fetch},
    size_and_digest::{Promise, finish, mismatch, read_sha256, write_sha256},
};
use crate::{
    Result,
    auth::AccessToken,
    error::zoom::Verdict,
    operation::Operation,
    transport::{
        caller::{Caller, renewal::Refusals},
        http,
        operations::FileInfoRequest,
        retry::attempts::Made,
        retry::failure::Failure,
        waits::Waits,
    },
};

/// After this many more bytes, the time for trying again starts over: a large file may break off often.
const PROGRESS: u64 = 64 * 1024;

/// One download.
pub(super) struct Transfer {
    pub(super) caller: Caller,
    pub(super) file_id: Option<String>,
    pub(super) link: Option<Url>,
    promise: Promise,
    /// How many bytes were given out, and their digest.
    pub(super) bytes: u64,
    hasher: Sha256,
    /// The strong entity tag of the file that is being read.
    tag: Option<HeaderValue>,
    body: Option<Body>,
    pub(super) token: Option<AccessToken>,
    pub(super) made: Made,
    /// `bytes` when `made` began.
    mark: u64,
    /// Whether the server is thought to send partial responses.
    gives_parts: bool,
    /// Whether the link is new and has given no bytes yet.
    pub(super) fresh: bool,
    /// How often its token was refused, and when the last request was sent.
    pub(super) refusals: Refusals,
    pub(super) sent: Duration,
    resumed: u32,
    done: bool,
}

/// A response whose body is being read.
struct Body {
    response: Response,
    meter: Meter,
    /// Where the bytes of a partial response end.
    end: Option<u64>,
    known: Option<Known>,
}

/// Bytes that come a second time, since the server starts at the beginning.
struct Known {
    left: u64,
    hasher: Sha256,
}

impl Transfer {
    pub(super) fn new(
        caller: Caller,
        file_id: Option<String>,
        link: Option<Url>,
        promise: Promise,
    ) -> Self {
        Self {
            caller,
            file_id,
            link,
            promise,
            bytes: 0,
            hasher: Sha256::new(),
            tag: None,
            body: None,
            token: None,
            made: Made::default(),
            mark: 0,
            gives_parts: true,
            fresh: false,
            refusals: Refusals::default(),
            sent: Duration::ZERO,
            resumed: 0,
            done: false,
        }
    }

    /// The next bytes; `None` once the file is whole and is the expected one.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        while !self.done {
            match self.step().await {
                Ok(Some(chunk)) => return Ok(Some(chunk)),
                Ok(None) => {}
                Err(failure) => {
                    self.body = None;
                    self.recover(failure).await?;
                }
            }
        }
        Ok(None)
    }

    pub(super) fn outcome(&self) -> Downloaded {
        Downloaded {
            bytes: self.bytes,
            sha256: write_sha256(finish(&self.hasher)),
            verified: self.promise.sha256.is_some(),
            resumed: self.resumed,
        }
    }

    async fn step(&mut self) -> Result<Option<Bytes>, Failure> {
        let Some(body) = &mut self.body else {
            self.open().await?;
            return Ok(None);
        };
        let asked = Instant::now();
        match body.response.chunk().await {
            Ok(Some(chunk)) => {
                let came = chunk.len() as u64;
                body.meter
                    .arrived(came, asked.elapsed())
                    .map_err(|slow| Failure::of_error(http::too_slow(slow)))?;
                self.take(chunk)
            }
            // All bytes are there; how the connection ended does not matter.
            Err(_) if self.promise.size == Some(self.bytes) && body.known.is_none() => self.end(),
            Ok(None) => self.end(),
            Err(error) => Err(Failure::of_transport(error)),
        }
    }

    /// Requests the file, or the part that is missing.
    async fn open(&mut self) -> Result<(), Failure> {
        let link = match &self.link {
            Some(link) => link.clone(),
            None => self.fresh_link().await.map_err(Failure::fatal)?,
        };
        let caller = self.caller.clone();
        let parts = caller.parts();
        let mut attempts = parts.attempts(Operation::Download, self.made);
        let waits = Waits::new(Operation::Download, parts, None);
        let given = caller.slot_and_token(waits, &attempts).await;
        let (slot, token) = given.map_err(Failure::fatal)?;
        self.token = Some(token.clone());
        self.sent = slot.taken();
        let rest = (self.bytes > 0 && self.gives_parts).then(|| Rest {
            from: self.bytes,
            tag: self.tag.clone(),
        });
        attempts.begin();
        self.made = attempts.count();
        match fetch(parts, &link, &token, rest.as_ref()).await {
            Ok(response) => {
                slot.answered();
                self.accept(response, rest.is_some())
            }
            Err(failure) => {
                match failure.verdict {
                    Verdict::RateLimited => caller
                        .rate_limited(&failure, waits, slot, &attempts)
                        .map_err(Failure::fatal)?,
                    Verdict::Transient => slot.failed(&failure.error, None),
                    _ => slot.answered(),
                }
                Err(failure)
            }
        }
    }

    async fn fresh_link(&mut self) -> Result<Url> {
        let file_id = self.file_id.clone().unwrap_or_default();
        let request = FileInfoRequest { file_id };
        let info = self.caller.call(&request).await?.value;
        let size = info.length.and_then(Integer::get);
        let promise = Promise {
            size: size.and_then(|size| u64::try_from(size).ok()),
            sha256: info.digest.as_deref().and_then(read_sha256),
        };
        self.promise = self.promise.and(promise)?;
        let link = info.download_url.as_deref().unwrap_or_default();
        let link = self.caller.parts().links.read(link)?;
        self.link = Some(link.clone());
        self.fresh = true;
        Ok(link)
    }

    /// Judges the head of a response.
    fn accept(&mut self, response: Response, of_rest: bool) -> Result<(), Failure> {
        let headers = response.headers();
        let range = ContentRange::of(headers).filter(|_| of_rest);
        let (size, end) = match (response.status(), range) {
            (StatusCode::OK, _) => {
                self.tag = strong_tag(headers);
                (length(headers), None)
            }
            (StatusCode::PARTIAL_CONTENT, Some(range)) => match range.bytes {
                Some((first, end)) if first == self.bytes && self.fits(range.total) => {
                    (range.total, Some(end))
                }
                _ => return Err(self.no_parts()),
            },
            // No byte is missing, only the end of the body.
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(range)) if range.total == Some(self.bytes) => {
                return self.end().map(|_| ());
            }
            _ => return Err(self.no_parts()),
        };
        let size = Promise { size, sha256: None };
        self.promise = self.promise.and(size).map_err(|error| Failure {
            // Perhaps a proxy's page, which may be gone the next time.
            verdict: Verdict::NoAnswer,
            ..Failure::of_error(error)
        })?;
        if self.bytes > 0 {
            self.resumed = self.resumed.saturating_add(1);
        }
        let again = self.bytes > 0 && end.is_none();
        self.fresh = false;
        self.refusals = Refusals::default();
        self.body = Some(Body {
            response,
            meter: Meter::new(self.caller.parts().floor),
            end,
            known: again.then(|| Known {
                left: self.bytes,
                hasher: Sha256::new(),
            }),
        });
        Ok(())
    }

    /// Whether the file may have this size.
    fn fits(&self, size: Option<u64>) -> bool {
        size.is_none() || self.promise.size.is_none_or(|known| Some(known) == size)
    }

    /// Adds bytes to the file; bytes that were already received are compared.
    fn take(&mut self, mut chunk: Bytes) -> Result<Option<Bytes>, Failure> {
        let Some(body) = &mut self.body else {
            return Ok(None);
        };
        if let Some(known) = &mut body.known {
            let part = usize::try_from(known.left).unwrap_or(usize::MAX);
            let part = chunk.split_to(part.min(chunk.len()));
            known.hasher.update(&part);
            known.left -= part.len() as u64;
            if known.left > 0 {
                return Ok(None);
            }
            if finish(&known.hasher) != finish(&self.hasher) {
                return Err(Failure::fatal(mismatch(
                    "the file changed while it was read",
                )));
            }
            body.known = None;
        }
        if chunk.is_empty() {
            return Ok(None);
        }
        let after = self.bytes.saturating_add(chunk.len() as u64);
        if let Some(size) = self.promise.size.filter(|size| after > *size) {
            let cause = format!("the file is longer than the expected {size} bytes");
            return Err(Failure::fatal(mismatch(cause)));
        }
        if body.end.is_some_and(|end| after > end) {
            return Err(self.no_parts());
        }
        self.hasher.update(&chunk);
        self.bytes = after;
        if after - self.mark >= PROGRESS {
            self.mark = after;
            self.made = Made::default();
        }
        Ok(Some(chunk))
    }

    /// At the end of a body: checks whether the file is complete.
    fn end(&mut self) -> Result<Option<Bytes>, Failure> {
        let body = self.body.as_ref();
        let repeating = body.is_some_and(|body| body.known.is_some());
        let least = self.promise.size.or(body.and_then(|body| body.end));
        if repeating || least.is_some_and(|least| self.bytes < least) {
            return Err(Failure::broken("the file broke off"));
        }
        self.promise
            .check(self.bytes, finish(&self.hasher))
            .map_err(Failure::fatal)?;
        self.body = None;
        self.done = true;
        Ok(None)
    }

    /// Notes that the server sends no partial responses: the next request asks for the whole file.
    fn no_parts(&mut self) -> Failure {
        self.gives_parts = false;
        Failure::broken("the server sent other bytes than those requested")
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The entity tag, if it guarantees identical bytes.
fn strong_tag(headers: &HeaderMap) -> Option<HeaderValue> {
    let tag = headers.get(ETAG)?;
    tag.as_bytes().starts_with(b"\"").then(|| tag.clone())
}
