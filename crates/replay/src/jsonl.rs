//! One JSON object for each event, on one line: a stable form for people and programs.
//!
//! | field | what |
//! |---|---|
//! | `history` | the log's history, hex |
//! | `tenant`, `stream`, `version` | whose event it is, and which of theirs, from 1 |
//! | `partition`, `position`, `previous` | where it stands; where the debtor's previous one stands, or null |
//! | `event_id` | hex |
//! | `cause` | `kind` (`fact`, `outcome`, `permit`, `render_refused`, `due`, `operator`) and `id`, hex |
//! | `at`, `occurred_at` | when it was decided, when what it states happened: RFC 3339 in UTC |
//! | `kind`, `schema` | which event, by name; the version of its payload |
//! | `decider`, `rulebook` | the decider's revision; the rulebook's hash, hex |
//! | `trace` | null, or a W3C `traceparent` |
//! | `event` | the open part: the fields of the wire contract, digests in hex, enumerations by name, instants in RFC 3339 |
//! | `sealed` | whether there is a personal part, which is never shown |
//! | `chain` | the row's chain hash, hex |
//!
//! Fields are only ever added. Readers deduplicate by `history`, `partition` and `position`.

use contract::event::kind_name;
use contract::wire::TraceContext;
use domain::event::Event;
use domain::input::CauseKind;
use serde_json::{Value, json};

use crate::reader::Entry;

mod event;
mod value;

use value::hex;

/// The object of one event.
pub fn object(entry: &Entry) -> Value {
    let recorded = &entry.recorded;
    let row = &recorded.event;
    json!({
        "history": hex(&recorded.history),
        "tenant": row.tenant.as_str(),
        "stream": row.stream.to_string(),
        "version": row.version,
        "partition": recorded.partition,
        "position": recorded.position.0,
        "previous": row.previous.map(|position| position.0),
        "event_id": hex(&row.event_id),
        "cause": { "kind": cause_name(row.cause.kind), "id": row.cause.id.to_string() },
        "at": row.at.to_string(),
        "occurred_at": row.occurred_at.to_string(),
        "kind": kind_name(row.kind),
        "schema": row.schema,
        "decider": row.decider,
        "rulebook": row.rulebook.to_string(),
        "trace": traceparent(row.trace),
        "event": event::object(&entry.event),
        "sealed": row.personal.is_some(),
        "chain": hex(&recorded.chain),
    })
}

/// The object of an event's open part alone.
pub fn event_object(event: &Event) -> Value {
    event::object(event)
}

/// The line of one event, its line feed included.
pub fn line(entry: &Entry) -> String {
    let mut line = object(entry).to_string();
    line.push('\n');
    line
}

/// The name of a cause.
pub(crate) const fn cause_name(kind: CauseKind) -> &'static str {
    match kind {
        CauseKind::Fact => "fact",
        CauseKind::Outcome => "outcome",
        CauseKind::Permit => "permit",
        CauseKind::RenderRefused => "render_refused",
        CauseKind::Due => "due",
        CauseKind::Operator => "operator",
    }
}

fn traceparent(trace: TraceContext) -> Option<String> {
    trace.map(|(trace, parent, flags)| format!("00-{}-{}-{flags:02x}", hex(&trace), hex(&parent)))
}
