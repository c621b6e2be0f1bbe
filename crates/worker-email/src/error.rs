//! What can be wrong with the settings of the mail server.

/// What can be wrong with the settings of the mail server.
#[derive(Debug, thiserror::Error)]
pub enum EmailError {
    /// Credentials and personal data would leave the machine in the clear.
    #[error(
        "security is plain, which is for a loopback address such as 127.0.0.1 only; use tls or start_tls"
    )]
    InTheClear,
    /// There is no server.
    #[error("host is empty; give the mail server's name")]
    NoHost,
    /// The name that is said in EHLO can't be said.
    #[error("hello_name must be this machine's host name: letters, digits, dots and hyphens")]
    HelloName,
    /// TLS can't be set up.
    #[error("TLS can't be set up: {0}; ca_certificate_pem must hold certificates in PEM")]
    Tls(lettre::transport::smtp::Error),
}

impl EmailError {
    /// Never: a setting must be changed.
    pub const fn is_transient(&self) -> bool {
        false
    }
}
