//! The demo market's own system: takes webhooks on this machine, and now and then is out of order, so that the
//! deliveries page has something to tell.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Where it listens.
pub const PATH: &str = "/hooks/vigie";
/// Of so many requests one is refused once.
const REFUSE_EVERY: u64 = 23;
/// The longest body that is read.
const LIMIT_BODY: usize = 256 * 1024;

/// Listens on a free port of this machine for as long as the process lives; answers the URL to send to.
///
/// # Errors
/// When no port can be had.
pub fn listen() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}{PATH}", listener.local_addr()?);
    thread::Builder::new().name("demo-hook".into()).spawn(move || {
        let count = AtomicU64::new(0);
        for stream in listener.incoming().flatten() {
            // One at a time: the house sends few at once, and a market's own system is slow now and then.
            let _ = take(&stream, count.fetch_add(1, Ordering::Relaxed));
        }
    })?;
    Ok(url)
}

/// Reads one request and answers it.
fn take(stream: &TcpStream, number: u64) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut reader = BufReader::new(stream);
    let mut length = 0_usize;
    loop {
        let mut line = String::new();
        if reader.by_ref().take(8 * 1024).read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    std::io::copy(&mut reader.take(length.min(LIMIT_BODY) as u64), &mut std::io::sink())?;
    let status = if number % REFUSE_EVERY == REFUSE_EVERY - 1 { "503 Service Unavailable" } else { "204 No Content" };
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_most_and_refuses_some() {
        let url = listen().unwrap();
        let address = url.trim_start_matches("http://").split('/').next().unwrap();
        let ask = || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"POST /hooks/vigie HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer.starts_with("HTTP/1.1 204")
        };
        assert_eq!((0..REFUSE_EVERY).filter(|_| ask()).count() as u64, REFUSE_EVERY - 1);
    }
}
