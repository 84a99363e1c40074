//! A server whose every answer is scripted down to the socket: resets, half bodies, drips, silence.
//!
//! It can stand before a simulated account and pass requests on, so that the data stay real.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// A request, as the script sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Which request of all, from 0.
    pub number: usize,
    /// Which request of its connection, from 0.
    pub on_connection: usize,
    /// Path and query.
    pub target: String,
}

impl Seen {
    /// Whether it asks for the messages of a session.
    pub fn is_messages(&self) -> bool {
        self.target.contains("/report/chat/sessions/")
    }
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Act {
    /// It is passed on and answered.
    Pass,
    /// It is passed on and answered; then the connection ends without having said so.
    PassThenClose,
    /// It is passed on, and only so many bytes of the body come, under its full length.
    Cut(usize, End),
    /// The same in chunks: the connection ends within one.
    CutChunk(usize),
    /// It is passed on, and the body comes in pieces of one byte with pauses.
    Drip(Duration),
    /// These bytes, then this.
    Bytes(Vec<u8>, End),
    /// Nothing, for ever.
    Silence,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// It stays.
    Stay,
    /// In order.
    Close,
    /// By a reset.
    Reset,
}

type Script = dyn Fn(&Seen) -> Act + Send + Sync;

struct Shared {
    upstream: Option<SocketAddr>,
    script: Box<Script>,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    connections: usize,
    requests: Vec<String>,
    bodies: Vec<String>,
}

/// The server; dropping it breaks all its connections.
pub struct RawServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl RawServer {
    /// Starts on a free port; what is passed on goes to `upstream`.
    pub fn start(
        upstream: Option<SocketAddr>,
        script: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Self::on(listener, upstream, script)
    }

    /// The same at a port that was opened before.
    pub fn on(
        listener: std::net::TcpListener,
        upstream: Option<SocketAddr>,
        script: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    ) -> Self {
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let shared = Arc::new(Shared {
            upstream,
            script: Box::new(script),
            log: Mutex::default(),
        });
        let task = tokio::spawn(accept(listener, shared.clone()));
        Self {
            address,
            shared,
            task,
        }
    }

    /// Where it listens.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.shared.log.lock().unwrap().connections
    }

    /// The bodies of all answers that were passed on.
    pub fn bodies(&self) -> Vec<String> {
        self.shared.log.lock().unwrap().bodies.clone()
    }

    /// Path and query of all requests, in their order.
    pub fn requests(&self) -> Vec<String> {
        self.shared.log.lock().unwrap().requests.clone()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Its tasks end with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        shared.log.lock().unwrap().connections += 1;
        connections.spawn(serve(stream, shared.clone()));
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut unread = Vec::new();
    for on_connection in 0.. {
        let Some(request) = read_request(&mut stream, &mut unread).await else {
            return;
        };
        let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let number = {
            let mut log = shared.log.lock().unwrap();
            log.requests.push(target.clone());
            log.requests.len() - 1
        };
        let act = (shared.script)(&Seen {
            number,
            on_connection,
            target,
        });
        match play(&act, &mut stream, &request, &shared).await {
            End::Stay => {}
            End::Close => return,
            End::Reset => {
                let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                return;
            }
        }
    }
}

async fn play(act: &Act, stream: &mut TcpStream, request: &str, shared: &Shared) -> End {
    let (bytes, end) = match act {
        Act::Silence => std::future::pending().await,
        Act::Bytes(bytes, end) => (bytes.clone(), *end),
        Act::Pass => (pass(request, shared).await.whole(), End::Stay),
        Act::PassThenClose => (pass(request, shared).await.whole(), End::Close),
        Act::Cut(after, end) => {
            let answer = pass(request, shared).await;
            let left = answer.body.len().saturating_sub(*after);
            let mut bytes = answer.whole();
            bytes.truncate(bytes.len() - left);
            (bytes, *end)
        }
        Act::CutChunk(after) => {
            let answer = pass(request, shared).await;
            let length = answer.body.len();
            let mut bytes = format!(
                "{}transfer-encoding: chunked\r\n\r\n{length:x}\r\n",
                answer.head
            )
            .into_bytes();
            bytes.extend_from_slice(&answer.body[..length.min(*after)]);
            (bytes, End::Close)
        }
        Act::Drip(pause) => {
            let answer = pass(request, shared).await;
            let length = answer.body.len();
            let head = answer.whole();
            let (head, body) = head.split_at(head.len() - length);
            let mut sent = stream.write_all(head).await;
            for byte in body {
                if sent.is_err() {
                    return End::Close;
                }
                tokio::time::sleep(*pause).await;
                sent = stream.write_all(&[*byte]).await;
            }
            return End::Stay;
        }
    };
    let sent = stream.write_all(&bytes).await;
    if matches!(end, End::Reset) && !bytes.is_empty() {
        // A reset discards what has not been read yet: let it arrive.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    if sent.is_err() { End::Close } else { end }
}

/// An answer taken apart; the head without what frames the body.
struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn whole(&self) -> Vec<u8> {
        let length = self.body.len();
        let mut bytes = format!("{}content-length: {length}\r\n\r\n", self.head).into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

async fn pass(request: &str, shared: &Shared) -> Answer {
    let upstream = shared
        .upstream
        .expect("a script that passes on has an account behind it");
    let mut stream = TcpStream::connect(upstream).await.unwrap();
    let (line, rest) = request.split_once("\r\n").unwrap();
    let request = format!("{line}\r\nconnection: close\r\n{rest}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let at = head_length(&bytes).expect("a whole head");
    let framing = ["content-length:", "connection:", "transfer-encoding:"];
    let head = str::from_utf8(&bytes[..at]).unwrap();
    let head: String = head
        .split("\r\n")
        .filter(|line| !line.is_empty())
        .filter(|line| !framing.iter().any(|name| line.starts_with(name)))
        .map(|line| format!("{line}\r\n"))
        .collect();
    let body = bytes.split_off(at);
    let text = String::from_utf8_lossy(&body).into_owned();
    shared.log.lock().unwrap().bodies.push(text);
    Answer { head, body }
}

/// The next request of a connection, head and body.
async fn read_request(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(at) = head_length(unread) {
            let head = str::from_utf8(&unread[..at]).ok()?.to_ascii_lowercase();
            let length: usize = head
                .split_once("content-length: ")
                .and_then(|(_, rest)| rest.lines().next()?.parse().ok())
                .unwrap_or(0);
            if unread.len() >= at + length {
                let rest = unread.split_off(at + length);
                let request = std::mem::replace(unread, rest);
                return String::from_utf8(request).ok();
            }
        }
        if stream.read_buf(unread).await.ok()? == 0 {
            return None;
        }
    }
}

fn head_length(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(end + 4)
}
