//! Puts the parts together and installs them for the process.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::config::{Config, Format};
use crate::error::TelemetryError;
use crate::guard::Guard;
use crate::{export, redaction};

type BoxedLayer<S> = Box<dyn Layer<S> + Send + Sync>;

/// Installs telemetry for the whole process; lines go to standard error.
///
/// Hold the guard until the end. With an OTLP endpoint this must be called within a tokio runtime.
pub fn install(config: &Config) -> Result<Guard, TelemetryError> {
    let provider = config.otlp.as_ref().map(export::provider).transpose()?;
    assemble(config, provider.as_ref(), std::io::stderr)?
        .try_init()
        .map_err(|_installed| TelemetryError::AlreadyInstalled)?;
    let timeout = config.otlp.as_ref().map(|otlp| otlp.timeout);
    Ok(Guard::new(provider.zip(timeout)))
}

/// Everything but the installation.
fn assemble<W>(
    config: &Config,
    provider: Option<&SdkTracerProvider>,
    writer: W,
) -> Result<impl Subscriber + Send + Sync + 'static, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let spans =
        provider.map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("mahnwerk")));
    Ok(Registry::default()
        .with(filter(&config.filter)?)
        .with(filter_fn(redaction::may_pass))
        .with(lines(config, writer))
        .with(spans))
}

fn filter(text: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::builder()
        .parse(text)
        .map_err(|error| TelemetryError::BadFilter { filter: text.to_owned(), detail: error.to_string() })
}

fn lines<S, W>(config: &Config, writer: W) -> BoxedLayer<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = fmt::layer().with_writer(writer);
    match config.format {
        Format::Text => layer.with_ansi(config.colour).boxed(),
        Format::Json => layer.json().flatten_event(true).boxed(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What comes out while `work` runs.
    fn seen(config: &Config, work: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = assemble(config, None, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, work);
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    fn config(filter: &str, format: Format) -> Config {
        Config { filter: filter.to_owned(), format, ..Config::default() }
    }

    #[test]
    fn text_has_one_plain_line_with_fields() {
        let out = seen(&config("info", Format::Text), || {
            tracing::info!(target: "scheduler", { permits.granted = 3 }, "a batch is answered");
        });
        assert_eq!(out.lines().count(), 1, "{out}");
        assert!(out.contains("INFO scheduler: a batch is answered permits.granted=3"), "{out}");
        assert!(!out.contains('\u{1b}'), "no colour unless asked for: {out}");
    }

    #[test]
    fn json_has_one_object_a_line() {
        let out = seen(&config("info", Format::Json), || {
            let span = tracing::info_span!(target: "scheduler", "partition", partition.number = 7);
            span.in_scope(|| tracing::warn!(target: "scheduler", { debtor.count = 2 }, "held"));
        });
        let line: serde_json::Value = serde_json::from_str(out.trim_end()).unwrap();
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["message"], "held");
        assert_eq!(line["debtor.count"], 2);
        assert_eq!(line["span"]["partition.number"], 7);
        assert!(line["timestamp"].is_string());
    }

    #[test]
    fn the_filter_decides_for_our_own_crates() {
        let out = seen(&config("warn,scheduler=debug", Format::Text), || {
            tracing::debug!(target: "scheduler::batch", "shown");
            tracing::info!(target: "ingest", "hidden");
        });
        assert!(out.contains("shown") && !out.contains("hidden"), "{out}");
    }

    #[test]
    fn a_library_stays_at_info_even_when_everything_is_asked_for() {
        let out = seen(&config("trace", Format::Text), || {
            tracing::trace!(target: "scheduler", "ours");
            tracing::info!(target: "hyper::client", "theirs at info");
            tracing::debug!(target: "hyper::proto", "theirs with a body");
            tracing::trace!(target: "sqlx::query", "theirs with a row");
        });
        assert!(out.contains("ours") && out.contains("theirs at info"), "{out}");
        assert!(!out.contains("body") && !out.contains("row"), "{out}");
    }

    #[test]
    fn a_filter_that_can_not_be_read_is_refused_with_a_right_one() {
        for wrong in ["scheduler=loud", "a=b=c", "info,[", "="] {
            let error = assemble(&config(wrong, Format::Text), None, std::io::sink).map(drop).unwrap_err();
            assert!(matches!(&error, TelemetryError::BadFilter { filter, .. } if filter == wrong), "{error}");
            assert!(error.to_string().contains("info,scheduler=debug"), "{error}");
        }
    }
}
