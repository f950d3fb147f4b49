//! The door's width: a bounded number of connections at once. The next one waits in the system's queue.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most connections at once.
pub const CONNECTIONS: usize = 4_096;
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

impl Listener for Door {
    type Io = Held;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Held, SocketAddr) {
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

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
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

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Peer {
        Peer(*stream.remote_addr())
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
}
