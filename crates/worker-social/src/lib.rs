//! Direct messages over the WhatsApp Cloud API, as templates that the provider holds, to people who opted in.
//!
//! [`WhatsAppProvider`] is the client that a worker of crate `channel` submits through.
//! It reports what the provider's response says; delivery reports and replies come in by webhook.
//! That the recipient opted in is decided in the domain, before there is a permit.
//!
//! **Invariant:** one call of `submit` is at most one `POST`, and `unsent` is said only where provably none was made.
//!
//! Left out: free text, which the provider takes only within a day of the recipient's last message.

mod answer;
mod error;
mod payload;
mod provider;
mod settings;

pub use error::SocialError;
pub use provider::WhatsAppProvider;
pub use settings::WhatsAppSettings;
