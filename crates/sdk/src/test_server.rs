//! A local server for tests; each answer is scripted, byte for byte.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// The requests that came, each with head and body.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    pub(crate) fn count(&self, part: &str) -> usize {
        let asked = self.0.lock().expect("ok");
        asked.iter().filter(|text| text.contains(part)).count()
    }
}

pub(crate) struct TestServer {
    pub(crate) url: String,
    pub(crate) asked: Asked,
}

impl TestServer {
    /// Serves what `answer` returns for a request and the number of requests before it; each request has its own
    /// connection.
    pub(crate) fn new(answer: impl Fn(&str, usize) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("ok");
        let url = format!("http://{}", listener.local_addr().expect("ok"));
        let asked = Asked::default();
        let seen = asked.clone();
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, answer) = (seen.clone(), answer.clone());
                thread::spawn(move || serve(stream.expect("ok"), &seen, &*answer));
            }
        });
        Self { url, asked }
    }
}

fn serve(mut stream: TcpStream, asked: &Asked, answer: &dyn Fn(&str, usize) -> String) {
    let request = read(&mut stream);
    if request.is_empty() {
        return;
    }
    let before = {
        let mut asked = asked.0.lock().expect("ok");
        asked.push(request.clone());
        asked.len() - 1
    };
    let _ = stream.write_all(answer(&request, before).as_bytes());
}

fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .split_once("content-length: ")
                .and_then(|(_, rest)| rest.lines().next()?.parse().ok())
                .unwrap_or(0);
            if body.len() >= length {
                return text.into_owned();
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return String::new(),
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

/// A response with the true length of its body.
pub(crate) fn response(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

pub(crate) fn ok(body: &str) -> String {
    response("200 OK", "", body)
}
