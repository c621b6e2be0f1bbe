//! Where the listener listens.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, bail};
use ingest::listener::Exposure;
use serde::{Deserialize, Serialize};

const PORT: u16 = 7717;

/// Where commands, agents and scripts reach a running process.
#[derive(Deserialize, Serialize, Clone, Default, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Listener {
    /// On the loopback interface; 0 takes a free one, which stands in `listener.address`.
    port: Option<u16>,
    /// An address with its port, in place of the loopback interface.
    address: Option<String>,
    /// Whether requests come through a proxy with TLS alone.
    behind_tls_proxy: bool,
}

impl Listener {
    /// The address to take, wherever it may be reached from.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        let open = Self { behind_tls_proxy: true, ..self.clone() };
        Ok(open.place()?.0)
    }

    /// The address to take, and from where it may be reached.
    pub(crate) fn place(&self) -> Result<(SocketAddr, Exposure)> {
        let Some(text) = &self.address else {
            let port = self.port.unwrap_or(PORT);
            return Ok((SocketAddr::from((Ipv4Addr::LOCALHOST, port)), Exposure::Loopback));
        };
        if self.port.is_some() {
            bail!(
                "listener.port and listener.address are both set; the address has its port, so leave the other out"
            );
        }
        let address: SocketAddr =
            text.parse().context("listener.address is no address with a port; write 0.0.0.0:7717")?;
        match (address.ip().is_loopback(), self.behind_tls_proxy) {
            (true, _) => Ok((address, Exposure::Loopback)),
            (false, true) => Ok((address, Exposure::BehindTlsProxy)),
            (false, false) => bail!(
                "listener.address can be reached from other machines, and this listener has no TLS: \
                 tokens and debtors would cross the network in clear; use a loopback address, or put a proxy with TLS \
                 in front, let nobody else through, and set listener.behind_tls_proxy = true"
            ),
        }
    }
}

/// Where commands on this machine reach a listener that took this address.
pub(crate) fn from_here(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())),
        IpAddr::V6(ip) if ip.is_unspecified() => {
            SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, address.port()))
        }
        IpAddr::V4(_) | IpAddr::V6(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_reach_it_only_through_a_proxy_that_somebody_has_vouched_for() {
        let place = |text: &str| toml::from_str::<Listener>(text).unwrap().place();
        for (text, address, exposure) in [
            ("", "127.0.0.1:7717", Exposure::Loopback),
            ("port = 0", "127.0.0.1:0", Exposure::Loopback),
            ("behind_tls_proxy = true", "127.0.0.1:7717", Exposure::Loopback),
            ("address = \"[::1]:80\"", "[::1]:80", Exposure::Loopback),
            ("address = \"0.0.0.0:7717\"\nbehind_tls_proxy = true", "0.0.0.0:7717", Exposure::BehindTlsProxy),
        ] {
            assert_eq!(place(text).unwrap(), (address.parse().unwrap(), exposure), "{text}");
        }
        for (text, said) in [
            ("address = \"0.0.0.0:7717\"", "behind_tls_proxy = true"),
            ("address = \"192.0.2.1:7717\"", "no TLS"),
            ("address = \"somewhere\"\nbehind_tls_proxy = true", "write 0.0.0.0:7717"),
            ("address = \"127.0.0.1:1\"\nport = 1", "leave the other out"),
        ] {
            let refused = format!("{:#}", place(text).unwrap_err());
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }

    #[test]
    fn commands_on_the_machine_use_its_loopback_interface() {
        for (taken, used) in [
            ("0.0.0.0:7717", "127.0.0.1:7717"),
            ("[::]:7717", "[::1]:7717"),
            ("192.0.2.1:7717", "192.0.2.1:7717"),
        ] {
            assert_eq!(from_here(taken.parse().unwrap()), used.parse().unwrap());
        }
    }
}
