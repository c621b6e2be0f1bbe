//! What `main` holds until the end: dropping it sends the last spans.

use core::time::Duration;

use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::error::TelemetryError;

/// Keeps telemetry alive; flushes when it is dropped, however the process ends short of a kill.
///
/// Hold it in `main` on a multi-threaded runtime: flushing blocks its thread for at most twice the time-out, while
/// another one carries the bytes.
#[must_use = "dropping the guard at once ends the export of spans"]
#[derive(Debug)]
pub struct Guard {
    export: Option<(SdkTracerProvider, Duration)>,
}

impl Guard {
    pub(crate) const fn new(export: Option<(SdkTracerProvider, Duration)>) -> Self {
        Self { export }
    }

    /// Sends what is batched so far and goes on.
    pub fn flush(&self) -> Result<(), TelemetryError> {
        self.export.as_ref().map_or(Ok(()), |(provider, _)| provider.force_flush().map_err(not_flushed))
    }

    /// Sends what is left and ends the export. The same as dropping, with an answer.
    pub fn shut_down(mut self) -> Result<(), TelemetryError> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), TelemetryError> {
        match self.export.take() {
            // Shutting down alone exports as well, but keeps to itself whether that worked.
            Some((provider, timeout)) => {
                let flushed = provider.force_flush();
                let ended = provider.shutdown_with_timeout(timeout);
                flushed.and(ended).map_err(not_flushed)
            }
            None => Ok(()),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            tracing::warn!(error.detail = %error, "the last spans were not exported");
        }
    }
}

fn not_flushed(error: impl core::fmt::Display) -> TelemetryError {
    TelemetryError::NotFlushed { detail: error.to_string() }
}
