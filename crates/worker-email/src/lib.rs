//! E-mail over SMTP: TLS, STARTTLS or, on this machine only, neither.
//!
//! [`SmtpProvider`] is the client that a worker of crate `channel` submits through.
//! It reports what the server's replies say; bounces and answers enter as outcome facts.
//!
//! **Invariant:** one call of `submit` ends at most one mail with its dot, to one recipient; `unsent` is said only
//! where the dot was provably not written, since no server may deliver a mail without it (RFC 5321, 4.1.1.4).
//! That is why lettre's connection is driven command by command, and its transport, which can't tell, is not used.
//!
//! Left out: HTML, attachments, `List-Unsubscribe`, DSN parameters and DKIM, which the relay signs.

mod connection;
mod conversation;
mod error;
mod mail;
mod pool;
mod provider;
mod reply;
mod settings;
mod timeout;

pub use error::EmailError;
pub use provider::SmtpProvider;
pub use settings::{Login, Security, SmtpSettings};
