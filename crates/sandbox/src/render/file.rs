//! Files of messages: their names, bytes and signed URLs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::hash::{self, Rng};
use crate::world::Message;

/// One file of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) message: Message,
    pub(crate) number: u8,
}

/// How long a signed URL works, in seconds of the sandbox's clock.
const URL_LIFE: i64 = 24 * 3600;

const NAMES: [&str; 10] = [
    "report.pdf",
    "photo.jpg",
    "Budget 2026.xlsx",
    "図面.png",
    "notes.txt",
    "résumé.docx",
    "log.gz",
    "Präsentation final (2).pptx",
    "عرض.pdf",
    "screenshot 2026-10-01 at 12.00.00.png",
];

/// Names that must not be used as paths as they are.
const AWKWARD: [&str; 9] = [
    "../../etc/passwd",
    "/absolute.txt",
    "C:\\boot.ini",
    "CON",
    "nul.txt",
    "trailing. ",
    "zero\u{0}byte.txt",
    "gpj.\u{202e}exe.txt",
    "",
];

impl File {
    /// The files of a message; most have none.
    pub(crate) fn of(message: Message) -> Vec<Self> {
        if !message.chance(61, 40) {
            return Vec::new();
        }
        let count = [1, 1, 1, 2, 3][message.roll(62) as usize % 5];
        (0..count).map(|number| Self { message, number }).collect()
    }

    fn rng(self, aspect: u64) -> Rng {
        Rng::new(hash::join(
            self.message.roll(63),
            &[u64::from(self.number), aspect],
        ))
    }

    pub(crate) fn name(self, quirks: bool) -> String {
        let mut rng = self.rng(1);
        if quirks && rng.chance(60) {
            let index = rng.below(AWKWARD.len() as u64 + 1) as usize;
            return AWKWARD.get(index).map_or_else(
                || format!("{}.txt", "long".repeat(1250)),
                |name| (*name).to_owned(),
            );
        }
        rng.pick(&NAMES).to_owned()
    }

    /// The number that the bytes derive from; some files are copies of each other.
    fn content(self) -> u64 {
        let mut rng = self.rng(2);
        if rng.chance(100) {
            rng.below(5)
        } else {
            rng.next()
        }
    }

    /// Length in bytes.
    pub(crate) fn length(self) -> usize {
        let mut rng = Rng::new(self.content());
        match rng.below(20) {
            0 => 0,
            1..=15 => rng.below(4_000) as usize,
            16..=18 => rng.below(64_000) as usize,
            _ => rng.below(256_000) as usize,
        }
    }

    /// The bytes.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let length = self.length();
        let mut rng = Rng::new(hash::mix(self.content()));
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend_from_slice(&rng.next().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }

    /// The id, from which the file can be found again.
    pub(crate) fn id(self, seed: u64) -> String {
        let mut raw = Vec::with_capacity(24);
        raw.extend_from_slice(&self.message.key.to_be_bytes());
        raw.push(self.number);
        raw.extend_from_slice(&self.message.ts.to_be_bytes()[2..]);
        raw.extend_from_slice(&mac(seed, &raw).to_be_bytes());
        raw.push(0);
        URL_SAFE_NO_PAD.encode(raw)
    }

    /// The file with this id, if there is one.
    pub(crate) fn find(seed: u64, id: &str) -> Option<Self> {
        let raw = URL_SAFE_NO_PAD.decode(id).ok()?;
        let key = u64::from_be_bytes(raw.get(..8)?.try_into().ok()?);
        let mut ts = [0; 8];
        ts[2..].copy_from_slice(raw.get(9..15)?);
        let file = Self {
            message: Message {
                ts: i64::from_be_bytes(ts),
                key,
            },
            number: raw[8],
        };
        (file.id(seed) == id).then_some(file)
    }

    /// A URL that can be downloaded for a day from `now` (epoch ms); another
    /// one for each `nonce`.
    pub(crate) fn url(self, seed: u64, origin: &str, now: i64, nonce: u64, quirks: bool) -> String {
        let id = self.id(seed);
        let name = self.name(quirks);
        let claims = format!(
            r#"{{"fid":"{id}","exp":{},"n":{nonce}}}"#,
            now / 1000 + URL_LIFE
        );
        let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let claims = URL_SAFE_NO_PAD.encode(claims);
        let signature = signature(seed, &head, &claims);
        format!(
            "{origin}/download/{id}?filename={}&jwt={head}.{claims}.{signature}",
            utf8_percent_encode(&name, NON_ALPHANUMERIC)
        )
    }

    /// Whether a signed URL's `jwt` is for this file and still good at `now`.
    pub(crate) fn accepts(self, seed: u64, jwt: &str, now: i64) -> bool {
        let mut parts = jwt.split('.');
        let (Some(head), Some(claims), Some(signed), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        if signed != signature(seed, head, claims) {
            return false;
        }
        let decoded = URL_SAFE_NO_PAD.decode(claims).unwrap_or_default();
        let Ok(claims) = serde_json::from_slice::<serde_json::Value>(&decoded) else {
            return false;
        };
        claims["fid"] == self.id(seed).as_str()
            && claims["exp"]
                .as_i64()
                .is_some_and(|expires| now / 1000 < expires)
    }
}

fn signature(seed: u64, head: &str, claims: &str) -> String {
    hash::word(hash::text(seed ^ 0x51_67, &format!("{head}.{claims}")), 43)
}

fn mac(seed: u64, raw: &[u8]) -> u64 {
    let parts: Vec<u64> = raw.iter().map(|&byte| u64::from(byte)).collect();
    hash::join(seed ^ 0xF11E, &parts)
}

#[cfg(test)]
mod tests {
    use super::File;
    use crate::world::Message;

    const FILE: File = File {
        message: Message {
            ts: 1_795_000_000_000,
            key: 99,
        },
        number: 1,
    };

    #[test]
    fn an_id_leads_back_to_its_file() {
        assert_eq!(File::find(7, &FILE.id(7)), Some(FILE));
        assert_eq!(File::find(8, &FILE.id(7)), None);
        assert_eq!(File::find(7, "nothing"), None);
    }

    #[test]
    fn a_signed_url_works_for_a_day_and_for_its_file_alone() {
        let url = FILE.url(7, "http://x", 1_000_000, 3, true);
        let jwt = url.split("jwt=").nth(1).expect("a jwt");
        assert!(FILE.accepts(7, jwt, 1_000_000));
        assert!(!FILE.accepts(7, jwt, 1_000_000 + 86_400_000));
        assert!(!FILE.accepts(7, &jwt.replace('.', "x."), 1_000_000));
        let other = File { number: 0, ..FILE };
        assert!(!other.accepts(7, jwt, 1_000_000));
        assert_ne!(url, FILE.url(7, "http://x", 1_000_000, 4, true));
    }

    #[test]
    fn the_length_is_that_of_the_bytes() {
        for key in 0..50 {
            let file = File {
                message: Message { ts: 0, key },
                number: 0,
            };
            assert_eq!(file.bytes().len(), file.length());
        }
    }
}
