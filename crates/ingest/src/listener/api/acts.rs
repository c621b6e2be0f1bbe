//! What people do to a debtor by hand, over HTTP.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::label::Label;
use domain::time::Timestamp;

use super::{Answer, Body, Caller, Problem, Shared, actor, archive, own_tenant, read, unread, unsent};
use crate::acts::{Act, ActError, Acted, Acting, Hold, Promise, Release, TaskDone};

/// `POST /v1/holds`
pub(super) async fn hold(State(shared): State<Shared>, caller: Caller, body: Body) -> Answer<Json<Acted>> {
    let hold: Hold = read(body, r#"{"tenant": "town", "debtor": "K-17", "reason": "illness"}"#)?;
    let who = who(&caller, &hold.tenant, hold.actor.as_deref())?;
    acted(acting(&shared, &who)?.perform(&Act::Hold(hold)).await)
}

/// `POST /v1/holds/release`
pub(super) async fn release(State(shared): State<Shared>, caller: Caller, body: Body) -> Answer<Json<Acted>> {
    let release: Release = read(body, r#"{"tenant": "town", "debtor": "K-17", "hold": "…"}"#)?;
    let who = who(&caller, &release.tenant, release.actor.as_deref())?;
    acted(acting(&shared, &who)?.perform(&Act::Release(release)).await)
}

/// `POST /v1/promises`
pub(super) async fn promise(State(shared): State<Shared>, caller: Caller, body: Body) -> Answer<Json<Acted>> {
    let example = r#"{"tenant": "town", "debtor": "K-17", "claim": "R-9", "amount": "120.50", "due_at": "2026-04-01T00:00:00Z"}"#;
    let promise: Promise = read(body, example)?;
    let who = who(&caller, &promise.tenant, promise.actor.as_deref())?;
    acted(acting(&shared, &who)?.perform(&Act::Promise(promise)).await)
}

/// `POST /v1/tasks/done`
pub(super) async fn done(State(shared): State<Shared>, caller: Caller, body: Body) -> Answer<Json<Acted>> {
    let done: TaskDone = read(body, r#"{"tenant": "town", "debtor": "K-17", "task": "answer"}"#)?;
    let who = who(&caller, &done.tenant, done.actor.as_deref())?;
    acted(acting(&shared, &who)?.perform(&Act::TaskDone(done)).await)
}

/// In whose name, once the tenant is known to be the caller's.
fn who(caller: &Caller, tenant: &str, stated: Option<&str>) -> Answer<Label> {
    own_tenant(caller, tenant)?;
    actor(caller, stated)
}

fn acting<'a>(shared: &'a Shared, actor: &'a Label) -> Answer<Acting<'a>> {
    let services = &shared.services;
    let now: Timestamp = services.runtime.clock.now();
    Ok(Acting {
        actor,
        now,
        digests: services.digests.as_ref(),
        random: services.runtime.random.as_ref(),
        archive: archive(shared)?.as_ref(),
        sink: &services.gate,
    })
}

fn acted(result: Result<Acted, ActError>) -> Answer<Json<Acted>> {
    result.map(Json).map_err(|error| match error {
        ActError::Malformed { place, what, remedy } => {
            let detail = place.as_ref().map_or_else(|| what.clone(), |place| format!("`{place}` {what}"));
            let problem = Problem::new(StatusCode::BAD_REQUEST, detail, remedy);
            problem.at(place.unwrap_or_else(|| "body".to_owned()))
        }
        ActError::Refused { reason, detail } => {
            let remedy = format!("it was refused as {reason} and changed nothing");
            Problem::new(StatusCode::CONFLICT, detail, remedy)
        }
        ActError::Archive(error) => unread(error),
        ActError::Send(error) => unsent(&error),
    })
}
