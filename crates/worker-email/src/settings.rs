//! How the mail server is spoken to.

use std::net::IpAddr;
use std::time::Duration;

use domain::time::Span;

use crate::error::EmailError;

/// How the connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// TLS from the first byte, mostly on port 465.
    ///
    /// lettre opens this socket itself, without TCP_NODELAY, so a mail may take some 40 ms longer than with STARTTLS.
    Tls,
    /// TLS after STARTTLS, mostly on port 587; without it nothing is sent.
    StartTls,
    /// None: on a loopback address only.
    Plain,
}

/// Who we are to the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(..)")
    }
}

/// How the mail server is spoken to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmtpSettings {
    /// The server's name, which its certificate must bear, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// A root certificate in PEM to be trusted beside the public ones, for a relay with a private one.
    pub ca_certificate_pem: Option<Vec<u8>>,
    /// Who we are; none says nothing.
    pub login: Option<Login>,
    /// The name said in EHLO: this machine's host name.
    pub hello_name: String,
    /// How long a connection may take to come up, TLS and login included; never longer than what is left to begin.
    pub connect_timeout: Duration,
    /// How long the server may take to answer once the mail is written; must fit into the worker's `submit_timeout`
    /// together with `start_within`.
    pub answer_timeout: Duration,
    /// How long to wait after a reply that says "later" (RFC 5321, 4.5.4.1 asks for 30 minutes).
    pub deferral_delay: Span,
    /// Connections kept open while nothing is sent.
    pub max_idle_connections: usize,
    /// Mails after which a connection is closed; many servers take a hundred.
    pub mails_per_connection: u32,
    /// Whether the run's clock is told in `X-Mahnwerk-Clock`: for played feeds against stand-in providers only.
    pub announce_clock: bool,
}

impl SmtpSettings {
    /// Settings for a server, without a login.
    pub fn new(host: impl Into<String>, port: u16, security: Security) -> Self {
        Self {
            host: host.into(),
            port,
            security,
            ca_certificate_pem: None,
            login: None,
            hello_name: "localhost".to_owned(),
            connect_timeout: Duration::from_secs(8),
            answer_timeout: Duration::from_secs(40),
            deferral_delay: Span::minutes(30),
            max_idle_connections: 16,
            mails_per_connection: 100,
            announce_clock: false,
        }
    }

    /// Whether a client can be made of them.
    pub(crate) fn check(&self) -> Result<(), EmailError> {
        let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        let loopback = self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if self.host.is_empty() {
            Err(EmailError::NoHost)
        } else if self.security == Security::Plain && !loopback {
            Err(EmailError::InTheClear)
        } else if self.hello_name.is_empty() || !self.hello_name.bytes().all(named) {
            Err(EmailError::HelloName)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_is_for_loopback_addresses() {
        for (host, security, fine) in [
            ("127.0.0.1", Security::Plain, true),
            ("::1", Security::Plain, true),
            ("localhost", Security::Plain, false),
            ("mail.example", Security::Plain, false),
            ("10.0.0.1", Security::Plain, false),
            ("mail.example", Security::StartTls, true),
            ("mail.example", Security::Tls, true),
            ("", Security::Tls, false),
        ] {
            assert_eq!(SmtpSettings::new(host, 25, security).check().is_ok(), fine, "{host} {security:?}");
        }
    }

    #[test]
    fn a_name_that_can_not_be_said_is_refused() {
        for name in ["", "two words", "line\r\nbreak", "ü.example"] {
            let settings = SmtpSettings::new("mail.example", 465, Security::Tls);
            let settings = SmtpSettings { hello_name: name.to_owned(), ..settings };
            assert!(matches!(settings.check(), Err(EmailError::HelloName)), "{name}");
        }
    }

    #[test]
    fn debug_hides_the_login() {
        let login = Some(Login { user: "jane".to_owned(), password: "hush".to_owned() });
        let settings = SmtpSettings { login, ..SmtpSettings::new("mail.example", 465, Security::Tls) };
        let shown = format!("{settings:?}");
        assert!(!shown.contains("jane") && !shown.contains("hush"), "{shown}");
    }
}
