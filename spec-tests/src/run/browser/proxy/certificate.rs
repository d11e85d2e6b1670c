//! One certificate a run, signed by itself, which the browser is told to accept for every host.

use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::Failure;

/// The name in it, which no case has.
pub(super) const NAME: &str = "servers.test";

/// A key, and the certificate with it.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
}

impl Identity {
    /// Makes a new one.
    pub(super) fn new() -> Result<Self, Failure> {
        let failed = |what: &str, error: rcgen::Error| format!("no certificate: {what}: {error}");
        let key = KeyPair::generate().map_err(|error| failed("the key", error))?;
        let names = vec![NAME.to_owned()];
        let mut parameters = CertificateParams::new(names).map_err(|error| failed("the name", error))?;
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, NAME);
        parameters.distinguished_name = name;
        let certificate = parameters.self_signed(&key).map_err(|error| failed("the signature", error))?;
        Ok(Self { certificate: certificate.into(), key: key.serialize_der().into() })
    }

    /// The TLS of every https server.
    pub(super) fn server_config(self) -> Result<Arc<ServerConfig>, Failure> {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder.with_no_client_auth().with_single_cert(vec![self.certificate], self.key.into())
            });
        let mut config = config.map_err(|error| format!("the certificate cannot be used: {error}"))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}
