//! TLS without a process-wide default: rustls on *ring*; trusts the platform and added certificates.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

use crate::{Error, Result};

/// Reads the certificates of a PEM file.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] when the file has no certificate, or one cannot be read.
pub(crate) fn read_pem(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match roots {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        _ => Err(Error::invalid(
            "a root certificate cannot be read",
            "give a PEM text with at least one certificate",
        )),
    }
}

/// A configuration that trusts what the platform trusts, and `roots`.
///
/// If `needed` is false, a machine without any certificates is not an error, but nothing is trusted.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] when a root is not a certificate, or the platform has none.
pub(crate) fn config(roots: Vec<CertificateDer<'static>>, needed: bool) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(invalid)?;
    let own_roots = !roots.is_empty();
    let mut config = match Verifier::new_with_extra_roots(roots, provider) {
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth(),
        Err(_) if !needed && !own_roots => builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth(),
        Err(error) => return Err(invalid(error)),
    };
    // One connection per request in flight, so that a connection that hangs delays only one request.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn invalid(error: rustls::Error) -> Error {
    Error::invalid(
        "TLS cannot be set up",
        "check the root certificates given, and those of the system",
    )
    .with_source(error)
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
