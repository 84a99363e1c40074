//! 36: what nobody may read: secrets, chat text, names and addresses, in no log, error or panic.

use std::{
    error::Error as StdError,
    io,
    sync::{Arc, Mutex},
    thread,
};

use futures::StreamExt;
use tracing_subscriber::{filter::LevelFilter, util::SubscriberInitExt};
use zoom_chat_reports::{ChatReports, HarvestEvent, ServerToServer, clock::SkippingClock};

use crate::{
    raw_server::{Act, End, RawServer, Seen},
    support,
};

use super::{
    ACCOUNT,
    canaries::{Canaries, SAID},
    harvest, month, program,
};

/// What goes wrong, one after another; some with words that quote a chat.
fn script(fault: usize) -> impl Fn(&Seen) -> Act + Send + Sync + 'static {
    move |seen| {
        let answer = |status: &str, headers: &str, body: &str| {
            let length = body.len();
            let text =
                format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}");
            Act::Bytes(text.into_bytes(), End::Stay)
        };
        let error =
            format!(r#"{{"code":9999,"message":"{SAID}","errors":[{{"field":"{SAID}"}}]}}"#);
        if !seen.is_messages() || seen.number % 4 != 3 {
            return Act::Pass;
        }
        match fault {
            0 => Act::Pass,
            1 => Act::Cut(400, End::Reset),
            2 => answer("400 Bad Request", "", &error),
            3 => answer(
                "500 Oops",
                &format!("x-zm-trackingid: {SAID} \u{e9}\r\n"),
                &error,
            ),
            4 => answer("200 OK", "", &format!("<html>{SAID}</html>")),
            5 => answer("200 OK", "", &format!(r#"{{"messages":"{SAID}"}}"#)),
            6 => answer("200 OK", "", &format!(r#"{{"messages":[{{"id":"{SAID}"#)),
            7 => answer(
                "302 Found",
                &format!("location: https://{SAID}.example/\r\n"),
                "",
            ),
            8 => answer("401 Unauthorized", "", &error),
            9 => answer("429 No", &format!("retry-after: {SAID}\r\n"), &error),
            10 => answer("404 Not Found", "", &error),
            11 => answer(
                "400 Bad",
                "",
                &format!(r#"{{"code":4711,"message":"scopes:[{SAID}]"}}"#),
            ),
            _ => answer(
                "200 OK",
                "",
                &format!(r#"{{"from":"{SAID}","messages":[{{"id":7,"message":["{SAID}"]}}]}}"#),
            ),
        }
    }
}

const FAULTS: usize = 13;

/// Collects what is logged.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shown(error: &zoom_chat_reports::Error) -> String {
    let mut text = format!(
        "{error} {error:?} {:?} {:?}\n",
        error.hint(),
        error.scopes()
    );
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(&format!("{source} {source:?}\n"));
        next = source.source();
    }
    text
}

/// Runs a harvest in a thread of its own, with traces of everything; gives all that can be shown of it.
fn harvested(zoom: &ChatReports, id: &str) -> String {
    let sink = Sink::default();
    let log = sink.clone();
    // While there is only one subscriber, tracing asks that of the thread that meets a span first, and
    // other tests' threads have none: with a second one it asks them all.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let guard = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || log.clone())
        .with_ansi(false)
        .finish()
        .set_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut text = runtime.block_on(async {
        let mut text = format!("{zoom:?} {:?}\n", zoom.stats());
        let mut events = Box::pin(harvest(zoom).events());
        while let Some(event) = events.next().await {
            match event {
                Ok(HarvestEvent::Entries { entries, .. }) => {
                    text.push_str(&format!("{entries:?}\n"));
                    for entry in &entries {
                        match entry.message() {
                            Ok(message) => text.push_str(&format!("{message:?}\n")),
                            Err(error) => text.push_str(&format!("{error} {error:?}\n")),
                        }
                    }
                }
                Ok(HarvestEvent::WindowFailed(failed)) => {
                    text.push_str(&format!("{failed:?} {}", shown(&failed.error)));
                }
                Ok(event) => text.push_str(&format!("{event:?}\n")),
                Err(error) => text.push_str(&shown(&error)),
            }
        }
        let mut pages = Box::pin(zoom.messages(id, month()).everything().pages());
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => text.push_str(&format!("{page:?}\n")),
                Err(error) => text.push_str(&shown(&error)),
            }
        }
        text
    });
    drop(guard);
    let log = String::from_utf8_lossy(&sink.0.lock().unwrap()).into_owned();
    assert!(log.contains("zoom_call"), "nothing was logged: {log}");
    text.push_str(&log);
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_36_no_secret_and_no_chat_in_debug_display_traces_and_error_chains() {
    for fault in 0..FAULTS {
        let sandbox = support::sandbox(ACCOUNT).await;
        let server = RawServer::start(Some(sandbox.address()), script(fault));
        let credentials = ServerToServer::new(
            sandbox.account_id(),
            sandbox.client_id(),
            sandbox.client_secret(),
        )
        .unwrap();
        let shown = format!("{credentials:?}");
        let builder = ChatReports::builder()
            .credentials(credentials)
            .base_url(server.url("/v2"))
            .auth_url(server.url("/oauth/token"))
            .clock(Arc::new(SkippingClock::new(sandbox.now())));
        let shown = format!("{shown} {builder:?}");
        let zoom = builder.build().unwrap();
        let id = sandbox.session_ids()[0].clone();
        let run = thread::spawn(move || harvested(&zoom, &id));
        while !run.is_finished() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let said = run.join().unwrap();
        let canaries = Canaries::of(&sandbox, &server);
        canaries.assert_absent(&format!("fault {fault}"), &format!("{shown} {said}"));
    }
}

#[tokio::test]
async fn fault_36_no_secret_and_no_chat_on_stderr_of_the_program_at_trace_level() {
    for fault in 0..FAULTS {
        // The program waits in real time: what is asked for again lasts for a moment only.
        let lasts = [1, 3, 4, 5, 6, 9].contains(&fault);
        let sandbox = support::sandbox(ACCOUNT).await;
        let play = script(fault);
        let server = RawServer::start(Some(sandbox.address()), move |seen| {
            if lasts && seen.number > 30 {
                Act::Pass
            } else {
                play(seen)
            }
        });
        let mut command = program::program(&sandbox, &program::MONTH[..7]);
        command
            .env("ZOOM_API_URL", server.url("/v2"))
            .env("ZOOM_AUTH_URL", server.url("/oauth/token"))
            .args(["--log", "trace"]);
        let output = program::output(command).await;
        let said = program::text(&output.stderr);
        assert!(said.contains("zoom_call"), "nothing was logged: {said}");
        let canaries = Canaries::of(&sandbox, &server);
        canaries.assert_absent(&format!("fault {fault}"), said);
        // Of what was printed, nothing is a token.
        assert!(!program::text(&output.stdout).contains(sandbox.client_secret()));
    }
}

#[tokio::test]
async fn fault_36_no_secret_in_what_the_other_commands_print() {
    let sandbox = support::sandbox(ACCOUNT).await;
    let server = RawServer::start(Some(sandbox.address()), |_| Act::Pass);
    // The account's answers, to know what to look for.
    let (zoom, _) = super::through(&sandbox, &server);
    support::run(harvest(&zoom), || {}).await;
    for arguments in [
        &["doctor"][..],
        &["doctor", "--json"],
        &["plan", "--plan=2000"],
        &["plan", "--plan=2000", "--json"],
        &["--help"],
        &["messages", "--help"],
        &["messages", "--all", "--from=never"],
    ] {
        let mut command = program::program(&sandbox, arguments);
        command
            .env("ZOOM_API_URL", server.url("/v2"))
            .env("ZOOM_AUTH_URL", server.url("/oauth/token"))
            .env("ZOOM_CHAT_LOG", "trace");
        let output = program::output(command).await;
        let canaries = Canaries::of(&sandbox, &server);
        let context = arguments.join(" ");
        canaries.assert_absent(&context, program::text(&output.stderr));
        canaries.assert_absent(&context, program::text(&output.stdout));
    }
}
