//! Spans to an OTLP collector over gRPC.
//!
//! Guarantees that no caller waits for the collector: spans are batched on a thread of the exporter's own and dropped
//! when the collector is away; the library bounds its queue (2,048 spans).
//! Leaves out TLS: the collector belongs on the same host, and a second crypto set-up does not.

use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::config::Otlp;
use crate::error::TelemetryError;

/// Longest address that is taken.
const MAX_ENDPOINT: usize = 512;

/// Builds the exporter; connects only when the first batch is sent, so that a collector may come up later.
pub(crate) fn provider(otlp: &Otlp) -> Result<SdkTracerProvider, TelemetryError> {
    check(&otlp.endpoint)?;
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(TelemetryError::NoRuntime);
    }
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_protocol(Protocol::Grpc)
        .with_endpoint(&otlp.endpoint)
        .with_timeout(otlp.timeout)
        .build()
        .map_err(|error| bad(&otlp.endpoint, &error.to_string()))?;
    let resource = Resource::builder_empty().with_service_name(otlp.service.clone()).build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

fn check(endpoint: &str) -> Result<(), TelemetryError> {
    if endpoint.len() > MAX_ENDPOINT {
        return Err(bad(&endpoint.chars().take(40).collect::<String>(), "it is longer than 512 bytes"));
    }
    match endpoint.split_once("://") {
        Some(("http", host)) if !host.is_empty() => Ok(()),
        Some(("https", _)) => Err(bad(endpoint, "TLS is not built in; put a collector on the same host")),
        Some(_) | None => Err(bad(endpoint, "it has to begin with http:// and name a host")),
    }
}

fn bad(endpoint: &str, detail: &str) -> TelemetryError {
    TelemetryError::BadEndpoint { endpoint: endpoint.to_owned(), detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_endpoint_that_can_not_work_is_refused_with_what_would() {
        let too_long = format!("http://{}", "a".repeat(MAX_ENDPOINT));
        for (wrong, why) in [
            ("", "begin with http://"),
            ("127.0.0.1:4317", "begin with http://"),
            ("http://", "begin with http://"),
            ("ftp://127.0.0.1", "begin with http://"),
            ("https://127.0.0.1:4317", "TLS is not built in"),
            ("http://not a host", "can't be used"),
            (&too_long, "longer than 512"),
        ] {
            let error = provider(&Otlp::at(wrong)).map(drop).unwrap_err();
            assert!(matches!(error, TelemetryError::BadEndpoint { .. }), "{error}");
            let text = error.to_string();
            assert!(text.contains(why) && text.contains("http://127.0.0.1:4317"), "{text}");
        }
    }

    #[test]
    fn without_a_runtime_there_is_an_error_and_no_panic() {
        let refused = provider(&Otlp::at("http://127.0.0.1:4317")).map(drop);
        assert_eq!(refused, Err(TelemetryError::NoRuntime));
    }
}
