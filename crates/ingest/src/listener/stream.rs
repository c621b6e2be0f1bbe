//! A connection's bytes: tells the pace that something came, and gives up on who takes nothing of an answer, or
//! takes it drop by drop.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use runtime::BoxFuture;
use runtime::clock::Clock;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::limits::Limits;
use super::pace::Pace;
use crate::figures::{Figures, Slowness};

/// A stream that is watched.
pub(super) struct WatchedStream<S> {
    pub(super) inner: S,
    pub(super) pace: Arc<Pace>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) figures: Figures,
    pub(super) limits: Limits,
    /// Runs while a write waits.
    pub(super) stalled: Option<BoxFuture<'static, ()>>,
    /// Runs from the first write that waited until all is written.
    pub(super) drawn_out: Option<BoxFuture<'static, ()>>,
}

impl<S> WatchedStream<S> {
    /// Hands a write's result on, unless it has waited too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let Self { clock, limits, stalled, drawn_out, .. } = self;
        let pause = stalled.get_or_insert_with(|| clock.sleep(limits.answer_pause));
        let whole = drawn_out.get_or_insert_with(|| clock.sleep(limits.answer_time));
        if pause.as_mut().poll(cx).is_pending() && whole.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.figures.connection_timed_out(Slowness::Answer);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.pace.heard();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WatchedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, parts);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        if flushed.is_ready() {
            self.drawn_out = None;
        }
        self.watch(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.watch(cx, shut)
    }
}
