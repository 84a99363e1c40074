//! Downloads that break off, and files that are not what was promised.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use zoom_chat_reports::{Error, ErrorKind, RetryPolicy, files::Downloaded};

use super::file_host::{Asked, FileHost, Reply, SHA256, content};

/// Downloads the file of a host; fails unless it is the one that was promised.
async fn comes(host: &FileHost) -> Downloaded {
    let mut bytes = Vec::new();
    let download = host.client().build().unwrap().download("a");
    let file = download.copy_to(&mut bytes).await.unwrap();
    assert!(bytes == content(), "{} bytes", bytes.len());
    assert_eq!((file.bytes, file.sha256.as_str()), (100_000, SHA256));
    assert!(file.verified);
    file
}

/// Downloads the file of a host; fails unless that fails.
async fn fails(host: &FileHost) -> Error {
    let download = host.client().build().unwrap().download("a");
    download.copy_to(&mut Vec::new()).await.unwrap_err()
}

#[tokio::test]
async fn fault_01_a_download_that_comes_too_fast_waits_or_names_the_instant() {
    let host = FileHost::of_content(|asked| match asked.number {
        0 => Reply::new("429 Slow", "retry-after: 1\r\ncontent-length: 0\r\n", b""),
        _ => Reply::whole(&content()),
    });
    let begun = Instant::now();
    comes(&host).await;
    assert!(begun.elapsed() >= Duration::from_secs(1));

    let host = FileHost::of_content(|_| {
        let headers = "retry-after: 3600\r\ncontent-length: 0\r\n";
        Reply::new("429 Slow", headers, b"")
    });
    let error = fails(&host).await;
    assert!(error.is_rate_limited());
    assert!(error.retry_after().is_some());
    assert_eq!(host.asked(|_| ()).len(), 1);
}

#[tokio::test]
async fn fault_07_no_byte_of_a_resumed_download_is_asked_for_or_given_twice() {
    let host = FileHost::of_content(|asked| match asked.number {
        0 => Reply::whole(&content()).cut(40_000),
        1 => Reply::rest(&content(), asked.from()).cut(10_000),
        _ => Reply::rest(&content(), asked.from()),
    });
    assert_eq!(comes(&host).await.resumed, 2);
    assert_eq!(host.asked(Asked::from), [0, 60_000, 90_000]);

    let host = FileHost::of_content(|asked| match asked.number {
        0 => Reply::whole(&content()).cut(40_000).reset(),
        _ => Reply::rest(&content(), asked.from()),
    });
    comes(&host).await;
}

#[tokio::test]
async fn fault_07_where_the_server_gives_no_parts_the_file_is_read_from_its_beginning() {
    type Answer = fn(&[u8], usize) -> Reply;
    let answers: [(&str, Answer); 5] = [
        ("all of it", |file, _| Reply::whole(file)),
        ("another part", |file, _| Reply::rest(file, 10)),
        ("a part of another file", |file, from| {
            Reply::rest(&[file, b"x"].concat(), from)
        }),
        ("no range", |file, from| {
            Reply::new("206 Partial Content", "", &file[from..])
        }),
        ("nothing fits", |_, _| {
            let headers = "content-range: bytes */7\r\ncontent-length: 0\r\n";
            Reply::new("416 Range Not Satisfiable", headers, b"")
        }),
    ];
    for (name, answer) in answers {
        let host = FileHost::of_content(move |asked| match asked.from() {
            0 if asked.number == 0 => Reply::whole(&content()).cut(40_000),
            0 => Reply::whole(&content()),
            from => answer(&content(), from),
        });
        assert_eq!(comes(&host).await.resumed, 1, "{name}");
    }
}

#[tokio::test]
async fn fault_07_a_file_that_changed_meanwhile_is_an_error_and_no_mixture() {
    let other: Vec<u8> = content().into_iter().rev().collect();
    let info = r#"{"download_url":"ORIGIN/download"}"#;
    let host = FileHost::start(info, move |asked| {
        let tag = format!("etag: \"{}\"\r\ncontent-length: 100000\r\n", asked.number);
        match asked.number {
            0 => Reply::new("200 OK", &tag, &content()).cut(40_000),
            // The tag does not fit: all of it.
            _ => Reply::new("200 OK", &tag, &other),
        }
    });
    assert_eq!(fails(&host).await.kind(), ErrorKind::FileMismatch);
    let tags = host.asked(|asked| asked.header("if-range").map(str::to_owned));
    assert_eq!(tags, [None, Some("\"0\"".to_owned())]);
}

#[tokio::test]
async fn fault_07_an_end_without_a_length_is_no_end() {
    let host = FileHost::of_content(|asked| match asked.from() {
        0 => Reply::new("200 OK", "", &content()[..60_000]),
        from => Reply::rest(&content(), from),
    });
    assert_eq!(comes(&host).await.resumed, 1);
    // Where nobody knows the length, a server that has nothing more says so.
    let info = r#"{"download_url":"ORIGIN/download"}"#;
    let chunk = |body: &[u8]| [b"186a0\r\n", body, b"\r\n"].concat();
    let host = FileHost::start(info, move |asked| match asked.from() {
        0 => Reply::new(
            "200 OK",
            "transfer-encoding: chunked\r\n",
            &chunk(&content()),
        ),
        _ => {
            let headers = "content-range: bytes */100000\r\ncontent-length: 0\r\n";
            Reply::new("416 Range Not Satisfiable", headers, b"")
        }
    });
    let mut bytes = Vec::new();
    let download = host.client().build().unwrap().download("a");
    let file = download.copy_to(&mut bytes).await.unwrap();
    assert!(bytes == content());
    assert!(!file.verified, "nobody promised a digest");
}

#[tokio::test]
async fn fault_07_a_download_that_never_goes_on_is_an_error_in_time() {
    let host = FileHost::of_content(|asked| match asked.from() {
        0 => Reply::whole(&content()).cut(40_000),
        from => Reply::rest(&content(), from).cut(40_000),
    });
    let error = fails(&host).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.is_transient());
    assert!(error.attempts() > 3);
}

#[tokio::test]
async fn fault_09_a_page_of_a_proxy_in_place_of_a_file_is_an_error() {
    let page = b"<html>Please log in</html>";
    let host = FileHost::of_content(|_| Reply::whole(page));
    let error = fails(&host).await;
    assert_eq!(error.kind(), ErrorKind::FileMismatch);
    assert_eq!(host.asked(|_| ()).len(), 4, "a few times, then no more");
    let host = FileHost::of_content(|asked| match asked.number {
        0 => Reply::whole(page),
        _ => Reply::whole(&content()),
    });
    assert_eq!(comes(&host).await.resumed, 0);
}

#[tokio::test]
async fn fault_09_bytes_that_are_not_those_of_the_digest_are_an_error() {
    let mut other = content();
    other[99_999] ^= 1;
    let host = FileHost::of_content(move |_| Reply::whole(&other));
    assert_eq!(fails(&host).await.kind(), ErrorKind::FileMismatch);

    let host = FileHost::of_content(|_| Reply::whole(&content()));
    let zoom = host.client().build().unwrap();
    let sink = &mut tokio::io::sink();
    for wrong in [
        zoom.download("a").expect_size(99_999),
        zoom.download("a").expect_sha256("0".repeat(64)),
    ] {
        let error = wrong.copy_to(sink).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileMismatch);
    }
    assert!(host.asked(|_| ()).is_empty(), "Zoom's word was enough");
    let link = format!("{}/download", host.origin);
    let right = zoom.download_link(&link).expect_sha256(SHA256);
    assert!(right.copy_to(sink).await.unwrap().verified);
    let wrong = zoom.download_link(&link).expect_sha256("0".repeat(64));
    let error = wrong.copy_to(sink).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileMismatch);
    let none = zoom.download("a").expect_sha256("hello");
    let error = none.copy_to(sink).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn fault_10_a_file_that_trickles_in_is_asked_for_again() {
    let trickle = || Reply {
        pieces: Reply::whole(&content()).pieces[0]
            .chunks(1000)
            .map(<[u8]>::to_vec)
            .collect(),
        pause: Duration::from_millis(25),
        reset: false,
    };
    let host = FileHost::of_content(move |asked| match asked.from() {
        0 => trickle(),
        from => Reply::rest(&content(), from),
    });
    let zoom = host.client();
    let zoom = zoom.throughput_floor(1_000_000, Duration::from_millis(200));
    let download = zoom.build().unwrap().download("a");
    let file = download.copy_to(&mut tokio::io::sink()).await.unwrap();
    assert!(file.resumed >= 1);
    assert_eq!(file.sha256, SHA256);
}

#[tokio::test]
async fn fault_10_a_slow_reader_is_no_slow_server() {
    let host = FileHost::of_content(|_| {
        let mut body = Vec::new();
        for chunk in content().chunks(1000) {
            body.extend_from_slice(&[b"3e8\r\n", chunk, b"\r\n"].concat());
        }
        body.extend_from_slice(b"0\r\n\r\n");
        Reply::new("200 OK", "transfer-encoding: chunked\r\n", &body)
    });
    let zoom = host.client();
    let zoom = zoom.throughput_floor(200_000, Duration::from_millis(500));
    let mut chunks = pin!(zoom.build().unwrap().download("a").chunks());
    let mut bytes = 0;
    while let Some(chunk) = chunks.try_next().await.unwrap() {
        bytes += chunk.len();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(bytes, 100_000);
    assert_eq!(host.asked(|_| ()).len(), 1);
}

#[tokio::test]
async fn fault_26_a_writer_that_fails_ends_a_download_with_its_own_error() {
    struct Full;
    impl tokio::io::AsyncWrite for Full {
        fn poll_write(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: &[u8],
        ) -> std::task::Poll<std::io::Result<usize>> {
            std::task::Poll::Ready(Err(std::io::ErrorKind::StorageFull.into()))
        }
        fn poll_flush(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            std::task::Poll::Ready(Ok(()))
        }
        fn poll_shutdown(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            std::task::Poll::Ready(Ok(()))
        }
    }
    let host = FileHost::of_content(|_| Reply::whole(&content()));
    let download = host.client().build().unwrap().download("a");
    let error = download.copy_to(&mut Full).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteFailed);
    let source = std::error::Error::source(&error).unwrap();
    let source = source.downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    assert_eq!(host.asked(|_| ()).len(), 1);
}

#[tokio::test]
async fn fault_30_a_download_never_brings_more_than_was_promised() {
    let host = FileHost::of_content(|_| {
        let more = [content(), vec![0; 1_000_000]].concat();
        Reply::new("200 OK", "", &more)
    });
    let zoom = host.client().retry(RetryPolicy::none()).build().unwrap();
    let mut bytes = Vec::new();
    let error = zoom.download("a").copy_to(&mut bytes).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileMismatch);
    assert!(bytes.len() <= 100_000);
}
