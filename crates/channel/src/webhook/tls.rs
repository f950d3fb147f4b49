//! Webhooks over TLS, against a receiver with a certificate of our own making.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use domain::Time;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::DefaultResolver;

use super::{Message, Options, Outcome, Secret, Sender};

/// An authority of this test alone.
fn authority() -> (Issuer<'static, KeyPair>, Certificate<'static>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    let root = Certificate::from_der(certificate.der()).to_owned();
    (Issuer::new(params, key), root)
}

/// A receiver on this machine whose certificate speaks for `name`; gives its address.
fn receiver(issuer: &Issuer<'static, KeyPair>, name: &str) -> String {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Ok(connection) = ServerConnection::new(config.clone()) else { return };
            let mut stream = StreamOwned::new(connection, stream);
            let (mut head, mut byte) = (Vec::new(), [0; 1]);
            while !head.ends_with(b"}") && stream.read_exact(&mut byte).is_ok() {
                head.push(byte[0]);
            }
            let signed = String::from_utf8_lossy(&head).contains("webhook-signature: v1,");
            let status = if signed { "204 No Content" } else { "400 Bad Request" };
            let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.flush();
        }
    });
    format!("https://127.0.0.1:{port}/hook")
}

#[test]
fn only_a_certificate_one_trusts_for_that_very_name_gets_a_message() {
    let (issuer, root) = authority();
    let (own, stranger) = (receiver(&issuer, "127.0.0.1"), receiver(&issuer, "other.example"));
    let options = Options { allow_private: true, timeout: Duration::from_secs(20) };
    let trust = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build();
    let trusting = Sender::with_parts(options, DefaultResolver::default(), trust);
    let wary = Sender::new(options);
    let secret = Secret::from_bytes(vec![7; 32]).unwrap();
    let message = Message { id: "sg-1-0", sent_at: Time(1_772_000_000_000_000), body: "{}" };
    let send = |sender: &Sender, url: &str| sender.send(url, std::slice::from_ref(&secret), &message);
    assert_eq!(send(&trusting, &own), Outcome::Delivered);
    for (sender, url) in [(&trusting, &stranger), (&wary, &own)] {
        let outcome = send(sender, url);
        let Outcome::Retry { error, .. } = &outcome else { panic!("{outcome:?}") };
        assert!(error.to_lowercase().contains("certificate"), "{error}");
    }
}
