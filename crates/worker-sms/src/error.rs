//! What can be wrong with the settings of the SMS provider.

use provider_http::ProviderHttpError;

/// What can be wrong with the settings of the SMS provider.
#[derive(Debug, thiserror::Error)]
pub enum SmsError {
    /// The account is not named as the API names one.
    #[error("account_sid must be AC and 32 hexadecimal digits, as the provider's console shows it")]
    AccountSid,
    /// There is nothing to prove who we are.
    #[error("auth_token is empty; give the one that the provider's console shows")]
    NoAuthToken,
    /// How long the provider may keep a message is out of its range.
    #[error("validity_period_s is {0}; the provider takes 1 to 36000")]
    ValidityPeriod(u32),
    /// Nothing could be added to the address for statuses.
    #[error("status_callback has a query; give the address without one, the attempt is added to it")]
    StatusCallback,
    /// The HTTP client can't be made.
    #[error(transparent)]
    Http(#[from] ProviderHttpError),
}

impl SmsError {
    /// Never: a setting must be changed.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::AccountSid | Self::NoAuthToken | Self::ValidityPeriod(_) | Self::StatusCallback => false,
            Self::Http(error) => error.is_transient(),
        }
    }
}
