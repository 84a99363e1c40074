use super::*;
use crate::ErrorKind;

fn builder() -> ChatReportsBuilder {
    ChatReportsBuilder::default().access_token(AccessToken::new("token"))
}

fn refused(builder: ChatReportsBuilder) -> ErrorKind {
    let error = builder.build().map(|_| ()).expect_err("refused");
    assert!(error.hint().is_some());
    error.kind()
}

#[test]
fn needs_credentials_and_nothing_else() {
    assert_eq!(
        refused(ChatReportsBuilder::default()),
        ErrorKind::Credentials
    );
    assert!(builder().build().is_ok());
}

#[test]
fn refuses_options_out_of_range() {
    for share in [0.0, -1.0, 1.01, f64::NAN] {
        assert_eq!(refused(builder().share(share)), ErrorKind::InvalidInput);
    }
    for days in [0, 32] {
        assert_eq!(
            refused(builder().window_days(days)),
            ErrorKind::InvalidInput
        );
    }
    assert_eq!(refused(builder().max_body(0)), ErrorKind::InvalidInput);
    let timeout = builder().idle_timeout(Duration::ZERO);
    assert_eq!(refused(timeout), ErrorKind::InvalidInput);
    let pem = builder().add_root_certificate("nonsense");
    assert_eq!(refused(pem), ErrorKind::InvalidInput);
}

#[test]
fn refuses_addresses_without_tls_unless_allowed() {
    let url = "http://192.0.2.1/v2";
    assert_eq!(refused(builder().base_url(url)), ErrorKind::InvalidInput);
    let builder = builder().base_url(url).allow_insecure_http(true);
    assert!(builder.build().is_ok());
}

#[test]
fn a_foreign_token_url_needs_a_base_url() {
    let builder = || {
        let credentials = ServerToServer::new("account", "client", "secret").expect("credentials");
        ChatReportsBuilder::default().credentials(credentials)
    };
    let foreign = || builder().auth_url("http://127.0.0.1:1/oauth/token");
    assert_eq!(refused(foreign()), ErrorKind::InvalidInput);
    assert!(foreign().base_url("http://127.0.0.1:1/v2").build().is_ok());
    let zoom = builder().auth_url("https://zoomgov.com/oauth/token");
    assert!(zoom.build().is_ok());
}
