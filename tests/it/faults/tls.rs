//! 38: connections that nobody must trust; 33 with the names and certificates of real hosts.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use zoom_chat_reports::{ChatReports, ChatReportsBuilder, Error, ErrorKind, auth::AccessToken};

/// For a client that has no use for TLS.
pub fn no_roots() -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth()
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, "an authority of the tests");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn certificate(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

/// A server of file infos.
struct Server {
    url: String,
    connections: Arc<AtomicUsize>,
    /// What was read of requests: nothing before a handshake has ended well.
    asked: Arc<AtomicUsize>,
}

fn config(certificate: CertificateDer<'static>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    Arc::new(config)
}

fn serve(certificate: CertificateDer<'static>, key: &KeyPair) -> Server {
    let config = config(certificate, key);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Server {
        url: format!("https://localhost:{port}/v2"),
        connections: Arc::default(),
        asked: Arc::default(),
    };
    let (connections, asked) = (server.connections.clone(), server.asked.clone());
    thread::spawn(move || {
        for stream in listener.incoming() {
            connections.fetch_add(1, Ordering::SeqCst);
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                asked.fetch_add(1, Ordering::SeqCst);
                let body = r#"{"download_url":"https://zoom.us/a"}"#;
                let length = body.len();
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                let _ = stream.write_all((head + body).as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    server
}

fn signed(params: &CertificateParams, authority: &Authority) -> Server {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    serve(certificate.der().clone(), &key)
}

async fn ask(server: &Server, trusted: &Authority) -> Result<(), Error> {
    let zoom = builder(&server.url).add_root_certificate(trusted.pem());
    zoom.build().unwrap().file_info("a").await.map(|_| ())
}

fn builder(url: &str) -> ChatReportsBuilder {
    ChatReports::builder()
        .access_token(AccessToken::new("t"))
        .base_url(url)
}

#[tokio::test]
async fn fault_38_certificates_that_prove_nothing_are_refused_at_once_and_for_good() {
    let trusted = authority();
    let good = signed(&certificate("localhost"), &trusted);
    ask(&good, &trusted).await.unwrap();
    assert_eq!(good.asked.load(Ordering::SeqCst), 1);

    let mut expired = certificate("localhost");
    expired.not_before = date_time_ymd(2020, 1, 1);
    expired.not_after = date_time_ymd(2021, 1, 1);
    let key = KeyPair::generate().unwrap();
    let own = certificate("localhost").self_signed(&key).unwrap();
    for (name, server) in [
        ("expired", signed(&expired, &trusted)),
        ("another host's", signed(&certificate("zoom.us"), &trusted)),
        (
            "an unknown authority's",
            signed(&certificate("localhost"), &authority()),
        ),
        ("self-signed", serve(own.der().clone(), &key)),
    ] {
        let error = ask(&server, &trusted).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{name}");
        assert!(!error.is_transient(), "{name}");
        assert!(error.hint().unwrap().contains("certificate"), "{name}");
        assert_eq!(server.connections.load(Ordering::SeqCst), 1, "{name}");
        assert_eq!(server.asked.load(Ordering::SeqCst), 0, "{name}");
    }
}

#[test]
fn fault_38_addresses_without_tls_are_for_this_machine_or_by_leave() {
    for url in [
        "http://api.zoom.us/v2",
        "http://192.0.2.1/v2",
        "http://localhost.example/v2",
    ] {
        let error = builder(url).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}");
        assert!(error.hint().unwrap().contains("https"), "{url}");
        let auth = url.replace("/v2", "/oauth/token");
        let error = builder("https://api.zoom.us/v2").auth_url(auth);
        assert_eq!(error.build().unwrap_err().kind(), ErrorKind::InvalidInput);
        assert!(builder(url).allow_insecure_http(true).build().is_ok());
    }
    for url in [
        "http://127.0.0.1:1/v2",
        "http://[::1]/v2",
        "http://localhost/v2",
    ] {
        assert!(builder(url).build().is_ok(), "{url}");
    }
}

/// A proxy that is itself whatever host it is asked to connect to; gives its address, and each request
/// with the place that it was for.
fn every_host(
    authority: &Authority,
    names: &[&str],
    answer: fn(&str) -> String,
) -> (String, Arc<Mutex<Vec<String>>>) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(names).unwrap();
    let certificate = certificate.signed_by(&key, authority).unwrap();
    let config = config(certificate.der().clone(), &key);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.unwrap();
            let connect = head(&mut stream);
            let place = connect.split(' ').nth(1).unwrap_or_default().to_owned();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            let request = format!("{place} {}", head(&mut stream));
            let reply = answer(&request);
            log.lock().unwrap().push(request);
            let _ = stream.write_all(reply.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (url, asked)
}

fn head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read > 0) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn fault_33_the_token_goes_to_zooms_hosts_and_to_no_other() {
    let trusted = authority();
    let names = ["api.zoom.us", "file.zoom.us", "storage.example"];
    let (proxy, asked) = every_host(&trusted, &names, |request| {
        let ok = |body: &str| {
            let length = body.len();
            format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            )
        };
        let to = |url| {
            format!(
                "HTTP/1.1 302 Found\r\nconnection: close\r\ncontent-length: 0\r\nlocation: {url}\r\n\r\n"
            )
        };
        match request.split(' ').next() {
            Some("api.zoom.us:443") => {
                ok(r#"{"download_url":"https://file.zoom.us/a?jwt=SECRET"}"#)
            }
            Some("file.zoom.us:443") => to("https://storage.example/b?signed=SECRET"),
            _ => ok("hello"),
        }
    });
    let builder = || {
        builder("https://api.zoom.us/v2")
            .proxy(proxy.clone())
            .add_root_certificate(trusted.pem())
    };
    let places = || -> Vec<(String, bool)> {
        let asked = std::mem::take(&mut *asked.lock().unwrap());
        let place = |text: &String| text.split(' ').next().unwrap().to_owned();
        let token = |text: &String| text.contains("authorization: Bearer t\r\n");
        asked
            .iter()
            .map(|text| (place(text), token(text)))
            .collect()
    };
    let place = |name: &str, token| (format!("{name}:443"), token);
    let sink = &mut tokio::io::sink();

    let zoom = builder().build().unwrap();
    let error = zoom.download("a").copy_to(sink).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsafeUrl);
    assert!(error.to_string().contains("storage.example"), "{error}");
    let zooms = [place("api.zoom.us", true), place("file.zoom.us", true)];
    assert_eq!(places(), zooms);

    let zoom = builder().download_hosts(["zoom.us", "storage.example"]);
    let zoom = zoom.build().unwrap();
    let file = zoom.download("a").copy_to(sink).await.unwrap();
    assert_eq!(file.bytes, 5);
    let [api, file] = zooms;
    assert_eq!(places(), [api, file, place("storage.example", false)]);
}
