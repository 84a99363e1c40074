//! A client small enough to see every byte: one connection for each request.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use zoom_chat_reports_sandbox::{Sandbox, Settings};

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            let start: String = self.text().chars().take(200).collect();
            panic!("{error}: {start}")
        })
    }

    pub fn code(&self) -> u64 {
        self.json()["code"].as_u64().unwrap()
    }
}

/// A sandbox and an access token for it.
pub struct Client {
    pub sandbox: Sandbox,
    pub token: String,
}

/// Starts a sandbox with these settings and fetches a token, which lives long
/// unless they say otherwise.
pub async fn start(settings: &str) -> Client {
    let settings: Settings = format!("token_ttl=100000000,{settings}").parse().unwrap();
    let sandbox = Sandbox::start(settings).await.unwrap();
    let mut client = Client {
        sandbox,
        token: String::new(),
    };
    client.token = client.fetch_token().await.json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    client
}

impl Client {
    /// Sends one request and reads the answer until the connection ends.
    pub async fn send(&self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        self.try_send(method, target, headers, body)
            .await
            .expect("a whole answer")
    }

    /// As `send`; `None` when the body is shorter than was promised.
    pub async fn try_send(
        &self,
        method: &str,
        target: &str,
        headers: &str,
        body: &str,
    ) -> Option<Answer> {
        let mut stream = TcpStream::connect(self.sandbox.address()).await.unwrap();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut raw = Vec::new();
        // A connection that breaks off is an answer too.
        let _ = stream.read_to_end(&mut raw).await;
        parse(&raw, method)
    }

    /// GET with the access token.
    pub async fn get(&self, target: &str) -> Answer {
        let bearer = format!("Authorization: Bearer {}\r\n", self.token);
        self.send("GET", target, &bearer, "").await
    }

    /// GET without a token.
    pub async fn get_plain(&self, target: &str) -> Answer {
        self.send("GET", target, "", "").await
    }

    /// POST of JSON to a control.
    pub async fn post(&self, target: &str, body: &str) -> Answer {
        let kind = "Content-Type: application/json\r\n";
        self.send("POST", target, kind, body).await
    }

    /// A token request as it should be.
    pub async fn fetch_token(&self) -> Answer {
        let form = format!(
            "grant_type=account_credentials&account_id={}",
            self.sandbox.account_id()
        );
        self.token_request(self.sandbox.client_secret(), &form)
            .await
    }

    /// A token request with any secret and form.
    pub async fn token_request(&self, secret: &str, form: &str) -> Answer {
        let basic = self.basic(secret);
        let headers = format!("{basic}Content-Type: application/x-www-form-urlencoded\r\n");
        self.send("POST", "/oauth/token", &headers, form).await
    }

    /// The header of a token request with any secret.
    pub fn basic(&self, secret: &str) -> String {
        use base64::Engine;
        let pair = format!("{}:{secret}", self.sandbox.client_id());
        let basic = base64::engine::general_purpose::STANDARD.encode(pair);
        format!("Authorization: Basic {basic}\r\n")
    }

    /// The target of a report of one session.
    pub fn report(&self, session: &str, query: &str) -> String {
        format!("/v2/report/chat/sessions/{}?{query}", encoded(session))
    }

    /// All pages of a report or listing, one after another.
    pub async fn pages(&self, target: &str) -> Vec<Value> {
        let mut pages = Vec::new();
        let mut token = String::new();
        loop {
            let next = format!("{target}&next_page_token={token}");
            let answer = self
                .get(if token.is_empty() { target } else { &next })
                .await;
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            let page = answer.json();
            token = page["next_page_token"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            pages.push(page);
            if token.is_empty() {
                return pages;
            }
        }
    }

    /// All items of one array over all pages.
    pub async fn items(&self, target: &str, array: &str) -> Vec<Value> {
        let mut items = Vec::new();
        for page in self.pages(target).await {
            items.extend(page[array].as_array().cloned().unwrap_or_default());
        }
        items
    }

    /// The first session, which has the most messages.
    pub fn first_session(&self) -> String {
        self.sandbox.session_ids().remove(0)
    }
}

/// Percent-encodes all but letters and digits.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn parse(raw: &[u8], method: &str) -> Option<Answer> {
    let split = raw.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&raw[..split]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut answer = Answer {
        status,
        headers,
        body: raw[split + 4..].to_vec(),
    };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = unchunked(&answer.body)?;
    } else if let Some(length) = answer.header("content-length") {
        let promised: usize = length.parse().unwrap();
        if method != "HEAD" && answer.body.len() != promised {
            return None;
        }
    }
    Some(answer)
}

fn unchunked(mut raw: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = raw.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&raw[..line]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(raw.get(line + 2..line + 2 + size)?);
        raw = raw.get(line + 2 + size + 2..)?;
    }
}
