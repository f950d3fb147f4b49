//! Webhooks against small receivers on this machine, and the guard against a table of addresses.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use domain::{SECOND, Time};
use standardwebhooks::Webhook;
use ureq::config::Config;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::*;

const BODY: &str = r#"{"type":"listing.held","data":{"title":"手表 ⌚ مزيف"}}"#;

fn secret(fill: u8) -> Secret {
    Secret::from_bytes(vec![fill; 32]).unwrap()
}

/// The library's own check looks at the clock, so the tests that use it do too.
fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Time(i64::try_from(since.as_micros()).unwrap())
}

fn open(timeout: Duration) -> Sender {
    Sender::new(Options { allow_private: true, timeout })
}

struct Receiver {
    url: String,
    port: u16,
    requests: mpsc::Receiver<(HeaderMap, Vec<u8>)>,
}

/// A receiver that gives the same answer to every request, one connection after the other.
fn receiver(answer: &'static [u8]) -> Receiver {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, requests) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let Some(request) = read_request(&mut stream) else { continue };
            let _ = stream.write_all(answer);
            if tell.send(request).is_err() {
                return;
            }
        }
    });
    Receiver { url: format!("http://127.0.0.1:{port}/hook"), port, requests }
}

fn read_request(stream: &mut impl Read) -> Option<(HeaderMap, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let headers: HeaderMap = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap()))
            .collect();
        let length: usize = headers.get("content-length")?.to_str().ok()?.parse().ok()?;
        if bytes.len() >= end + 4 + length {
            return Some((headers, bytes[end + 4..].to_vec()));
        }
    }
}

#[test]
fn the_receivers_own_library_accepts_it() {
    let receiver = receiver(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
    let secrets = [secret(1), secret(2)];
    let message = Message { id: "sg:42:0", sent_at: now(), body: BODY };
    assert_eq!(open(Duration::from_secs(5)).send(&receiver.url, &secrets, &message), Outcome::Delivered);
    let (headers, body) = receiver.requests.recv().unwrap();
    assert_eq!(body, BODY.as_bytes());
    assert_eq!(headers["webhook-id"], "sg:42:0");
    assert_eq!(headers["content-type"], "application/json");
    for secret in &secrets {
        Webhook::new(&secret.expose()).unwrap().verify(&body, &headers).unwrap();
    }
    let other = Webhook::new(&self::secret(3).expose()).unwrap();
    assert!(other.verify(&body, &headers).is_err());
    let mut tampered = body.clone();
    tampered[9] ^= 1;
    assert!(Webhook::new(&secrets[0].expose()).unwrap().verify(&tampered, &headers).is_err());
}

#[test]
fn the_signature_is_the_published_one() {
    let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let sent_at = Time(1_614_265_330 * SECOND + 999_999);
    let message = Message { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", sent_at, body: r#"{"test": 2432232314}"# };
    assert_eq!(sign(&[secret], &message).unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn secrets_are_read_and_never_printed() {
    let one = secret(7);
    assert_eq!(Secret::parse(&one.expose()), Ok(one.clone()));
    assert_eq!(Secret::parse(one.expose().trim_start_matches("whsec_")), Ok(one.clone()));
    assert_eq!(format!("{one:?}"), "Secret(***)");
    for text in ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!!", "not a secret at all, is it"] {
        assert_eq!(Secret::parse(text), Err(SecretError::Format), "{text}");
    }
    assert_eq!(Secret::from_bytes(vec![0; 65]), Err(SecretError::Format));
}

#[test]
fn nothing_goes_out_unsigned_or_misnamed() {
    let receiver = receiver(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let sender = open(Duration::from_secs(5));
    let message = Message { id: "k", sent_at: now(), body: BODY };
    assert!(matches!(sender.send(&receiver.url, &[], &message), Outcome::Dead { .. }));
    for id in ["", "a b", "a\nb", "鍵", &"x".repeat(257)] {
        let message = Message { id, ..message };
        assert!(matches!(sender.send(&receiver.url, &[secret(1)], &message), Outcome::Dead { .. }), "{id}");
    }
    assert!(receiver.requests.try_recv().is_err());
}

#[test]
fn answers_are_judged() {
    let cases: [(&'static [u8], Outcome); 11] = [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", Outcome::Delivered),
        (b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n", Outcome::Delivered),
        (b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n", retry(None, "answered 500")),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 6\r\n\r\nsecret", retry(None, "answered 404")),
        (b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n", retry(Some(7 * SECOND), "answered 429")),
        (
            b"HTTP/1.1 503 Busy\r\nretry-after: 99999999999\r\ncontent-length: 0\r\n\r\n",
            retry(Some(LIMIT_RETRY_AFTER), "answered 503"),
        ),
        (
            b"HTTP/1.1 503 Busy\r\nretry-after: Fri, 31 Dec 2100 23:59:59 GMT\r\ncontent-length: 0\r\n\r\n",
            retry(Some(LIMIT_RETRY_AFTER), "answered 503"),
        ),
        (
            b"HTTP/1.1 503 Busy\r\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 0\r\n\r\n",
            retry(Some(0), "answered 503"),
        ),
        (b"HTTP/1.1 503 Busy\r\nretry-after: tomorrow\r\ncontent-length: 0\r\n\r\n", retry(None, "answered 503")),
        (b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n", Outcome::Dead { error: "410".into() }),
        (
            b"HTTP/1.1 307 Over there\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
            Outcome::Dead { error: "redirects are not followed".into() },
        ),
    ];
    for (answer, expect) in cases {
        let receiver = receiver(answer);
        let message = Message { id: "k", sent_at: now(), body: BODY };
        let got = open(Duration::from_secs(5)).send(&receiver.url, &[secret(1)], &message);
        let same = match (&got, &expect) {
            (Outcome::Retry { after, error }, Outcome::Retry { after: wanted, error: part }) => {
                after == wanted && error.contains(part.as_str()) && !error.contains("secret")
            }
            (Outcome::Dead { error }, Outcome::Dead { error: part }) => error.contains(part.as_str()),
            (got, expect) => got == expect,
        };
        assert!(same, "{got:?} is not {expect:?}");
    }
}

fn retry(after: Option<i64>, error: &str) -> Outcome {
    Outcome::Retry { after, error: error.to_owned() }
}

#[test]
fn hostile_receivers_are_bounded() {
    // One never answers, one talks without end in its headers, one in its body, one is no HTTP.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}/", silent.local_addr().unwrap());
    let flood: &'static [u8] =
        Box::leak([b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".repeat(40_000)].concat().into_boxed_slice());
    let body: &'static [u8] =
        Box::leak([b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'z'; 4_000_000]].concat().into_boxed_slice());
    let noise: &'static [u8] = b"\x16\x03\x01\x02\x00 not http\r\n\r\n";
    let message = Message { id: "k", sent_at: now(), body: BODY };
    let (flood, body, noise) = (receiver(flood), receiver(body), receiver(noise));
    for (url, delivered) in [(&silent, false), (&flood.url, false), (&body.url, true), (&noise.url, false)] {
        let begun = Instant::now();
        let outcome = open(Duration::from_millis(400)).send(url, &[secret(1)], &message);
        assert!(begun.elapsed() < Duration::from_secs(4), "{url}");
        assert!(
            if delivered { outcome == Outcome::Delivered } else { matches!(outcome, Outcome::Retry { .. }) },
            "{url} {outcome:?}"
        );
    }
}

#[test]
fn the_guard_knows_its_addresses() {
    // The address, and whether it is in bounds by default and with private networks allowed.
    let cases = [
        ("8.8.8.8", true, true),
        ("172.15.255.255", true, true),
        ("172.32.0.1", true, true),
        ("100.63.255.255", true, true),
        ("2606:4700::1111", true, true),
        ("::ffff:8.8.8.8", true, true),
        ("64:ff9b::8.8.8.8", true, true),
        ("127.0.0.1", false, true),
        ("127.255.255.254", false, true),
        ("::1", false, true),
        ("::ffff:127.0.0.1", false, true),
        ("::ffff:7f00:1", false, true),
        ("64:ff9b::7f00:1", false, true),
        ("10.0.0.1", false, true),
        ("172.16.0.1", false, true),
        ("172.31.255.255", false, true),
        ("192.168.1.1", false, true),
        ("100.64.0.1", false, true),
        ("100.127.255.255", false, true),
        ("fc00::1", false, true),
        ("fdff::1", false, true),
        ("::ffff:10.1.2.3", false, true),
        ("169.254.169.254", false, false),
        ("::ffff:169.254.169.254", false, false),
        ("64:ff9b::a9fe:a9fe", false, false),
        ("169.254.0.1", false, false),
        ("100.100.100.200", false, false),
        ("168.63.129.16", false, false),
        ("fd00:ec2::254", false, false),
        ("fe80::1", false, false),
        ("febf::1", false, false),
        ("0.0.0.0", false, false),
        ("0.1.2.3", false, false),
        ("::", false, false),
        ("::127.0.0.1", false, false),
        ("192.0.0.192", false, false),
        ("192.0.2.1", false, false),
        ("198.18.0.1", false, false),
        ("198.51.100.1", false, false),
        ("203.0.113.9", false, false),
        ("224.0.0.1", false, false),
        ("239.255.255.250", false, false),
        ("240.0.0.1", false, false),
        ("255.255.255.255", false, false),
        ("ff02::1", false, false),
        ("2001:db8::1", false, false),
        ("2001::1", false, false),
        ("2002:7f00:1::", false, false),
        ("64:ff9b:1::1", false, false),
        ("fec0::1", false, false),
        ("100::1", false, false),
    ];
    for (text, default, private) in cases {
        let address: IpAddr = text.parse().unwrap();
        assert_eq!(check_address(address, false).is_ok(), default, "{text}");
        assert_eq!(check_address(address, true).is_ok(), private, "{text} with private networks");
    }
}

#[test]
fn the_guard_reads_urls() {
    for url in [
        "https://hooks.example.org/in?x=1",
        "https://hooks.example.org:8443",
        "https://[2606:4700::1111]/x",
        "HTTPS://例え.example/",
    ] {
        // A name in another script must be written in its ASCII form; that is refused, not guessed.
        assert_eq!(check_url(url, false).is_ok(), url.is_ascii(), "{url}");
    }
    for url in [
        "",
        "hooks.example.org",
        "/in",
        "https://",
        "https:///in",
        "http://hooks.example.org/",
        "ftp://hooks.example.org/",
        "file:///etc/hosts",
        "https://user:pass@hooks.example.org/",
        "https://hooks.example.org@127.0.0.1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://10.0.0.8:8080/",
        "https://hooks.example.org:0/",
        "https://hooks example.org/",
        "javascript:alert(1)",
    ] {
        assert!(check_url(url, false).is_err(), "{url}");
    }
}

#[test]
fn odd_spellings_of_this_machine_are_refused() {
    let receiver = receiver(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let strict = Sender::new(Options { allow_private: false, timeout: Duration::from_secs(3) });
    let message = Message { id: "k", sent_at: now(), body: BODY };
    for host in ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:7f00:1]", "127.0.0.1"] {
        let url = format!("https://{host}:{}/", receiver.port);
        // A spelling that the system's look-up does not know is simply not found.
        let outcome = strict.send(&url, &[secret(1)], &message);
        assert!(!matches!(outcome, Outcome::Delivered), "{host}: {outcome:?}");
        if matches!(host, "localhost" | "127.0.0.1" | "[::ffff:7f00:1]") {
            assert!(
                matches!(&outcome, Outcome::Dead { error } if error.contains("this machine")),
                "{host}: {outcome:?}"
            );
        }
    }
    assert!(receiver.requests.try_recv().is_err(), "nothing may have arrived");
}

/// A name server that gives another answer each time it is asked.
#[derive(Debug)]
struct Changing {
    asked: Arc<AtomicUsize>,
    answers: Vec<Vec<SocketAddr>>,
}

impl Resolver for Changing {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let mut found = self.empty();
        for address in &self.answers[turn % self.answers.len()] {
            found.push(*address);
        }
        Ok(found)
    }
}

#[test]
fn a_name_that_changes_its_answer_gains_nothing() {
    let receiver = receiver(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    let inside = SocketAddr::from(([127, 0, 0, 1], receiver.port));
    let metadata = SocketAddr::from(([169, 254, 169, 254], 80));
    let message = Message { id: "k", sent_at: now(), body: BODY };
    let url = format!("http://rebind.example:{}/", receiver.port);
    let asked = Arc::new(AtomicUsize::new(0));

    // With private networks allowed the first answer is fine; the second is checked anew.
    let answers = vec![vec![inside], vec![metadata], vec![inside, metadata]];
    let options = Options { allow_private: true, timeout: Duration::from_secs(3) };
    let sender = Sender::with_lookup(options, Changing { asked: asked.clone(), answers });
    assert_eq!(sender.send(&url, &[secret(1)], &message), Outcome::Delivered);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "one look-up, and the connection goes where it said");
    for _ in 0..2 {
        assert!(matches!(sender.send(&url, &[secret(1)], &message), Outcome::Dead { .. }));
    }

    // By default even one inside address among good ones spoils the answer, before any connection.
    let public = SocketAddr::from(([8, 8, 8, 8], 443));
    let strict = Options { allow_private: false, timeout: Duration::from_secs(3) };
    let sender = Sender::with_lookup(strict, Changing { asked, answers: vec![vec![public, inside]] });
    let outcome = sender.send("https://rebind.example/", &[secret(1)], &message);
    assert!(matches!(&outcome, Outcome::Dead { error } if error.contains("127.0.0.1")), "{outcome:?}");
    assert_eq!(receiver.requests.try_iter().count(), 1);
}
