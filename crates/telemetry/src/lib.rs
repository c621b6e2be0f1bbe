//! Log lines, spans, figures and trace context: how a running Mahnwerk is watched.
//!
//! `tracing` goes to standard error as text or JSON; spans go to an OTLP collector as well where one is configured.
//! The W3C trace context that travels in messages and stands in the log's envelope is read and written in
//! [`trace_context`].
//!
//! **Invariant:** nothing here reads the environment or a file: the binary does, and hands in a [`Config`].
//! What OpenTelemetry's own library reads of `OTEL_EXPORTER_OTLP_HEADERS` and `OTEL_BSP_*` is the one exception.
//! **Invariant:** no decision depends on telemetry: with all of it off, the same log comes out.
//!
//! # Redaction policy
//! People in debt stand behind every line.
//! 1. A message is a constant text; values are fields with dotted names (`escalation.id`, `channel.name`).
//! 2. A field may hold ids that are keyed digests, labels, numbers, instants and names of enums, and nothing else.
//!    Never a name, a number, an address, a reference, a text of a message, a provider's raw answer.
//! 3. Types that hold a personal value have a `Debug` that shows only their kind, and no `Display`; so even a careless
//!    `?value` gives nothing away.
//! 4. A metric's label comes from a closed set ([`names::LABELS`]), never an id: a figure must not single out a person.
//! 5. Other people's libraries may print what they carry at `debug` and `trace`.
//!    They are held to `info` whatever the filter says ([`redaction`]); there is no switch that lifts it.
//! 6. A span carries what a log line may, and nothing more.
//!
//! Left out: serving the figures ([`metrics`]), which the listener does.

pub mod metrics;
pub mod names;
pub mod redaction;
pub mod trace_context;

mod config;
mod error;
mod export;
mod guard;
mod subscriber;

pub use config::{Config, Format, Otlp};
pub use error::TelemetryError;
pub use guard::Guard;
pub use subscriber::install;
