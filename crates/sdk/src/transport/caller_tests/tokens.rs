//! Tests of calls after a 401.

use super::*;

#[tokio::test]
async fn tasks_that_see_a_rejected_token_at_once_make_one_token_request() {
    let server = TestServer::new(|request, _| {
        if request.starts_with("POST") {
            // Slow enough for all tasks to queue up.
            std::thread::sleep(Duration::from_millis(50));
            static TOKENS: AtomicUsize = AtomicUsize::new(1);
            let number = TOKENS.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            return ok(&format!(r#"{{"access_token":"token-{number}"}}"#));
        }
        if request.contains("Bearer token-1") {
            std::thread::sleep(Duration::from_millis(50));
            return response("401 Unauthorized", "", r#"{"code":124}"#);
        }
        ok(PAGE)
    });
    let (caller, _) = caller(&server);
    let request = list();
    let calls = (0..20).map(|_| caller.call(&request));
    future::try_join_all(calls).await.expect("ok");
    assert_eq!(server.asked.count("POST"), 2);
    assert_eq!(server.asked.count("GET"), 40);
    assert_eq!(caller.stats().token_refreshes, 2);
}

#[tokio::test]
async fn tokens_of_which_none_is_taken_are_an_error() {
    let rejections = [
        response("401 Unauthorized", "", ""),
        response("400 Bad Request", "", r#"{"code":124}"#),
        ok(r#"{"status":false,"errorCode":401}"#),
    ];
    for rejection in rejections {
        let (error, server) = fails(move |_| rejection.clone()).await;
        assert_eq!(error.kind(), ErrorKind::Credentials);
        assert_eq!(server.asked.count("GET"), 5);
        assert_eq!(server.asked.count("POST"), 5);
    }
}

#[tokio::test]
async fn a_token_that_another_program_has_ended_is_replaced_as_often_as_it_takes() {
    // Four tokens are refused, then one is accepted for a while, and so on.
    let server = server(|before| match before % 5 {
        4 => ok(PAGE),
        _ => response("401 Unauthorized", "", ""),
    });
    let (caller, _) = caller(&server);
    for _ in 0..5 {
        caller.call(&list()).await.expect("ok");
    }
    assert_eq!(caller.stats().tokens_rejected, 20);
}

#[tokio::test]
async fn a_request_that_is_refused_while_others_are_answered_is_refused_by_itself() {
    struct Refused(List);
    impl Request for Refused {
        type Body = Answer<ChatSessionsPage>;
        type Answer = ChatSessionsPage;
        const OPERATION: Operation = Operation::Messages;
        async fn send(
            &self,
            client: &api::Client,
        ) -> Result<api::ResponseValue<Self::Body>, api::Error<()>> {
            let day = NaiveDate::from_ymd_opt(1999, 11, 1).expect("ok");
            client.report_chat_sessions().from(day).to(day).send().await
        }
        fn accept(&self, body: Self::Body) -> Result<ChatSessionsPage, NotAnAnswer> {
            self.0.accept(body)
        }
    }
    let server = TestServer::new(|request, before| {
        if request.starts_with("POST /oauth/token ") {
            return ok(&format!(
                r#"{{"access_token":"t{before}","expires_in":3600}}"#
            ));
        }
        if request.contains("from=1999") {
            // The clock of this client jumps; requests of the others must come in between.
            std::thread::sleep(Duration::from_millis(50));
            return response("401 Unauthorized", "", "");
        }
        ok(PAGE)
    });
    let (caller, _) = caller(&server);
    let refused = Refused(list());
    let mut refused = Box::pin(caller.call(&refused));
    let error = loop {
        // Others are answered all the time.
        tokio::select! {
            biased;
            outcome = &mut refused => break outcome.map(|_| ()).expect_err("refused"),
            () = async {
                let _ = caller.call(&list()).await;
            } => {}
        }
    };
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.status(), Some(401));
    assert!(!error.is_transient());
    assert!(
        server.asked.count("POST") <= 5,
        "{}",
        server.asked.count("POST")
    );
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_before_its_end() {
    let server = server(|_| ok(PAGE));
    let (caller, clock) = caller(&server);
    caller.call(&list()).await.expect("ok");
    clock.advance(Duration::from_secs(3530));
    caller.call(&list()).await.expect("ok");
    assert_eq!(server.asked.count("POST"), 1);
    clock.advance(Duration::from_secs(20));
    caller.call(&list()).await.expect("ok");
    assert_eq!(server.asked.count("POST"), 2);
}
