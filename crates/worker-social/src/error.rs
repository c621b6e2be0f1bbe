//! What can be wrong with the settings of the WhatsApp provider.

use provider_http::ProviderHttpError;

/// What can be wrong with the settings of the WhatsApp provider.
#[derive(Debug, thiserror::Error)]
pub enum SocialError {
    /// The version of the API is not written as the API writes it.
    #[error("api_version must look like v23.0")]
    ApiVersion,
    /// The sending number is not named as the API names one.
    #[error(
        "phone_number_id must be the digits of the number's id in the app dashboard, which is not the number itself"
    )]
    PhoneNumberId,
    /// There is nothing to prove who we are, or it can't stand in a header.
    #[error("access_token must be the token of a system user, in visible ASCII without spaces")]
    AccessToken,
    /// The HTTP client can't be made.
    #[error(transparent)]
    Http(#[from] ProviderHttpError),
}

impl SocialError {
    /// Never: a setting must be changed.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::ApiVersion | Self::PhoneNumberId | Self::AccessToken => false,
            Self::Http(error) => error.is_transient(),
        }
    }
}
