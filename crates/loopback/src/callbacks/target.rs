//! Where a callback is posted: an address, and the socket that stands for it.

use std::net::{IpAddr, SocketAddr};

/// Longest address, in bytes.
const MAX_URL: usize = 4_000;

/// Where a callback is posted.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Target {
    /// The socket.
    pub(super) socket: SocketAddr,
    /// The header `Host`.
    pub(super) host: String,
    /// Path and query.
    pub(super) path: String,
}

impl Target {
    /// Reads an address. What is not on this machine is posted nowhere, unless something stands in for it.
    pub(super) fn of(url: &str, via: Option<SocketAddr>) -> Result<Self, &'static str> {
        let (scheme, rest) = url.split_once("://").ok_or("the address is no URL")?;
        let visible = url.len() <= MAX_URL && url.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible || rest.contains(['@', '#', '\\']) {
            return Err("the address has more than a host, a path and a query, or is too long");
        }
        let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let socket = match (via, scheme) {
            (Some(via), "http" | "https") => via,
            (None, "http") => local(host)
                .ok_or("the address is not on this machine; give `via`, a socket that stands in for it")?,
            (_, _) => {
                return Err(
                    "the address is not http on this machine; give `via`, a socket that stands in for it",
                );
            }
        };
        if host.is_empty() {
            return Err("the address has no host");
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { socket, host: host.to_owned(), path })
    }
}

fn local(host: &str) -> Option<SocketAddr> {
    let whole = host.parse::<SocketAddr>().ok();
    let bare = || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let socket = whole.or_else(|| bare().map(|ip| SocketAddr::new(ip, 80)))?;
    socket.ip().is_loopback().then_some(socket)
}

/// The address as it is signed and posted to: what follows a `#` is for the provider alone.
pub(super) fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_posted_to_and_a_stand_in_for_anything_else() {
        let via = Some("127.0.0.1:7717".parse().unwrap());
        for (url, via, socket, host, path) in [
            ("http://127.0.0.1:80/a?b=c", None, "127.0.0.1:80", "127.0.0.1:80", "/a?b=c"),
            ("http://127.0.0.1", None, "127.0.0.1:80", "127.0.0.1", "/"),
            ("http://[::1]:7/x", None, "[::1]:7", "[::1]:7", "/x"),
            ("https://a.example/x?y", via, "127.0.0.1:7717", "a.example", "/x?y"),
            ("https://a.example?y", via, "127.0.0.1:7717", "a.example", "/?y"),
        ] {
            let target = Target::of(url, via).unwrap();
            assert_eq!(
                (target.socket, target.host.as_str(), target.path.as_str()),
                (socket.parse().unwrap(), host, path)
            );
        }
    }

    #[test]
    fn nothing_leaves_the_machine() {
        for url in [
            "",
            "a.example",
            "http://a.example/",
            "http://localhost/",
            "http://10.0.0.1/",
            "https://127.0.0.1/",
            "ftp://127.0.0.1/",
            "http://127.0.0.1@a.example/",
            "http://127.0.0.1/a b",
            "http://127.0.0.1/\r\nHost: x",
            &format!("http://127.0.0.1/{}", "x".repeat(MAX_URL)),
        ] {
            assert!(Target::of(url, None).is_err(), "{url}");
        }
        assert_eq!(without_fragment("http://a/b?c#rc=5"), "http://a/b?c");
    }
}
