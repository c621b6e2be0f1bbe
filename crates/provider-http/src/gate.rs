//! The gate between a request and its connection: the body passes once, in time, or never.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use channel::Deadline;
use http_body::{Body, Frame, SizeHint};

const OPEN: u8 = 0;
const PASSED: u8 = 1;
const CLOSED: u8 = 2;

/// Open until the body passes or the request is given up, whichever is first; both are final.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<AtomicU8>);

impl Gate {
    /// Lets the body pass, if nobody has given up and none has passed.
    fn pass(&self) -> bool {
        self.turn(PASSED)
    }

    /// Gives up; afterwards nothing passes. Whether the body had passed before.
    pub(crate) fn close(&self) -> bool {
        !self.turn(CLOSED) && self.0.load(Ordering::SeqCst) == PASSED
    }

    fn turn(&self, to: u8) -> bool {
        self.0.compare_exchange(OPEN, to, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

/// Closes the gate when the request is dropped: a worker that gave up must not be outrun by the connection's task.
pub(crate) struct CloseOnDrop(pub(crate) Gate);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        // The answer matters to nobody any more; the worker goes by `Deadline::was_checked`.
        let _passed_before = self.0.close();
    }
}

/// The body was held back, since its time was over or its request was given up.
#[derive(Debug, thiserror::Error)]
#[error("the body was held back")]
pub(crate) struct HeldBack;

/// A body that asks before it passes.
pub(crate) struct GuardedBody {
    bytes: Option<Bytes>,
    length: u64,
    gate: Gate,
    deadline: Deadline,
    passed: bool,
}

impl GuardedBody {
    pub(crate) fn new(body: Vec<u8>, gate: Gate, deadline: Deadline) -> Self {
        let bytes = Bytes::from(body);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { bytes: Some(bytes), length, gate, deadline, passed: false }
    }
}

impl Body for GuardedBody {
    type Data = Bytes;
    type Error = HeldBack;

    /// Called by the connection when it is up and has room, directly before it writes.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HeldBack>>> {
        let Some(bytes) = self.bytes.take() else { return Poll::Ready(None) };
        // In this order: once the gate is passed, whoever asks the deadline learns that it was checked.
        // A worker that drops the request closes the gate first and asks afterwards.
        if self.deadline.check().is_err() || !self.gate.pass() {
            return Poll::Ready(Some(Err(HeldBack)));
        }
        self.passed = true;
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(if self.bytes.is_some() { self.length } else { 0 })
    }
}

impl Drop for GuardedBody {
    /// The connection drops the body once it has all of it in its buffer, on the way to the socket.
    fn drop(&mut self) {
        if self.passed {
            self.deadline.begun();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use domain::time::Timestamp;
    use runtime::simulated::Simulation;

    fn body(gate: &Gate, deadline: &Deadline) -> GuardedBody {
        GuardedBody::new(b"text".to_vec(), gate.clone(), deadline.clone())
    }

    fn poll(body: &mut GuardedBody) -> Option<bool> {
        let mut context = Context::from_waker(std::task::Waker::noop());
        match Pin::new(body).poll_frame(&mut context) {
            Poll::Ready(frame) => frame.map(|frame| frame.is_ok()),
            Poll::Pending => unreachable!("it never waits"),
        }
    }

    fn deadline(start_within: Duration) -> Deadline {
        let (_simulation, runtime) = Simulation::new(1, Timestamp(0));
        Deadline::new(runtime.clock, Duration::ZERO, start_within)
    }

    #[test]
    fn a_body_passes_once_whoever_holds_another() {
        let (gate, deadline) = (Gate::default(), deadline(Duration::from_secs(10)));
        let (mut first, mut second) = (body(&gate, &deadline), body(&gate, &deadline));
        assert_eq!(first.size_hint().exact(), Some(4));
        assert_eq!((poll(&mut first), poll(&mut first), poll(&mut second)), (Some(true), None, Some(false)));
        assert!(gate.close() && gate.close(), "it had passed, however often one asks");
    }

    #[test]
    fn nothing_passes_a_closed_gate() {
        let (gate, deadline) = (Gate::default(), deadline(Duration::from_secs(10)));
        let mut body = body(&gate, &deadline);
        drop(CloseOnDrop(gate.clone()));
        assert_eq!(poll(&mut body), Some(false));
        assert!(!gate.close(), "nothing had passed");
        assert!(deadline.was_checked(), "the worker may have asked between check and gate");
    }

    #[test]
    fn nothing_passes_after_the_deadline() {
        let (gate, deadline) = (Gate::default(), deadline(Duration::ZERO));
        assert_eq!(poll(&mut body(&gate, &deadline)), Some(false));
        assert!(!gate.close() && !deadline.was_checked());
    }
}
