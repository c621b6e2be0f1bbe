//! Where a provider's API stands.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::ProviderHttpError;

/// Where a provider's API stands: https, or http on this machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads it, and refuses whatever would send credentials in the clear to another machine.
    pub fn parse(text: &str) -> Result<Self, ProviderHttpError> {
        let url = Url::parse(text).map_err(|error| ProviderHttpError::NoUrl(error.to_string()))?;
        let extra = url.query().is_some() || url.fragment().is_some() || url.password().is_some();
        if url.cannot_be_a_base() || !matches!(url.scheme(), "https" | "http") {
            Err(ProviderHttpError::NoUrl(format!("its scheme is {}", url.scheme())))
        } else if url.scheme() == "http" && !is_loopback(&url) {
            Err(ProviderHttpError::InTheClear)
        } else if extra || !url.username().is_empty() {
            Err(ProviderHttpError::TooMuch)
        } else {
            Ok(Self(url))
        }
    }

    /// The address of a resource; each part is escaped.
    pub fn join<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.0.clone();
        // Only a URL that cannot be a base has no segments, and such a one was refused.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(parts);
        }
        url
    }

    /// Whether it is spoken to without TLS.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    // The name localhost is left out: a resolver decides what it means.
    address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_are_taken() {
        for (base, joined) in [
            ("https://api.example", "https://api.example/v1/a%2Fb"),
            ("https://api.example/x/", "https://api.example/x/v1/a%2Fb"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/a%2Fb"),
            ("http://[::1]:8080/", "http://[::1]:8080/v1/a%2Fb"),
        ] {
            assert_eq!(BaseUrl::parse(base).unwrap().join(["v1", "a/b"]).as_str(), joined);
        }
    }

    #[test]
    fn what_would_leak_is_refused_with_its_remedy() {
        for (base, word) in [
            ("api.example", "no URL"),
            ("ftp://127.0.0.1", "scheme is ftp"),
            ("data:x", "scheme is data"),
            ("http://api.example", "https://"),
            ("http://localhost:80", "https://"),
            ("http://10.0.0.1", "https://"),
            ("https://user:secret@api.example", "no user"),
            ("https://api.example/?token=1", "query"),
        ] {
            let refused = BaseUrl::parse(base).unwrap_err().to_string();
            assert!(refused.contains(word), "{base}: {refused}");
            assert!(!refused.contains("secret"));
        }
    }
}
