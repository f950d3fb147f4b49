//! The guard: which addresses a webhook may go to.
//!
//! A market's operator types a receiver's URL, and somebody may type one that points back inside.
//! The guard looks at the addresses a name resolves to, and the connection is made to exactly
//! those, so a name that changes its answer between check and use gains nothing.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Why a webhook may not go there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The URL is no absolute `https` URL with a host and without user or password.
    #[error("the receiver's URL {0}")]
    Url(&'static str),
    /// An address the name resolves to is out of bounds.
    #[error("the receiver's address {0} is {1}, and webhooks may not go there")]
    Address(IpAddr, &'static str),
}

/// Checks what can be said of a URL before its name is looked up.
///
/// # Errors
/// [`Refused::Url`], or [`Refused::Address`] when the host is an address that is out of bounds.
pub fn check_url(url: &str, allow_private: bool) -> Result<(), Refused> {
    let uri: Uri = url.parse().map_err(|_| Refused::Url("cannot be read"))?;
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if allow_private => {}
        Some("http") => return Err(Refused::Url("must start with https://")),
        _ => return Err(Refused::Url("must be an absolute https:// address")),
    }
    let authority = uri.authority().ok_or(Refused::Url("has no host"))?;
    if authority.as_str().contains('@') {
        return Err(Refused::Url("must not carry a user or password"));
    }
    let host = authority.host();
    if host.is_empty() || authority.port_u16() == Some(0) {
        return Err(Refused::Url("has no host"));
    }
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    match literal.parse::<IpAddr>() {
        Ok(address) => check_address(address, allow_private),
        Err(_) => Ok(()),
    }
}

/// Checks one address. With `allow_private`, this machine and private networks are in bounds;
/// link-local addresses, metadata services and groups never are.
///
/// # Errors
/// [`Refused::Address`] with what the address is.
pub fn check_address(address: IpAddr, allow_private: bool) -> Result<(), Refused> {
    match reach(address) {
        Reach::Public => Ok(()),
        Reach::Private(_) if allow_private => Ok(()),
        Reach::Private(what) | Reach::Never(what) => Err(Refused::Address(address, what)),
    }
}

enum Reach {
    Public,
    Private(&'static str),
    Never(&'static str),
}

fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(v4) => reach_v4(v4),
        IpAddr::V6(v6) => reach_v6(v6),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [127, ..] => Reach::Private("this machine"),
        [10, ..] | [192, 168, ..] => Reach::Private("in a private network"),
        [172, b, ..] if (16..32).contains(&b) => Reach::Private("in a private network"),
        // One cloud's metadata service lives in the carrier range, another's at a public address.
        [100, 100, 100, 200] | [168, 63, 129, 16] => Reach::Never("a metadata service"),
        [100, b, ..] if (64..128).contains(&b) => Reach::Private("in a carrier's private network"),
        [169, 254, ..] => Reach::Never("link-local"),
        [0, ..] => Reach::Never("no address of a host"),
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
            Reach::Never("reserved")
        }
        [224..=239, ..] => Reach::Never("a group"),
        [240..=255, ..] => Reach::Never("reserved"),
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let s = address.segments();
    let embedded = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        reach_v4(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Private("this machine"),
        // Forms that carry an IPv4 address go where that address goes: mapped, and translated.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0xfc00..=0xfdff, ..] if s == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] => Reach::Never("a metadata service"),
        [0xfc00..=0xfdff, ..] => Reach::Private("in a private network"),
        [0xfe80..=0xfebf, ..] => Reach::Never("link-local"),
        [0xff00..=0xffff, ..] => Reach::Never("a group"),
        // Tunnels and documentation: nobody's receiver, and some carry an IPv4 address inside.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => {
            Reach::Never("reserved")
        }
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never("reserved"),
    }
}

/// Looks names up through another resolver and lets only addresses in bounds pass.
pub(super) struct Guard<R> {
    allow_private: bool,
    lookup: R,
}

impl<R> Guard<R> {
    pub(super) const fn new(allow_private: bool, lookup: R) -> Self {
        Guard { allow_private, lookup }
    }
}

impl<R> fmt::Debug for Guard<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("allow_private", &self.allow_private).finish_non_exhaustive()
    }
}

impl<R: Resolver> Resolver for Guard<R> {
    /// One address out of bounds spoils the whole answer: an honest name has no reason for it.
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.lookup.resolve(uri, config, timeout)?;
        for socket in found.iter() {
            check_address(socket.ip(), self.allow_private).map_err(io::Error::other)?;
        }
        Ok(found)
    }
}
