//! 23: a name that is not resolved at first.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::support::{self, builder};

use super::{ACCOUNT, assert_whole, harvest};

/// A resolver that knows nothing at first.
struct Resolver {
    fails: usize,
    asked: Arc<AtomicUsize>,
    address: SocketAddr,
}

impl Resolve for Resolver {
    fn resolve(&self, _: Name) -> Resolving {
        let found = (self.asked.fetch_add(1, Relaxed) >= self.fails).then_some(self.address);
        Box::pin(async move {
            let found = found.ok_or("no such host is known")?;
            Ok(Box::new([found].into_iter()) as Addrs)
        })
    }
}

#[tokio::test]
async fn fault_23_a_name_that_is_not_resolved_is_asked_for_again() {
    let sandbox = support::sandbox(ACCOUNT).await;
    let asked = Arc::<AtomicUsize>::default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .dns_resolver(Arc::new(Resolver {
            fails: 4,
            asked: asked.clone(),
            address: sandbox.address(),
        }))
        .build()
        .unwrap();
    let url = |path| format!("http://api.localhost:{}{path}", sandbox.address().port());
    let zoom = builder(&sandbox)
        .base_url(url("/v2"))
        .auth_url(url("/oauth/token"))
        .http_client(http)
        .build()
        .unwrap();
    let harvested = support::run(harvest(&zoom), || {}).await;
    assert_whole("DNS", &sandbox, &harvested);
    assert!(asked.load(Relaxed) > 4);
    assert!(zoom.stats().retries >= 4);
}
