//! The intake: what upstream systems publish, one claim event a message, until the log has acknowledged it.
//!
//! The one stream that holds personal data in clear, since others write it: it is deleted once it is acknowledged, and
//! has a short maximal age (personal data, 3).

use core::time::Duration;

use async_trait::async_trait;
use contract::wire::TraceContext;

use crate::BusError;

/// A message as upstream published it.
#[derive(Clone, PartialEq, Eq)]
pub struct Published {
    /// The tenant, as the subject names it; not checked yet.
    pub tenant: String,
    /// The kind, as the subject names it; not checked yet.
    pub kind: String,
    /// What it is encoded as: the header `Content-Type`, if there is one.
    pub content_type: Option<String>,
    /// The publisher's own id for it: the header `Nats-Msg-Id`, if there is one.
    pub message_id: Option<String>,
    /// Where a receipt is wanted once the event is in the log: the header `Mahnwerk-Receipt-To`, where it names an inbox
    /// or a subject under `receipts.v1.`. A request's reply is taken by the server, which answers that it has the message.
    pub receipt_to: Option<String>,
    /// The message, which may hold personal values.
    pub body: Vec<u8>,
    /// Where it came from: the header `traceparent`.
    pub trace: TraceContext,
    /// How often it has been delivered, this time included.
    pub deliveries: u64,
}

/// What becomes of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Settled {
    /// It is in the log, was there before, or waits visibly: it goes from the stream, and the receipt is sent if one is
    /// wanted.
    Done {
        /// The receipt, as the wire contract encodes it.
        receipt: Vec<u8>,
    },
    /// It will never be right: it goes from the stream of claims to that of refused messages.
    Refused {
        /// Why, from a closed set.
        reason: String,
        /// What was wrong and what would be right, without a personal value.
        detail: String,
        /// Under which number its body lies sealed in the database.
        reference: [u8; 16],
        /// The receipt, as the wire contract encodes it.
        receipt: Vec<u8>,
    },
    /// Not yet: it is delivered again after a while.
    Later {
        /// After how long.
        pause: Duration,
    },
}

/// One delivery, to be settled.
#[async_trait]
pub trait Taken: Send + Sync {
    /// The message.
    fn message(&self) -> &Published;

    /// Says what became of it; resolves when the carrier has confirmed it. What is not settled comes again.
    async fn settle(self: Box<Self>, settled: Settled) -> Result<(), BusError>;
}

/// The intake.
#[async_trait]
pub trait Upstream: Send + Sync {
    /// Waits for messages, and takes at most so many.
    async fn take(&self, most: usize) -> Result<Vec<Box<dyn Taken>>, BusError>;

    /// How old the oldest message is that nobody has settled; zero when there is none (inputs, 2).
    async fn oldest(&self) -> Result<Duration, BusError>;
}
