//! What people do to a debtor by hand: put contact on hold, release a hold, note a promise, end a task.
//!
//! Each becomes a fact, made as those are that upstream systems publish; this adds names where none is given, and finds
//! what the log knows already: which hold is meant, in which currency a claim is owed.
//! Things are named by the tenant's references; where the log shows a digest, its 32 digits name the same thing.

mod check;
mod hold;
mod named;
mod request;

use contract::wire::{FactMessage, Receipt};
use domain::debtor::Debtor;
use domain::ids::HoldId;
use domain::label::{Label, TenantId};
use domain::time::Timestamp;
use runtime::Random;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::archive::{Archive, ArchiveError, Whose};
use crate::digests::Digests;
use crate::error::IngestError;
use crate::problem::{RowProblem, Unfit};
use crate::publish::{Defaults, Object, Place, Reading};
use crate::sink::FactSink;

pub use request::{Hold, Promise, Release, TaskDone};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The request is not right.
    #[error("{}{what}; {remedy}", place.as_ref().map(|place| format!("`{place}` ")).unwrap_or_default())]
    Malformed {
        /// Which part of it.
        place: Option<String>,
        /// What is wrong.
        what: String,
        /// What would be right.
        remedy: String,
    },
    /// The debtor stands otherwise than the request supposes.
    #[error("{detail}")]
    Refused {
        /// Why, from a closed set.
        reason: String,
        /// What was wrong and what would be right.
        detail: String,
    },
    /// What the log knows could not be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It could not be handed on.
    #[error(transparent)]
    Send(#[from] IngestError),
}

impl ActError {
    fn malformed(place: &str, unfit: Unfit) -> Self {
        Self::Malformed { place: Some(place.to_owned()), what: unfit.what, remedy: unfit.remedy }
    }
}

impl From<RowProblem> for ActError {
    fn from(problem: RowProblem) -> Self {
        // A request has no mapping: what one could do about it is no help here.
        let remedy = problem.remedy.split("; a mapping").next().unwrap_or_default().to_owned();
        Self::Malformed { place: problem.column, what: problem.what, remedy }
    }
}

/// One of these.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// Put contact on hold.
    Hold(Hold),
    /// Release a hold.
    Release(Release),
    /// Note a promise.
    Promise(Promise),
    /// End a task.
    TaskDone(TaskDone),
}

impl Act {
    /// Where it is asked for over HTTP.
    pub const fn path(&self) -> &'static str {
        match self {
            Self::Hold(_) => "/v1/holds",
            Self::Release(_) => "/v1/holds/release",
            Self::Promise(_) => "/v1/promises",
            Self::TaskDone(_) => "/v1/tasks/done",
        }
    }

    /// The request's body there.
    pub fn body(&self) -> Value {
        match self {
            Self::Hold(hold) => json!(hold),
            Self::Release(release) => json!(release),
            Self::Promise(promise) => json!(promise),
            Self::TaskDone(done) => json!(done),
        }
    }
}

/// What was done.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Acted {
    /// Whether it is in the log now, was before, or waits for its claim: `recorded`, `duplicate` or `parked`.
    pub receipt: String,
    /// The hold's name: what it is released by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// The promise's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promise: Option<String>,
}

/// Whoever acts, and with what.
#[derive(Clone, Copy)]
pub struct Acting<'a> {
    /// Who.
    pub actor: &'a Label,
    /// Now.
    pub now: Timestamp,
    /// Makes digests of references.
    pub digests: &'a dyn Digests,
    /// Draws names.
    pub random: &'a dyn Random,
    /// Reads what the log knows.
    pub archive: &'a dyn Archive,
    /// Where the facts go.
    pub sink: &'a dyn FactSink,
}

impl Acting<'_> {
    /// Does it.
    pub async fn perform(&self, act: &Act) -> Result<Acted, ActError> {
        match act {
            Act::Hold(hold) => self.hold(hold).await,
            Act::Release(release) => self.release(release).await,
            Act::Promise(promise) => self.promise(promise).await,
            Act::TaskDone(done) => self.done(done).await,
        }
    }

    /// Puts contact on hold (P6).
    async fn hold(&self, hold: &Hold) -> Result<Acted, ActError> {
        let name = hold.hold.clone().unwrap_or_else(|| self.name("hold", hold.id.as_deref()));
        let covers = if hold.claim.is_some() { "claim" } else { "debtor" };
        let members = [
            ("hold", Some(name.clone())),
            ("reason", Some(hold.reason.clone())),
            ("claim", hold.claim.clone()),
            ("covers", Some(covers.to_owned())),
            ("until", hold.until.clone()),
            ("until_after", hold.until_after.clone()),
            ("text", hold.text.clone()),
        ];
        if hold.until.is_some() && hold.until_after.is_some() {
            return Err(ActError::malformed(
                "until",
                Unfit::new("stands beside until_after", "state one of them"),
            ));
        }
        let id = hold.id.as_deref();
        let message = self.read("hold_placed", &hold.tenant, &hold.debtor, id, members)?;
        let place = if hold.until_after.is_some() { "until_after" } else { "until" };
        check::hold_ends(&message.fact, place, self.now)?;
        let debtor = self.debtor(&hold.tenant, &hold.debtor).await?;
        check::hold_is_free(&debtor, &message.fact, id, self.now)?;
        let acted = self.send(message).await?;
        Ok(Acted { hold: Some(name), ..acted })
    }

    /// Releases a hold: the one that is named, or the only one.
    async fn release(&self, release: &Release) -> Result<Acted, ActError> {
        let id = self.released(release).await?;
        let members = [("hold", Some(id.to_string())), ("text", release.text.clone())];
        let (tenant, debtor) = (&release.tenant, &release.debtor);
        let message = self.read("hold_released", tenant, debtor, release.id.as_deref(), members)?;
        let acted = self.send(message).await?;
        Ok(Acted { hold: Some(release.hold.clone().unwrap_or_else(|| id.to_string())), ..acted })
    }

    /// Notes a promise to pay (R24), in the claim's own currency where none is named.
    async fn promise(&self, promise: &Promise) -> Result<Acted, ActError> {
        let drawn = || self.name("promise", promise.id.as_deref());
        let name = promise.promise.clone().unwrap_or_else(drawn);
        let debtor = self.debtor(&promise.tenant, &promise.debtor).await?;
        let claim = named::ById(self.digests).claim(&debtor.tenant, &promise.claim);
        let claim = check::promised_claim(&debtor, claim, promise)?;
        let members = [
            ("promise", Some(name.clone())),
            ("claim", Some(promise.claim.clone())),
            ("amount", Some(promise.amount.clone())),
            ("currency", Some(claim.currency.as_str().to_owned())),
            ("due_at", Some(promise.due_at.clone())),
            ("text", promise.text.clone()),
        ];
        let id = promise.id.as_deref();
        let message = self.read("promise_made", &promise.tenant, &promise.debtor, id, members)?;
        check::promised(&message.fact, self.now)?;
        check::is_owed(&debtor, claim, &message.fact)?;
        let acted = self.send(message).await?;
        Ok(Acted { promise: Some(name), ..acted })
    }

    /// Ends a task that asked for a person.
    async fn done(&self, done: &TaskDone) -> Result<Acted, ActError> {
        let members = [("task", Some(done.task.clone())), ("text", done.text.clone())];
        let message = self.read("task_done", &done.tenant, &done.debtor, done.id.as_deref(), members)?;
        self.debtor(&done.tenant, &done.debtor).await?;
        self.send(message).await
    }

    async fn debtor(&self, tenant: &str, debtor: &str) -> Result<Debtor, ActError> {
        let tenant = TenantId::new(tenant).map_err(|_| {
            let remedy = "it has 1 to 64 of a-z, 0-9, _, - and .";
            ActError::malformed("tenant", Unfit::new("is no short name", remedy))
        })?;
        Ok(self.archive.state(&Whose { tenant, debtor: debtor.to_owned() }).await?)
    }

    /// The fact that these members state.
    fn read(
        &self,
        kind: &'static str,
        tenant: &str,
        debtor: &str,
        id: Option<&str>,
        members: impl IntoIterator<Item = (&'static str, Option<String>)>,
    ) -> Result<FactMessage, ActError> {
        let id = id.map_or_else(|| self.name("act", None), str::to_owned);
        let envelope = [
            ("kind", kind.to_owned()),
            ("tenant", tenant.to_owned()),
            // Whoever acts is where it comes from: two of them never share an id.
            ("source", self.actor.as_str().to_owned()),
            ("id", id),
            ("debtor", debtor.to_owned()),
        ];
        let members = members.into_iter().filter_map(|(name, text)| text.map(|text| (name, text)));
        let object = Object::of_texts(envelope.into_iter().chain(members));
        let defaults = Defaults { actor: Some(self.actor.clone()), ..Defaults::default() };
        let digests = named::ById(self.digests);
        let reading = Reading { defaults: &defaults, digests: &digests, now: self.now };
        Ok(reading.object(Place::Index(0), &object).fact?)
    }

    /// Hands one fact on.
    async fn send(&self, fact: FactMessage) -> Result<Acted, ActError> {
        match self.sink.take(vec![fact]).await?.into_iter().next() {
            Some(Receipt::Recorded) => Ok(receipt("recorded")),
            Some(Receipt::Duplicate) => Ok(receipt("duplicate")),
            Some(Receipt::Parked) => Ok(receipt("parked")),
            Some(Receipt::Refused { reason, detail }) => {
                Err(ActError::Refused { reason: reason.as_str().to_owned(), detail })
            }
            None => Err(ActError::Send(IngestError::Receipts { sent: 1, answered: 0 })),
        }
    }

    /// A name that nobody had before; of a request that may be sent again, the same each time.
    fn name(&self, what: &str, id: Option<&str>) -> String {
        let bytes = match id {
            Some(id) => self.digests.content(format!("{what}\u{1f}{}\u{1f}{id}", self.actor).as_bytes()),
            None => runtime::random_id(self.random),
        };
        let digits: String = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{what}-{digits}")
    }

    /// The hold that a release means; one that is gone is left to the log, which knows a request that comes again.
    async fn released(&self, release: &Release) -> Result<HoldId, ActError> {
        let debtor = self.debtor(&release.tenant, &release.debtor).await?;
        let digest = |name: &str| self.digests.hold(&debtor.tenant, name);
        match (hold::meant(&debtor, release.hold.as_deref(), digest), &release.id, &release.hold) {
            (Err(_), Some(_), Some(name)) => Ok(named::ById(self.digests).hold(&debtor.tenant, name)),
            (meant, _, _) => meant,
        }
    }
}

fn receipt(word: &str) -> Acted {
    Acted { receipt: word.to_owned(), ..Acted::default() }
}
