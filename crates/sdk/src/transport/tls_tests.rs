use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::Duration,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

use super::*;
use crate::ErrorKind;
use crate::{
    test_server::ok,
    transport::http::{self, HttpSettings},
};

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
        .distinguished_name
        .push(DnType::CommonName, "test authority");
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("ok")).expect("ok")
}

fn certificate(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).expect("ok")
}

/// Serves TLS with a certificate of the authority; returns the address.
fn serve(params: &CertificateParams, authority: &CertifiedIssuer<'static, KeyPair>) -> String {
    let key = KeyPair::generate().expect("ok");
    let certificate = params.signed_by(&key, authority).expect("ok");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("ok");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ok")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("ok");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("ok");
    let url = format!(
        "https://localhost:{}/",
        listener.local_addr().expect("ok").port()
    );
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).expect("ok");
            let mut stream = StreamOwned::new(connection, stream.expect("ok"));
            if stream.read(&mut [0; 4096]).is_ok() {
                let _ = stream.write_all(ok("hello").as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    url
}

async fn get(url: &str, roots: Vec<CertificateDer<'static>>) -> Result<u16> {
    let client = http::client(HttpSettings {
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Some(Duration::from_secs(5)),
        user_agent: "test".to_owned(),
        proxy: None,
        roots,
        local: true,
    })?;
    match client.get(url).send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) => Err(http::transport(error)),
    }
}

fn roots(authority: &CertifiedIssuer<'static, KeyPair>) -> Vec<CertificateDer<'static>> {
    read_pem(authority.pem().as_bytes()).expect("ok")
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_once_it_is_given() {
    let authority = authority();
    let url = serve(&certificate("localhost"), &authority);
    assert_eq!(get(&url, roots(&authority)).await.expect("ok"), 200);
    let error = get(&url, Vec::new()).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(!error.is_transient());
}

#[tokio::test]
async fn another_host_and_an_expired_certificate_are_refused_for_good() {
    let authority = authority();
    let other = certificate("other.example");
    let mut expired = certificate("localhost");
    expired.not_before = date_time_ymd(2020, 1, 1);
    expired.not_after = date_time_ymd(2021, 1, 1);
    for params in [other, expired] {
        let url = serve(&params, &authority);
        let error = get(&url, roots(&authority)).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(!error.is_transient());
        assert!(error.hint().expect("ok").contains("certificate"));
    }
}

#[test]
fn refuses_what_is_no_certificate() {
    for pem in [
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    ] {
        let error = read_pem(pem.as_bytes()).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{pem}");
    }
    let nonsense = CertificateDer::from(vec![1, 2, 3]);
    let error = config(vec![nonsense], false).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
