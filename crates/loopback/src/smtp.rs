//! SMTP (RFC 5321) with PIPELINING, SIZE, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES and AUTH that takes anything.
//!
//! There is no STARTTLS: it listens on loopback only.
//! A message ends at `<CRLF>.<CRLF>` and at nothing else, so that no sender can smuggle a second one.
//! What is refused at RCPT is recorded without its words, since they never came.

mod command;
mod lines;
mod mail;
mod session;

use std::sync::Arc;

use tokio::net::TcpStream;

use crate::desk::Desk;
use session::Session;

/// Serves one connection until either side closes it.
pub(crate) async fn serve(stream: TcpStream, desk: Arc<Desk>) {
    if let Err(error) = Session::new(stream, desk).run().await {
        tracing::debug!(smtp.error = %error.kind(), "a connection ended early");
    }
}
