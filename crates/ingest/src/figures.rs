//! What ingest counts: requests, connections, tokens, and what became of facts and reports.
//!
//! The names stand here; those that others write too stand in [`telemetry::names`].
//! **Invariant:** a label is a route's template, a method, a class of status, or a word of a closed set: never an id,
//! never a tenant's text.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use contract::wire::{Filed, Receipt};
use domain::inbound::InboundClass;
use telemetry::metrics::{Counter, Counters, Gauge, OTHER, Registry, Times};
use telemetry::names::{FACT_KIND, FACTS_TOTAL, RECEIPT, REFUSAL};

use crate::hooks::{HookMeter, HookProvider, HookResult};

/// Requests answered, by [`ROUTE`], [`METHOD`] and [`STATUS`].
pub const REQUESTS_TOTAL: &str = "mahnwerk_http_requests_total";
/// From a request's head to its answer's, by [`ROUTE`] and [`METHOD`].
pub const REQUEST_SECONDS: &str = "mahnwerk_http_request_seconds";
/// Bodies that were not taken, by [`REASON`].
pub const BODIES_REFUSED_TOTAL: &str = "mahnwerk_http_bodies_refused_total";
/// Connections that are open.
pub const CONNECTIONS_OPEN: &str = "mahnwerk_http_connections_open";
/// Connections refused because too many are open.
pub const CONNECTIONS_REFUSED_TOTAL: &str = "mahnwerk_http_connections_refused_total";
/// Connections closed because the other side took too long, by [`REASON`].
pub const CONNECTIONS_TIMED_OUT_TOTAL: &str = "mahnwerk_http_connections_timed_out_total";
/// Requests whose token was not let in, by [`REASON`].
pub const TOKENS_REFUSED_TOTAL: &str = "mahnwerk_tokens_refused_total";
/// Reports of outcomes, by [`FILED`].
pub const REPORTS_TOTAL: &str = "mahnwerk_outcome_reports_total";

/// Webhooks, and entries of those that hold several, by [`PROVIDER`] and [`RESULT`].
pub const WEBHOOKS_TOTAL: &str = "mahnwerk_webhooks_total";
/// Messages that came in and are new, by [`CLASS`].
pub const INBOUND_MESSAGES_TOTAL: &str = "mahnwerk_inbound_messages_total";

/// A route's template, or `none`.
pub const ROUTE: &str = "route";
/// A method, or `other`.
pub const METHOD: &str = "method";
/// `2xx` and its like.
pub const STATUS: &str = "status";
/// Why not, in a word of a closed set.
pub const REASON: &str = "reason";
/// What was made of a report.
pub const FILED: &str = "filed";
/// Who reports: twilio, whatsapp or token.
pub const PROVIDER: &str = "provider";
/// What became of a webhook.
pub const RESULT: &str = "result";
/// What a message is about.
pub const CLASS: &str = "class";

/// Why a body was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BodyRefusal {
    /// It is larger than the route takes.
    TooLarge,
    /// Nothing of it came for too long.
    Stalled,
    /// It ended before it was whole.
    CutOff,
}

impl BodyRefusal {
    const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Stalled => "stalled",
            Self::CutOff => "cut_off",
        }
    }
}

/// Why a token was not let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenRefusal {
    /// There was none.
    Missing,
    /// Nobody has it.
    Wrong,
    /// It is over.
    Expired,
}

impl TokenRefusal {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Expired => "expired",
        }
    }
}

/// What a connection took too long with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slowness {
    /// Sending a head, or the next one.
    Head,
    /// Taking an answer.
    Answer,
}

impl Slowness {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Answer => "answer",
        }
    }
}

/// Ingest's figures. Cheap to clone: the clones are one.
#[derive(Clone)]
pub struct Figures {
    registry: Registry,
    requests: Counters<3>,
    request_times: Times<2>,
    bodies_refused: Counters<1>,
    connections_refused: Counter,
    connections_timed_out: Counters<1>,
    tokens_refused: Counters<1>,
    facts: Counters<3>,
    reports: Counters<1>,
    webhooks: Counters<2>,
    inbound: Counters<1>,
    /// Connections that are open.
    pub connections_open: Gauge,
}

impl Figures {
    /// Makes them, once in a process.
    pub fn new(registry: &Registry) -> Self {
        let counters = |name, help| registry.counters(name, help, [REASON]);
        Self {
            registry: registry.clone(),
            requests: registry.counters(REQUESTS_TOTAL, "Requests answered", [ROUTE, METHOD, STATUS]),
            request_times: registry.times(REQUEST_SECONDS, "Time to an answer", [ROUTE, METHOD]),
            bodies_refused: counters(BODIES_REFUSED_TOTAL, "Bodies not taken"),
            connections_refused: registry
                .counter(CONNECTIONS_REFUSED_TOTAL, "Connections refused because too many are open"),
            connections_timed_out: counters(CONNECTIONS_TIMED_OUT_TOTAL, "Connections closed for being slow"),
            tokens_refused: counters(TOKENS_REFUSED_TOTAL, "Requests whose token was not let in"),
            facts: registry.counters(FACTS_TOTAL, "Facts acknowledged", [FACT_KIND, RECEIPT, REFUSAL]),
            reports: registry.counters(REPORTS_TOTAL, "Reports of outcomes", [FILED]),
            webhooks: registry.counters(WEBHOOKS_TOTAL, "Webhooks", [PROVIDER, RESULT]),
            inbound: registry.counters(INBOUND_MESSAGES_TOTAL, "Messages that came in", [CLASS]),
            connections_open: registry.gauge(CONNECTIONS_OPEN, "Connections that are open"),
        }
    }

    /// All figures of the process, of other crates too, as a scraper reads them.
    pub fn text(&self) -> String {
        self.registry.text()
    }

    /// A request was answered. The route is a template or `none`, never a path that somebody sent.
    pub fn answered(&self, route: Option<&str>, method: &Method, status: StatusCode, took: Duration) {
        let route: Cow<'static, str> = route.map_or(Cow::Borrowed("none"), |route| route.to_owned().into());
        let method = method_name(method);
        self.requests.add_one([route.clone(), method.into(), class(status).into()]);
        self.request_times.observe([route, method.into()], took);
    }

    /// A body was not taken.
    pub fn body_refused(&self, why: BodyRefusal) {
        self.bodies_refused.add_one([why.as_str().into()]);
    }

    /// A connection was refused because too many are open.
    pub fn connection_refused(&self) {
        self.connections_refused.add_one();
    }

    /// A connection was closed for being slow.
    pub fn connection_timed_out(&self, with: Slowness) {
        self.connections_timed_out.add_one([with.as_str().into()]);
    }

    /// A token was not let in.
    pub fn token_refused(&self, why: TokenRefusal) {
        self.tokens_refused.add_one([why.as_str().into()]);
    }

    /// What became of a fact of this kind.
    pub fn fact(&self, kind: &'static str, receipt: &Receipt) {
        let (receipt, refusal): (&str, Cow<'static, str>) = match receipt {
            Receipt::Recorded => ("recorded", "none".into()),
            Receipt::Duplicate => ("duplicate", "none".into()),
            Receipt::Parked => ("parked", "none".into()),
            Receipt::Refused { reason, .. } => ("refused", reason.as_str().to_owned().into()),
        };
        self.facts.add_one([kind.into(), receipt.into(), refusal]);
    }

    /// What was made of a report.
    pub fn report(&self, filed: Filed) {
        let filed = match filed {
            Filed::Recorded => "recorded",
            Filed::NothingNew => "nothing_new",
            Filed::Waits => "waits",
            Filed::Unknown => "unknown",
        };
        self.reports.add_one([filed.into()]);
    }
}

impl HookMeter for Figures {
    fn webhook(&self, provider: HookProvider, result: HookResult) {
        self.webhooks.add_one([provider.as_str().into(), result.as_str().into()]);
    }

    fn inbound(&self, class: InboundClass) {
        self.inbound.add_one([class.as_str().into()]);
    }
}

fn method_name(method: &Method) -> &'static str {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let names = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    let found = known.iter().zip(names).find(|(known, _)| *known == method);
    found.map_or(OTHER, |(_, name)| name)
}

fn class(status: StatusCode) -> &'static str {
    let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];
    usize::from(status.as_u16() / 100).checked_sub(1).and_then(|n| classes.get(n)).copied().unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use domain::label::Label;

    use super::*;

    #[test]
    fn what_was_counted_is_shown_under_bounded_labels() {
        let figures = Figures::new(&Registry::default());
        let secret = Method::from_bytes(b"SECRET").unwrap();
        figures.answered(Some("/v1/facts"), &Method::POST, StatusCode::OK, Duration::from_millis(3));
        figures.answered(None, &secret, StatusCode::NOT_FOUND, Duration::from_millis(3));
        figures.fact("payment_received", &Receipt::Recorded);
        let reason = Label::new("unknown_claim").unwrap();
        figures.fact("payment_received", &Receipt::Refused { reason, detail: "secret".into() });
        figures.report(Filed::Waits);
        figures.body_refused(BodyRefusal::Stalled);
        figures.token_refused(TokenRefusal::Expired);
        figures.connection_timed_out(Slowness::Head);
        let text = figures.text();
        for line in [
            r#"mahnwerk_http_requests_total{route="/v1/facts",method="POST",status="2xx"} 1"#,
            r#"mahnwerk_http_requests_total{route="none",method="other",status="4xx"} 1"#,
            r#"mahnwerk_http_request_seconds_count{route="/v1/facts",method="POST"} 1"#,
            r#"mahnwerk_facts_total{fact_kind="payment_received",receipt="recorded",refusal="none"} 1"#,
            r#"mahnwerk_facts_total{fact_kind="payment_received",receipt="refused",refusal="unknown_claim"} 1"#,
            r#"mahnwerk_outcome_reports_total{filed="waits"} 1"#,
            r#"mahnwerk_http_bodies_refused_total{reason="stalled"} 1"#,
            r#"mahnwerk_tokens_refused_total{reason="expired"} 1"#,
            r#"mahnwerk_http_connections_timed_out_total{reason="head"} 1"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(!text.to_lowercase().contains("secret"));
    }
}
