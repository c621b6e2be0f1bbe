//! What people do to a debtor by hand: put contact on hold, release a hold, note a promise, end a task.
//!
//! Each becomes a fact, made as those are that upstream systems publish; this adds names where none is given, and finds
//! what the log knows already: which hold is meant, in which currency a claim is owed.
//! Things are named by the tenant's references; where the log shows a digest, its 32 digits name the same thing.

mod hold;
mod named;
mod request;

use contract::wire::Receipt;
use domain::debtor::Debtor;
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
        Self::Malformed { place: problem.column, what: problem.what, remedy: problem.remedy }
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
        let name = hold.hold.clone().unwrap_or_else(|| self.name("hold"));
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
        let acted =
            self.state("hold_placed", &hold.tenant, &hold.debtor, hold.id.as_deref(), members).await?;
        Ok(Acted { hold: Some(name), ..acted })
    }

    /// Releases a hold: the one that is named, or the only one.
    async fn release(&self, release: &Release) -> Result<Acted, ActError> {
        let debtor = self.debtor(&release.tenant, &release.debtor).await?;
        let id =
            hold::meant(&debtor, release.hold.as_deref(), |name| self.digests.hold(&debtor.tenant, name))?;
        let members = [("hold", Some(id.to_string())), ("text", release.text.clone())];
        let (tenant, debtor) = (&release.tenant, &release.debtor);
        let acted = self.state("hold_released", tenant, debtor, release.id.as_deref(), members).await?;
        Ok(Acted { hold: Some(release.hold.clone().unwrap_or_else(|| id.to_string())), ..acted })
    }

    /// Notes a promise to pay (R24), in the claim's own currency where none is named.
    async fn promise(&self, promise: &Promise) -> Result<Acted, ActError> {
        let name = promise.promise.clone().unwrap_or_else(|| self.name("promise"));
        let currency = match &promise.currency {
            Some(currency) => currency.clone(),
            None => self.currency_of(promise).await?,
        };
        let members = [
            ("promise", Some(name.clone())),
            ("claim", Some(promise.claim.clone())),
            ("amount", Some(promise.amount.clone())),
            ("currency", Some(currency)),
            ("due_at", Some(promise.due_at.clone())),
            ("text", promise.text.clone()),
        ];
        let (tenant, debtor) = (&promise.tenant, &promise.debtor);
        let acted = self.state("promise_made", tenant, debtor, promise.id.as_deref(), members).await?;
        Ok(Acted { promise: Some(name), ..acted })
    }

    /// Ends a task that asked for a person.
    async fn done(&self, done: &TaskDone) -> Result<Acted, ActError> {
        let members = [("task", Some(done.task.clone())), ("text", done.text.clone())];
        self.state("task_done", &done.tenant, &done.debtor, done.id.as_deref(), members).await
    }

    async fn currency_of(&self, promise: &Promise) -> Result<String, ActError> {
        let debtor = self.debtor(&promise.tenant, &promise.debtor).await?;
        let claim = named::ById(self.digests).claim(&debtor.tenant, &promise.claim);
        debtor.claim(claim).map(|claim| claim.currency.as_str().to_owned()).ok_or_else(|| {
            let remedy = "check its reference, or name the currency to have the promise wait for the claim";
            ActError::malformed("claim", Unfit::new("is none of this debtor's", remedy))
        })
    }

    async fn debtor(&self, tenant: &str, debtor: &str) -> Result<Debtor, ActError> {
        let tenant = TenantId::new(tenant).map_err(|_| {
            let remedy = "it has 1 to 64 of a-z, 0-9, _, - and .";
            ActError::malformed("tenant", Unfit::new("is no short name", remedy))
        })?;
        Ok(self.archive.state(&Whose { tenant, debtor: debtor.to_owned() }).await?)
    }

    /// States one fact.
    async fn state(
        &self,
        kind: &'static str,
        tenant: &str,
        debtor: &str,
        id: Option<&str>,
        members: impl IntoIterator<Item = (&'static str, Option<String>)> + Send,
    ) -> Result<Acted, ActError> {
        let id = id.map_or_else(|| self.name("act"), str::to_owned);
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
        let fact = reading.object(Place::Index(0), &object).fact?;
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

    /// A name that nobody had before.
    fn name(&self, what: &str) -> String {
        let digits: String =
            runtime::random_id(self.random).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{what}-{digits}")
    }
}

fn receipt(word: &str) -> Acted {
    Acted { receipt: word.to_owned(), ..Acted::default() }
}
