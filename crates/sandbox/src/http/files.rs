//! Files: the description of one, and its bytes.

use std::ops::Range;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::call::Call;
use super::guard::with_headers;
use super::reply::Reply;
use crate::render::file::File;
use crate::state::limit::Label;

const SCOPES: [&str; 4] = [
    "team_chat:read:file:admin",
    "team_chat:read:file",
    "chat:read",
    "imchat:read:admin",
];

impl Call<'_> {
    /// Answers `GET /chat/files/{fileId}`.
    pub(crate) fn file(&self, id: &str) -> Reply {
        let headers = match self.admit(Label::Light, &SCOPES) {
            Ok(headers) => headers,
            Err(reply) => return reply,
        };
        let reply = match self.existing_file(id) {
            Some(file) => self.file_info(file),
            None => Reply::error(404, 404, "There is no such file."),
        };
        with_headers(reply, headers)
    }

    fn file_info(&self, file: File) -> Reply {
        let settings = &self.shared.settings;
        let bytes = file.bytes();
        let digest: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let url = file.url(
            settings.seed,
            &self.shared.origin,
            self.now_ms(),
            self.nonce,
            settings.quirks,
        );
        let body = json!({
            "file_id": file.id(settings.seed),
            "file_name": file.name(settings.quirks),
            "OS_file_type": "Windows",
            "length": bytes.len(),
            "digest": digest,
            "created_time": file.message.ts,
            "modified_time": file.message.ts,
            "download_url": url,
        });
        Reply::json(200, body.to_string())
    }

    /// Answers a download; understands one range of bytes.
    pub(crate) fn download(&self, id: &str) -> Reply {
        let settings = &self.shared.settings;
        if settings.download_needs_bearer
            && let Err(reply) = self.check_bearer()
        {
            return reply;
        }
        let Some(file) = self.existing_file(id) else {
            return Reply::error(404, 404, "There is no such file.");
        };
        let jwt = self.value("jwt").unwrap_or_default();
        if !file.accepts(settings.seed, jwt, self.now_ms()) {
            return Reply::error(401, 401, "The signed URL is not valid or has expired.");
        }
        let bytes = file.bytes();
        let asked = self
            .headers
            .get("range")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| range(value, bytes.len()));
        let (status, body, content_range) = match asked {
            None => (200, bytes, None),
            Some(None) => (416, Vec::new(), Some(format!("bytes */{}", bytes.len()))),
            Some(Some(part)) => {
                let shown = format!("bytes {}-{}/{}", part.start, part.end - 1, bytes.len());
                (206, bytes[part].to_vec(), Some(shown))
            }
        };
        let mut reply = Reply {
            status,
            headers: Vec::new(),
            body,
        }
        .with("content-type", "application/octet-stream")
        .with("accept-ranges", "bytes");
        if let Some(shown) = content_range {
            reply = reply.with("content-range", shown);
        }
        reply
    }

    /// A file whose message was sent already.
    fn existing_file(&self, id: &str) -> Option<File> {
        File::find(self.shared.settings.seed, id).filter(|file| file.message.ts <= self.now_ms())
    }
}

/// The bytes that a `Range` header asks for. `None` when it is to be ignored, `Some(None)`
/// when no byte fits.
fn range(header: &str, length: usize) -> Option<Option<Range<usize>>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Ok(first), Err(_)) if last.is_empty() => first..length,
        (Err(_), Ok(suffix)) if first.is_empty() => length.saturating_sub(suffix)..length,
        _ => return None,
    };
    Some((range.start < range.end).then_some(range))
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_are_read_as_http_has_them() {
        assert_eq!(range("bytes=0-4", 10), Some(Some(0..5)));
        assert_eq!(range("bytes=4-", 10), Some(Some(4..10)));
        assert_eq!(range("bytes=-3", 10), Some(Some(7..10)));
        assert_eq!(range("bytes=8-99", 10), Some(Some(8..10)));
        assert_eq!(range("bytes=10-", 10), Some(None));
        assert_eq!(range("bytes=-0", 10), Some(None));
        assert_eq!(range("bytes=5-4", 10), None);
        assert_eq!(range("lines=1-2", 10), None);
    }
}
