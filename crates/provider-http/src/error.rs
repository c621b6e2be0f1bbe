//! What can be wrong with a provider's settings.

/// What can be wrong with a provider's settings.
#[derive(Debug, thiserror::Error)]
pub enum ProviderHttpError {
    /// It is not a URL.
    #[error("base_url is no URL ({0}); give one such as https://api.twilio.com")]
    NoUrl(String),
    /// Credentials and personal data would leave the machine in the clear.
    #[error(
        "base_url must begin with https://; http:// is taken for a loopback address such as 127.0.0.1 only"
    )]
    InTheClear,
    /// There is more behind the host than a path.
    #[error("base_url must have no user, password, query or fragment; give them in their own settings")]
    TooMuch,
    /// The client can't be made: mostly, no root certificates are installed.
    #[error(
        "the HTTP client can't be made: {0}; for https:// the system's root certificates must be installed"
    )]
    Client(reqwest::Error),
}

impl ProviderHttpError {
    /// Never: a setting or the machine must be changed.
    pub const fn is_transient(&self) -> bool {
        false
    }
}
