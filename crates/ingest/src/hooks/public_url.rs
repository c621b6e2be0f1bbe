//! The address at which providers reach us, which they sign: that of the TLS proxy in front of the listener.

use std::net::IpAddr;

use crate::problem::Unfit;

/// The address at which providers reach us: https, or http on this machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicUrl {
    scheme: &'static str,
    host: String,
    port: Option<u16>,
    /// Without a slash at its end.
    path: String,
}

impl PublicUrl {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        let example = "write it as https://dunning.example.org";
        let (scheme, rest) = text.split_once("://").ok_or_else(|| Unfit::new("is no URL", example))?;
        if rest.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '@' | '?' | '#' | '\\')) {
            return Err(Unfit::new("has more than a host, a port and a path", example));
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = host_and_port(authority).ok_or_else(|| Unfit::new("has no host", example))?;
        let scheme = match scheme {
            "https" => "https",
            "http" if is_loopback(host) => "http",
            _ => {
                return Err(Unfit::new("is not https", "write https://, or http:// on a loopback address"));
            }
        };
        Ok(Self { scheme, host: host.to_owned(), port, path: path.trim_end_matches('/').to_owned() })
    }

    /// The whole address of a request, first with its port and then without: signers are not of one mind about it.
    pub(super) fn signed_as(&self, path_and_query: &str) -> [String; 2] {
        let Self { scheme, host, path, .. } = self;
        let port = self.port.unwrap_or(if *scheme == "https" { 443 } else { 80 });
        let rest = format!("{path}{path_and_query}");
        [format!("{scheme}://{host}:{port}{rest}"), format!("{scheme}://{host}{rest}")]
    }

    /// The address below it at which something is to be reached.
    pub fn join(&self, path: &str) -> String {
        let Self { scheme, host, path: own, .. } = self;
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{host}{port}{own}{path}")
    }
}

/// An IPv6 address stays in its brackets.
fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let end = authority.find(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority.get(end..)?.find(':') {
        Some(colon) => {
            let (host, port) = authority.split_at_checked(end + colon)?;
            (host, Some(port.get(1..)?.parse().ok()?))
        }
        None => (authority, None),
    };
    (!host.is_empty()).then_some((host, port))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_signed_with_and_without_its_port() {
        for (url, with, without) in [
            ("https://a.example", "https://a.example:443/x?y=1", "https://a.example/x?y=1"),
            ("https://a.example:8443", "https://a.example:8443/x?y=1", "https://a.example/x?y=1"),
            ("https://a.example/in/", "https://a.example:443/in/x?y=1", "https://a.example/in/x?y=1"),
            ("http://127.0.0.1:7717", "http://127.0.0.1:7717/x?y=1", "http://127.0.0.1/x?y=1"),
            ("http://[::1]", "http://[::1]:80/x?y=1", "http://[::1]/x?y=1"),
        ] {
            assert_eq!(PublicUrl::parse(url).unwrap().signed_as("/x?y=1"), [with, without], "{url}");
        }
        let joined = PublicUrl::parse("https://a.example:8443/in/").unwrap().join("/hooks/x");
        assert_eq!(joined, "https://a.example:8443/in/hooks/x");
    }

    #[test]
    fn what_can_not_be_signed_or_is_in_the_clear_is_refused() {
        for wrong in [
            "",
            "a.example",
            "ftp://a.example",
            "http://a.example",
            "http://localhost",
            "https://",
            "https://:443",
            "https://a.example:x",
            "https://a.example:65536",
            "https://u:p@a.example",
            "https://a.example/?a=b",
            "https://a.example/#a",
            "https://a example",
        ] {
            let unfit = PublicUrl::parse(wrong).unwrap_err();
            assert!(unfit.remedy.contains("https://"), "{wrong}");
        }
    }
}
