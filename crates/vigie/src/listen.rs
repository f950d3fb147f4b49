//! The door: a bounded number of connections at once, the next one waits in the system's queue; and bounded patience with
//! each of them.

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tower::ServiceExt as _;

use crate::app::closed;

/// The most connections at once.
pub const CONNECTIONS: usize = 4_096;
/// How long a request's head may take to arrive, counted from the end of the one before.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long to rest when the system cannot accept (out of file handles, say).
const REST: Duration = Duration::from_millis(200);

/// A listener of bounded width.
pub struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Door {
    /// Lets at most `connections` in at once.
    #[must_use]
    pub fn new(listener: TcpListener, connections: usize) -> Door {
        Door { listener, places: Arc::new(Semaphore::new(connections)) }
    }
}

impl Door {
    /// The next connection, once there is a place for it.
    pub async fn accept(&mut self) -> (Held, SocketAddr) {
        loop {
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
                // The semaphore is never closed; if it were, nobody could come in.
                return std::future::pending().await;
            };
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // Small answers must not wait for more bytes.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "no nodelay");
                    }
                    return (Held { stream, _place: place }, address);
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }
}

/// A connection that gives its place back when it ends.
pub struct Held {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Held {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Held {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Where a request came from.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Serves every connection the door lets in until the house closes, and then until the answers under way are given.
/// A connection whose next request's head does not arrive within `patience` is closed.
pub async fn answer(mut door: Door, router: Router, patience: Duration, mut closing: watch::Receiver<bool>) {
    // Nothing is ever sent: the channel ends when the last connection has let go of it.
    let (here, mut gone) = mpsc::channel::<()>(1);
    loop {
        let (stream, address) = tokio::select! {
            came = door.accept() => came,
            () = closed(&mut closing) => break,
        };
        let served = one(stream, address, router.clone(), patience, closing.clone());
        let here = here.clone();
        tokio::spawn(async move {
            served.await;
            drop(here);
        });
    }
    drop((door, here));
    let _ = gone.recv().await;
}

/// Serves one connection.
async fn one(
    stream: Held,
    address: SocketAddr,
    router: Router,
    patience: Duration,
    mut closing: watch::Receiver<bool>,
) {
    let service = router.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(Peer(address)));
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closed(&mut closing) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_next_one_waits_until_a_place_is_free() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut door = Door::new(listener, 2);
        let clients =
            [TcpStream::connect(address).await, TcpStream::connect(address).await, TcpStream::connect(address).await];
        assert!(clients.iter().all(Result::is_ok), "the system's queue takes them");
        let (first, _) = door.accept().await;
        let (_second, _) = door.accept().await;
        let third = tokio::time::timeout(Duration::from_millis(50), door.accept()).await;
        assert!(third.is_err(), "two places, two inside");
        drop(first);
        assert!(tokio::time::timeout(Duration::from_secs(5), door.accept()).await.is_ok());
    }

    #[tokio::test]
    async fn a_head_that_drips_is_cut_off_and_its_place_is_free_again() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", axum::routing::get(|| async { "here" }));
        let (close, closing) = watch::channel(false);
        let served = tokio::spawn(answer(Door::new(listener, 1), router, Duration::from_millis(300), closing));
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").await.unwrap();
        let start = std::time::Instant::now();
        // A byte now and then must not buy more time.
        let dripped = async {
            let mut answer = [0; 256];
            loop {
                tokio::select! {
                    read = slow.read(&mut answer) => return read.unwrap_or(0),
                    () = tokio::time::sleep(Duration::from_millis(50)) => {}
                }
                if slow.write_all(b"x").await.is_err() {
                    return 0;
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(20), dripped).await.expect("the drip was cut off");
        assert!(start.elapsed() >= Duration::from_millis(250));
        drop(slow);
        // The only place is free: a quick caller is served, and the house closes in order.
        let mut quick = TcpStream::connect(address).await.unwrap();
        quick.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut text = String::new();
        quick.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("here"), "{text}");
        close.send_replace(true);
        tokio::time::timeout(Duration::from_secs(20), served).await.unwrap().unwrap();
    }
}
