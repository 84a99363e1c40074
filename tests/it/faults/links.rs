//! 32 and 33: links and redirects that lead where nothing must be sent.

use zoom_chat_reports::{DateRange, Error, ErrorKind, files::Download};

use super::file_host::{FileHost, Reply, SHA256, content};

/// A host that nobody must ask.
fn trap() -> FileHost {
    FileHost::of_content(|_| Reply::whole(&content()))
}

async fn refused(download: Download) -> Error {
    let sink = &mut tokio::io::sink();
    download.copy_to(sink).await.unwrap_err()
}

/// Fails unless the error is the one of an unsafe link, and keeps the link's secrets.
fn assert_unsafe(link: &str, error: &Error) {
    assert_eq!(error.kind(), ErrorKind::UnsafeUrl, "{link}: {error:?}");
    assert!(!error.is_transient(), "{link}");
    assert!(error.hint().is_some(), "{link}");
    let text = format!("{error} {error:?}");
    for secret in ["jwt", "SECRET", "USER", "PASS"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn fault_32_a_link_that_leads_elsewhere_is_refused_before_anything_is_sent() {
    let trap = trap();
    let port = trap.origin.rsplit(':').next().unwrap().to_owned();
    for link in [
        "ORIGIN/download?jwt=SECRET".replace("ORIGIN", &trap.origin),
        format!("http://localhost:{port}/download?jwt=SECRET"),
        format!("http://[::1]:{port}/download?jwt=SECRET"),
        format!("https://127.0.0.1:{port}/download?jwt=SECRET"),
        format!("http://USER:PASS@127.0.0.1:{port}/?jwt=SECRET"),
        "http://zoom.us/download?jwt=SECRET".to_owned(),
        "https://127.0.0.1/download?jwt=SECRET".to_owned(),
        "https://localhost/download?jwt=SECRET".to_owned(),
        "https://10.0.0.7/download?jwt=SECRET".to_owned(),
        "https://169.254.169.254/latest/meta-data?jwt=SECRET".to_owned(),
        "http://169.254.169.254/latest/meta-data?jwt=SECRET".to_owned(),
        "https://[fe80::1]/download?jwt=SECRET".to_owned(),
        "https://USER:PASS@zoom.us/download?jwt=SECRET".to_owned(),
        "https://zoom.us@attacker.example/download?jwt=SECRET".to_owned(),
        "https://zoom.us.attacker.example/download?jwt=SECRET".to_owned(),
        "https://notzoom.us/download?jwt=SECRET".to_owned(),
        "https://zoom.us:8443/download?jwt=SECRET".to_owned(),
        "file:///etc/passwd?jwt=SECRET".to_owned(),
        "no link?jwt=SECRET".to_owned(),
    ] {
        // As it stands in a message, and as it stands in a file info.
        let info = format!(r#"{{"download_url":"{link}"}}"#);
        let host = FileHost::start(&info, |_| Reply::whole(&content()));
        let zoom = host.client().build().unwrap();
        for download in [zoom.download_link(&link), zoom.download("a")] {
            assert_unsafe(&link, &refused(download).await);
        }
        assert_eq!(zoom.stats().requests.download, 0, "{link}");
        assert!(host.asked(|_| ()).is_empty(), "{link}");
    }
    assert!(trap.asked(|_| ()).is_empty());
}

#[tokio::test]
async fn fault_32_the_hosts_that_are_allowed_are_a_setting() {
    let host = trap();
    let link = "https://files.example/download?jwt=SECRET";
    let zoom = host.client().build().unwrap();
    let error = refused(zoom.download_link(link)).await;
    assert_unsafe(link, &error);
    assert!(error.hint().unwrap().contains("allowed"), "{error:?}");
    for name in ["10.0.0.1", "*.example", "files.example:443", ""] {
        let error = host.client().download_hosts([name]).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
    }
    // One's own hosts stand in place of Zoom's.
    let zoom = host.client().download_hosts(["files.example"]);
    let zoom = zoom.build().unwrap();
    let link = "https://zoom.us/download?jwt=SECRET";
    assert_unsafe(link, &refused(zoom.download_link(link)).await);
}

#[tokio::test]
async fn fault_33_a_redirect_to_another_host_or_without_tls_is_refused() {
    let trap = trap();
    for status in [301, 302, 303, 307, 308] {
        for location in [
            format!("{}/download?jwt=SECRET", trap.origin),
            format!("//{}/", trap.origin.strip_prefix("http://").unwrap()),
            "http://zoom.us/download?jwt=SECRET".to_owned(),
            "https://attacker.example/download?jwt=SECRET".to_owned(),
            "https://169.254.169.254/latest/meta-data".to_owned(),
        ] {
            let to = location.clone();
            let host = FileHost::of_content(move |_| Reply::redirect(status, &to));
            let zoom = host.client().build().unwrap();
            let error = refused(zoom.download("a")).await;
            assert_unsafe(&location, &error);
            assert_eq!(host.asked(|_| ()).len(), 1, "{location}");
        }
    }
    assert!(
        trap.asked(|_| ()).is_empty(),
        "the token would have gone along"
    );
}

#[tokio::test]
async fn fault_33_five_redirects_are_followed_with_the_token_and_without_a_referer() {
    for (redirects, works) in [(1, true), (5, true), (6, false)] {
        let host = FileHost::of_content(move |asked| {
            if asked.number < redirects {
                // Another name of the same place: the token goes there too.
                let host = asked.header("host").unwrap();
                let host = host.replace("127.0.0.1", "localhost");
                let number = asked.number + 1;
                Reply::redirect(302, &format!("http://{host}/download/{number}?jwt=SECRET"))
            } else {
                Reply::whole(&content())
            }
        });
        let zoom = host.client().build().unwrap();
        let file = zoom.download("a").copy_to(&mut tokio::io::sink()).await;
        assert_eq!(file.is_ok(), works, "{redirects}: {file:?}");
        match file {
            Ok(file) => assert_eq!(file.sha256, SHA256),
            Err(error) => assert_unsafe("six redirects", &error),
        }
        let asked = host.asked(|asked| {
            assert_eq!(asked.header("authorization"), Some("Bearer BEARER"));
            assert_eq!(asked.header("referer"), None);
            asked.target.clone()
        });
        assert_eq!(asked.len(), redirects.min(5) + 1);
    }
}

#[tokio::test]
async fn fault_33_a_circle_of_redirects_is_an_error_and_no_endless_loop() {
    let host = FileHost::of_content(|asked| {
        let to = if asked.target == "/a" { "/b" } else { "/a" };
        Reply::redirect(307, to)
    });
    let zoom = host.client().build().unwrap();
    let error = refused(zoom.download("a")).await;
    assert_unsafe("a circle", &error);
    let asked = host.asked(|asked| asked.target.clone());
    assert_eq!(asked, ["/download?jwt=SECRET", "/a", "/b"]);
}

#[tokio::test]
async fn fault_33_a_redirect_that_leads_nowhere_is_an_error() {
    for headers in ["", "location: http://\r\n"] {
        let host = FileHost::of_content(move |_| {
            Reply::new("302 Found", &format!("{headers}content-length: 0\r\n"), b"")
        });
        let zoom = host.client().build().unwrap();
        let error = refused(zoom.download("a")).await;
        assert_unsafe(headers, &error);
    }
}

#[tokio::test]
async fn fault_33_redirects_of_the_api_itself_are_not_followed() {
    let trap = trap();
    let to = format!("{}/v2/report/chat/sessions/a", trap.origin);
    let host = FileHost::of_content(move |_| Reply::redirect(307, &to));
    let zoom = host.client().build().unwrap();
    let range = DateRange::month(2026, 10).unwrap();
    let mut entries = std::pin::pin!(zoom.messages("a", range).entries());
    let error = futures::TryStreamExt::try_next(&mut entries).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.status(), Some(307));
    assert!(
        trap.asked(|_| ()).is_empty(),
        "the token would have gone along"
    );
}

#[tokio::test]
async fn fault_33_a_client_of_ones_own_that_follows_redirects_is_noticed() {
    let host = FileHost::of_content(|asked| match asked.number {
        0 => Reply::redirect(302, "/elsewhere"),
        _ => Reply::whole(&content()),
    });
    let follows = reqwest::Client::builder()
        .tls_backend_preconfigured(super::tls::no_roots())
        .build()
        .unwrap();
    let zoom = host.patient_client().http_client(follows);
    let zoom = zoom.build().unwrap();
    let error = refused(zoom.download("a")).await;
    assert_unsafe("a client", &error);
}
