//! What the binary hands in: read from flags, file and environment there, checked here.

use core::str::FromStr;
use core::time::Duration;

use crate::error::TelemetryError;

/// How telemetry is set up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// What to show, in the syntax of `tracing`'s filters: `info`, or `info,scheduler=debug`.
    pub filter: String,
    /// As text for people or as JSON for machines.
    pub format: Format,
    /// Whether text may be coloured: when standard error is a terminal and nobody asked for plain text.
    pub colour: bool,
    /// Where spans go besides, if anywhere.
    pub otlp: Option<Otlp>,
}

impl Default for Config {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: Format::Text, colour: false, otlp: None }
    }
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// One readable line each.
    Text,
    /// One JSON object a line.
    Json,
}

impl FromStr for Format {
    type Err = TelemetryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(TelemetryError::UnknownFormat { found: other.to_owned() }),
        }
    }
}

/// An OTLP collector that speaks gRPC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Otlp {
    /// Its address, such as `http://127.0.0.1:4317`; plain HTTP/2, so the collector belongs on the same host.
    pub endpoint: String,
    /// How long one export, and the last one when the process ends, may take.
    pub timeout: Duration,
    /// Which service the spans are said to come from.
    pub service: String,
}

impl Otlp {
    /// A collector at that address, with a time-out of five seconds and the service name `mahnwerk`.
    pub fn at(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            timeout: Duration::from_secs(5),
            service: "mahnwerk".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_one_of_two_words() {
        assert_eq!("text".parse::<Format>().ok(), Some(Format::Text));
        assert_eq!("json".parse::<Format>().ok(), Some(Format::Json));
        for wrong in ["", "JSON", "yaml", "text "] {
            let refused = wrong.parse::<Format>().unwrap_err();
            assert_eq!(refused, TelemetryError::UnknownFormat { found: wrong.to_owned() });
            assert!(refused.to_string().contains("text or json"), "{refused}");
        }
    }
}
