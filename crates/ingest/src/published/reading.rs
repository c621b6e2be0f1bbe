//! From a published message to a fact: by its subject, its encoding and the fields of its kind.

use bus::upstream::Published;
use contract::upstream;
use contract::wire::FactMessage;
use domain::label::{Label, TenantId};

use super::{Intake, Refusal};
use crate::mapping::object::Defaults;
use crate::problem::RowProblem;
use crate::publish::{Object, Place, Reading};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// Where facts come from that do not say.
const NO_SOURCE: &str = "upstream";

impl Intake {
    /// The fact that a message states.
    pub(super) fn read(&self, message: &Published) -> Result<FactMessage, Refusal> {
        let tenant = self.tenant(&message.tenant)?;
        let object = match message.content_type.as_deref().unwrap_or(PROTOBUF) {
            PROTOBUF => of_protobuf(message)?,
            JSON => of_json(message)?,
            _ => {
                let detail = format!("its Content-Type is not known; {PROTOBUF} and {JSON} are");
                return Err(malformed(detail));
            }
        };
        let source = Label::new(NO_SOURCE).ok();
        let defaults = Defaults { tenant: Some(tenant.clone()), source, ..Defaults::default() };
        let now = self.runtime.clock.now();
        let reading = Reading { defaults: &defaults, digests: &*self.keyring, now };
        let mut fact = reading.object(Place::Index(0), &object).fact.map_err(|problem| unfit(&problem))?;
        if fact.tenant != tenant {
            return Err(malformed(
                "it names another tenant than its subject; leave it out, or publish it there".into(),
            ));
        }
        fact.trace = fact.trace.or(message.trace);
        Ok(fact)
    }

    fn tenant(&self, name: &str) -> Result<TenantId, Refusal> {
        let known = TenantId::new(name).ok().filter(|tenant| self.tenants.contains(tenant));
        known.ok_or_else(|| {
            refusal(
                "unknown_tenant",
                "its subject names no tenant of the rulebook; publish on claims.v1.<tenant>.<kind>".into(),
            )
        })
    }
}

/// Kind and id stand where the message has them, unless its body does.
fn of_protobuf(message: &Published) -> Result<Object, Refusal> {
    let event = upstream::decode(&message.body)
        .map_err(|error| malformed(format!("{error}; publish a ClaimEvent")))?;
    let id = if event.id.is_empty() { message.message_id.clone().unwrap_or_default() } else { event.id };
    let stated = [("source", event.source), ("id", id), ("at", event.at), ("kind", message.kind.clone())];
    let beside = stated.into_iter().filter(|(_, text)| !text.is_empty());
    let beside = beside.map(|(name, text)| (name.to_owned(), vec![text]));
    Ok(Object::of_fields(beside.chain(event.fields)))
}

fn of_json(message: &Published) -> Result<Object, Refusal> {
    let object: Object = serde_json::from_slice(&message.body).map_err(|error| {
        malformed(format!("is no JSON from its column {} on; publish one object", error.column()))
    })?;
    let id = message.message_id.clone();
    object
        .with_absent("kind", Some(message.kind.clone()))
        .with_absent("id", id)
        .saying("kind", &message.kind)
        .ok_or_else(|| {
            malformed("it names another kind than its subject; leave it out, or publish it there".into())
        })
}

fn unfit(problem: &RowProblem) -> Refusal {
    let RowProblem { column, what, remedy, .. } = problem;
    match column {
        Some(column) => malformed(format!("`{column}` {what}; {remedy}")),
        None => malformed(format!("it {what}; {remedy}")),
    }
}

fn malformed(detail: String) -> Refusal {
    refusal("malformed", detail)
}

#[expect(clippy::expect_used, reason = "a constant that is a name")]
fn refusal(reason: &'static str, detail: String) -> Refusal {
    Refusal { reason: Label::new(reason).expect("a name"), detail }
}
