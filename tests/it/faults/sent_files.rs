//! Files of a simulated account: downloads that break off, links and tokens that have expired.

use std::pin::pin;

use chrono::TimeDelta;
use futures::TryStreamExt;
use zoom_chat_reports::{ChatReports, ErrorKind};
use zoom_chat_reports_sandbox::Sandbox;

use super::{
    account,
    file_host::{FileHost, Reply},
    month, timed,
};

/// An account whose ids and names are no riddles.
const PLAIN: &str = "sessions=6,messages=2500,quirks=no";

/// A file of the account that is large enough to break off.
struct Sent {
    id: String,
    size: u64,
    link: String,
}

async fn some_file(sandbox: &Sandbox, zoom: &ChatReports) -> Sent {
    for session in sandbox.session_ids() {
        let mut entries = pin!(zoom.messages(&session, month()).entries());
        while let Some(entry) = entries.try_next().await.unwrap() {
            for file in entry.message().unwrap().files.iter().flatten() {
                let size = file.file_size.unwrap().get().unwrap();
                if size > 2000 {
                    return Sent {
                        id: file.file_id.clone().unwrap(),
                        size: size.try_into().unwrap(),
                        link: file.download_url.clone().unwrap(),
                    };
                }
            }
        }
    }
    panic!("no file");
}

#[tokio::test]
async fn fault_07_a_download_that_breaks_off_goes_on_where_it_was() {
    let sandbox = account(PLAIN, &[]).await;
    let (zoom, _) = timed(&sandbox);
    let sent = some_file(&sandbox, &zoom).await;
    for fault in ["cut_after=700", "cut_after=1", "cut_after=0", "status=503"] {
        sandbox.add_fault(format!("download:times=2:{fault}").parse().unwrap());
        let mut bytes = Vec::new();
        let download = zoom.download(&sent.id).expect_size(sent.size);
        let file = download.copy_to(&mut bytes).await.unwrap();
        assert_eq!(bytes.len() as u64, sent.size, "{fault}");
        assert!(file.verified, "{fault}");
    }
}

#[tokio::test]
async fn fault_12_an_expired_link_is_replaced_by_a_fresh_one() {
    let sandbox = account(PLAIN, &[]).await;
    let (zoom, _) = timed(&sandbox);
    let sent = some_file(&sandbox, &zoom).await;
    let sink = &mut tokio::io::sink();
    let download = zoom.download(&sent.id).link(&sent.link);
    download.clone().copy_to(sink).await.unwrap();
    assert_eq!(zoom.stats().requests.file_info, 0, "the link was good");

    sandbox.advance(TimeDelta::hours(25));
    let file = download.expect_size(sent.size).copy_to(sink).await.unwrap();
    assert_eq!((file.bytes, file.verified), (sent.size, true));
    assert_eq!(zoom.stats().requests.download, 3);

    let error = zoom.download_link(&sent.link).copy_to(sink).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(!error.is_transient());
    assert!(error.hint().unwrap().contains("by its id"), "{error:?}");
    assert!(!format!("{error:?}").contains("jwt"), "{error:?}");
}

#[tokio::test]
async fn fault_12_a_fresh_link_that_is_refused_is_an_error_and_no_loop() {
    for (status, kind) in [
        (401, ErrorKind::Refused),
        (403, ErrorKind::Refused),
        (404, ErrorKind::NotFound),
        (410, ErrorKind::NotFound),
    ] {
        let line = format!("{status} No");
        let host = FileHost::of_content(move |_| Reply::new(&line, "content-length: 0\r\n", b""));
        let zoom = host.client().build().unwrap();
        let link = format!("{}/download?jwt=OLD", host.origin);
        let download = zoom.download("a").link(&link);
        let error = download.copy_to(&mut tokio::io::sink()).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert_eq!(zoom.stats().requests.file_info, 1, "{status}");
        assert_eq!(zoom.stats().requests.download, 2, "{status}");
    }
}

#[tokio::test]
async fn fault_12_a_download_that_needs_the_bearer_gets_a_new_one_once() {
    let settings = format!("{PLAIN},download_needs_bearer=yes");
    let sandbox = account(&settings, &["download:nth=2:expire_token"]).await;
    let (zoom, _) = timed(&sandbox);
    let sent = some_file(&sandbox, &zoom).await;
    let sink = &mut tokio::io::sink();
    for refreshes in [1, 2] {
        let file = zoom.download(&sent.id).copy_to(sink).await.unwrap();
        assert_eq!(file.bytes, sent.size);
        assert_eq!(zoom.stats().token_refreshes, refreshes);
    }
    sandbox.add_fault("download:times=0:expire_token".parse().unwrap());
    let error = zoom.download(&sent.id).copy_to(sink).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials);
    // Five new ones that are refused are enough.
    let refreshes = zoom.stats().token_refreshes;
    assert!((6..=7).contains(&refreshes), "{refreshes}");
}
