//! How setting telemetry up, or sending the last spans, can fail.

/// Why telemetry could not be set up or flushed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TelemetryError {
    /// The format is not known.
    #[error("the log format {found:?} is not known; it is text or json")]
    UnknownFormat {
        /// What was asked for.
        found: String,
    },
    /// The filter can't be read.
    #[error(
        "the log filter {filter:?} can't be read: {detail}; right would be info, or info,scheduler=debug"
    )]
    BadFilter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The collector's address can't be used.
    #[error("the OTLP endpoint {endpoint:?} can't be used: {detail}; right would be http://127.0.0.1:4317")]
    BadEndpoint {
        /// The address.
        endpoint: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Export needs a tokio runtime around the call.
    #[error("OTLP export must be set up within a tokio runtime; call install from async code")]
    NoRuntime,
    /// Something else is installed already.
    #[error("telemetry is installed already; install it once, at the start of the process")]
    AlreadyInstalled,
    /// The last spans did not get out.
    #[error("the last spans were not delivered to the collector: {detail}; the event log is not affected")]
    NotFlushed {
        /// What the exporter says.
        detail: String,
    },
}

impl TelemetryError {
    /// Whether trying the same again may help.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::NotFlushed { .. } => true,
            Self::UnknownFormat { .. }
            | Self::BadFilter { .. }
            | Self::BadEndpoint { .. }
            | Self::NoRuntime
            | Self::AlreadyInstalled => false,
        }
    }
}
