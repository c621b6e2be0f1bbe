//! A request's body that may not pause for long.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use runtime::BoxFuture;
use runtime::clock::Clock;

use crate::figures::{BodyRefusal, Figures};

/// Why a body ended before it was whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Broken {
    /// Nothing came for too long.
    #[error("nothing more came of the body")]
    Stalled,
    /// The connection ended, or what came was no body.
    #[error("the body was cut off")]
    CutOff,
}

impl Broken {
    /// Whether this is why something failed, or why what made it fail failed.
    pub(super) fn is_stalled(error: &(dyn std::error::Error + 'static)) -> bool {
        std::iter::successors(Some(error), |error| error.source())
            .any(|error| error.downcast_ref() == Some(&Self::Stalled))
    }
}

/// A body that ends with an error when it pauses for too long.
pub(super) struct PromptBody {
    inner: Incoming,
    clock: Arc<dyn Clock>,
    figures: Figures,
    pause: Duration,
    /// Runs while nothing comes.
    stalled: Option<BoxFuture<'static, ()>>,
}

impl PromptBody {
    /// A body that may pause for so long.
    pub(super) fn new(inner: Incoming, clock: Arc<dyn Clock>, figures: Figures, pause: Duration) -> Self {
        Self { inner, clock, figures, pause, stalled: None }
    }
}

impl Body for PromptBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            this.stalled = None;
            return Poll::Ready(frame.map(|frame| {
                frame.map_err(|_| {
                    this.figures.body_refused(BodyRefusal::CutOff);
                    Broken::CutOff
                })
            }));
        }
        let nap = this.stalled.get_or_insert_with(|| this.clock.sleep(this.pause));
        if nap.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        this.figures.body_refused(BodyRefusal::Stalled);
        Poll::Ready(Some(Err(Broken::Stalled)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
