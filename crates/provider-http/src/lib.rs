//! One POST to a provider's HTTP API: sent at most once, begun in time or provably not at all.
//!
//! **Invariant:** the body of a request is handed to its connection at most once, directly after its deadline was
//! checked; without the body no provider can take the message.
//! So what failed before that is `unsent`, and what failed after it is `unknown`, whatever the error was called.
//!
//! Left out: what a status or an error code means, which each channel's worker knows; HTTP/2; proxies, since the
//! environment is read by the binary alone.

mod address;
mod client;
mod error;
mod form;
mod gate;
mod secret;

pub use address::BaseUrl;
pub use client::{Answer, Credentials, HttpClient, HttpSettings, Post};
pub use error::ProviderHttpError;
pub use form::form_body;
pub use secret::Secret;
