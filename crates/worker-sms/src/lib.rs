//! Text messages over a Twilio-compatible HTTP API.
//!
//! [`TwilioProvider`] is the client that a worker of crate `channel` submits through.
//! It reports what the provider's response says; delivery reports and replies come in by webhook.
//!
//! **Invariant:** one call of `submit` is at most one `POST`, and `unsent` is said only where provably none was made.

mod answer;
mod error;
mod provider;
mod settings;

pub use error::SmsError;
pub use provider::TwilioProvider;
pub use settings::TwilioSettings;
