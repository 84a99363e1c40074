//! A host of files whose every answer is scripted, and which keeps what it was asked.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use socket2::SockRef;
use zoom_chat_reports::{ChatReports, ChatReportsBuilder, RetryPolicy, auth::AccessToken};

/// The SHA-256 of [`content`], computed elsewhere.
pub const SHA256: &str = "6b4e3f3d1dee15db72c519f5962bad253dfc7d4183d7e30e656259ce1eeab007";

/// The bytes of the one file there is.
pub fn content() -> Vec<u8> {
    let byte = |i: usize| ((i * 7 + i / 251) % 256) as u8;
    (0..100_000).map(byte).collect()
}

/// A request, as the script sees it.
pub struct Asked {
    /// Which request for bytes, from 0.
    pub number: usize,
    /// Path and query.
    pub target: String,
    /// The whole head.
    pub head: String,
}

impl Asked {
    /// The first byte that is asked for.
    pub fn from(&self) -> usize {
        let range = self.head.split_once("range: bytes=");
        range.map_or(0, |(_, rest)| {
            rest.split_once('-').unwrap().0.parse().unwrap()
        })
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// What is sent, in pieces with pauses; then the connection ends.
pub struct Reply {
    pub pieces: Vec<Vec<u8>>,
    pub pause: Duration,
    pub reset: bool,
}

impl Reply {
    /// A head and a body, whatever the one says of the other.
    pub fn new(status: &str, headers: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n");
        Self {
            pieces: vec![[head.as_bytes(), body].concat()],
            pause: Duration::ZERO,
            reset: false,
        }
    }

    /// All of a file, under its length.
    pub fn whole(body: &[u8]) -> Self {
        let length = format!("content-length: {}\r\n", body.len());
        Self::new("200 OK", &length, body)
    }

    /// The rest of a file.
    pub fn rest(body: &[u8], from: usize) -> Self {
        let (last, total) = (body.len() - 1, body.len());
        let headers = format!(
            "content-range: bytes {from}-{last}/{total}\r\ncontent-length: {}\r\n",
            total - from
        );
        Self::new("206 Partial Content", &headers, &body[from..])
    }

    /// A redirect.
    pub fn redirect(status: u16, location: &str) -> Self {
        let headers = format!("location: {location}\r\ncontent-length: 0\r\n");
        Self::new(&format!("{status} Redirect"), &headers, b"")
    }

    /// Without the last `bytes`; the connection breaks there.
    pub fn cut(mut self, bytes: usize) -> Self {
        let all = &mut self.pieces[0];
        all.truncate(all.len() - bytes);
        self
    }

    /// The connection ends by a reset.
    pub fn reset(mut self) -> Self {
        self.reset = true;
        self
    }
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The host.
pub struct FileHost {
    /// Scheme, host and port.
    pub origin: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FileHost {
    /// Serves `link`, `length` and `digest` of file infos as in `info`, where `ORIGIN` stands for this
    /// host, and for anything else what the script says.
    pub fn start(info: &str, script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let info = info.replace("ORIGIN", &origin);
        let (log, script): (_, Arc<Script>) = (asked.clone(), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (info, log, script) = (info.clone(), log.clone(), script.clone());
                thread::spawn(move || serve(stream.unwrap(), &info, &log, &*script));
            }
        });
        Self { origin, asked }
    }

    /// The host of [`content`], true to its size and digest.
    pub fn of_content(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let info = format!(
            r#"{{"download_url":"ORIGIN/download?jwt=SECRET","length":100000,"digest":"{SHA256}"}}"#
        );
        Self::start(&info, script)
    }

    /// A client of it that gives up after a few seconds.
    pub fn client(&self) -> ChatReportsBuilder {
        self.patient_client().idle_timeout(Duration::from_secs(10))
    }

    /// The same, whose HTTP client may be one's own.
    pub fn patient_client(&self) -> ChatReportsBuilder {
        ChatReports::builder()
            .access_token(AccessToken::new("BEARER"))
            .base_url(format!("{}/v2", self.origin))
            .retry(
                RetryPolicy::default()
                    .max_elapsed(Duration::from_secs(5))
                    .first_backoff(Duration::from_millis(10)),
            )
    }

    /// Looks at what was asked for, file infos apart.
    pub fn asked<T>(&self, read: impl Fn(&Asked) -> T) -> Vec<T> {
        self.asked.lock().unwrap().iter().map(read).collect()
    }
}

fn serve(mut stream: TcpStream, info: &str, log: &Mutex<Vec<Asked>>, script: &Script) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => head.extend_from_slice(&buffer[..read]),
        }
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap().to_owned();
    let reply = if target.starts_with("/v2/chat/files/") {
        let length = format!("content-length: {}\r\n", info.len());
        Reply::new("200 OK", &length, info.as_bytes())
    } else {
        let mut log = log.lock().unwrap();
        let number = log.len();
        log.push(Asked {
            number,
            target,
            head,
        });
        script(&log[number])
    };
    for piece in &reply.pieces {
        if stream.write_all(piece).is_err() {
            return;
        }
        thread::sleep(reply.pause);
    }
    if reply.reset {
        // A reset discards what has not been read yet: let it arrive.
        thread::sleep(Duration::from_millis(20));
        let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    }
}
