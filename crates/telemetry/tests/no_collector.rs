//! A collector that is away costs spans, never the process: shutting down says so and ends in time.

use core::time::Duration;
use std::net::TcpListener;

use telemetry::trace_context::{adopt, current};
use telemetry::{Config, Otlp, TelemetryError, install};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_is_reported_at_the_end() {
    // Bound and dropped at once: nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let otlp = Otlp { timeout: Duration::from_millis(300), ..Otlp::at(&format!("http://{address}")) };
    let guard = install(&Config { otlp: Some(otlp), ..Config::default() }).unwrap();

    let span = tracing::info_span!("decide_batch");
    adopt(&span, None);
    assert!(span.in_scope(current).is_some(), "a span without a parent begins a trace");
    drop(span);

    let error = guard.shut_down().unwrap_err();
    assert!(matches!(error, TelemetryError::NotFlushed { .. }), "{error}");
    assert!(error.is_transient() && error.to_string().contains("event log is not affected"), "{error}");
}
