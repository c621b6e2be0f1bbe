//! What the listener allows at most: connections, sizes, times. Whoever sends without end meets one of them.
//!
//! What is held in memory at once is bounded by them: a buffer for each connection, and a body for each request that
//! was let in.

use std::time::Duration;

/// Largest body of a request that hands in facts or outcomes, in bytes.
pub const MAX_BODY: usize = 16 * 1024 * 1024;
/// Largest body of any other request with a token, in bytes.
pub(super) const MAX_ASKED: usize = 1024 * 1024;
/// Largest buffer that a connection reads into or writes from, in bytes.
pub(super) const BUFFER: usize = 64 * 1024;

/// The limits; tests take shorter ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Most connections open at once; a further one is told to come back, and closed.
    pub connections: u32,
    /// Most requests under way at once of one role with one right; further ones are told to come back.
    pub requests: usize,
    /// Largest head of a request, in bytes, its first line included.
    pub head_bytes: usize,
    /// Most header fields of a request.
    pub head_fields: usize,
    /// How long a head may take from its first byte on; on a new connection, from its opening on.
    pub head_time: Duration,
    /// How long a connection may stay open without a request.
    pub idle_time: Duration,
    /// How long a body may pause between two pieces.
    pub body_pause: Duration,
    /// How long the other side may take nothing of an answer.
    pub answer_pause: Duration,
    /// How long the other side may take to take a piece of an answer whole, however steadily.
    pub answer_time: Duration,
    /// How long a request may take, its body included.
    pub request_time: Duration,
    /// How long open requests may go on after the listener was told to stop.
    pub drain_time: Duration,
}

impl Default for Limits {
    /// Half of the 1,024 open files that a process may usually have are left for the log and the providers.
    fn default() -> Self {
        Self {
            connections: 512,
            requests: 64,
            head_bytes: 16 * 1024,
            head_fields: 64,
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(30),
            body_pause: Duration::from_secs(10),
            answer_pause: Duration::from_secs(10),
            answer_time: Duration::from_secs(90),
            request_time: Duration::from_secs(90),
            drain_time: Duration::from_secs(10),
        }
    }
}
