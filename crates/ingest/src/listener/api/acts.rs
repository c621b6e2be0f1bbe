//! What people do to a debtor by hand, over HTTP.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::label::Label;
use domain::time::Timestamp;

use super::{Answer, Body, Caller, Problem, Shared, actor, archive, own_tenant, read, unread, unsent};
use crate::acts::{Act, ActError, Acted, Acting, Hold, Promise, Release, TaskDone};

/// `POST /v1/holds`
#[utoipa::path(
    post,
    path = "/v1/holds",
    tag = "debtors",
    summary = "Put contact on hold",
    description = "With the debtor, or about one claim; from the answer on no permit is given for it. Recorded in the token's name. 409 where a hold of this name is in force.",
    request_body(content = Hold, example = json!({ "tenant": "gemeinde-musterwil", "debtor": "K-17", "reason": "illness", "until_after": "14d" })),
    responses((status = 200, description = "It is in the log", body = Acted, example = json!({ "receipt": "recorded", "hold": "hold-3f2a9c01d4e5b6a7" }))),
)]
pub(super) async fn hold(State(shared): State<Shared>, caller: Caller, body: Body) -> Answer<Json<Acted>> {
    let hold: Hold = read(body, r#"{"tenant": "town", "debtor": "K-17", "reason": "illness"}"#)?;
    let who = who(&caller, &hold.tenant, hold.actor.as_deref())?;
    acted(acting(&shared, &who)?.perform(&Act::Hold(hold)).await)
}

/// `POST /v1/holds/release`
#[utoipa::path(
    post,
    path = "/v1/holds/release",
    tag = "debtors",
    summary = "Release a hold",
    description = "By its name, its 32 digits, or 8 or more of the first or last of them; the only one in force where none is named. 409 where there is no such hold.",
    request_body(content = Release, example = json!({ "tenant": "gemeinde-musterwil", "debtor": "K-17", "hold": "hold-3f2a9c01d4e5b6a7" })),
    responses((status = 200, description = "It is in the log", body = Acted, example = json!({ "receipt": "recorded", "hold": "hold-3f2a9c01d4e5b6a7" }))),
)]
pub(super) async fn release(State(shared): State<Shared>, caller: Caller, body: Body) -> Answer<Json<Acted>> {
    let release: Release = read(body, r#"{"tenant": "town", "debtor": "K-17", "hold": "…"}"#)?;
    let who = who(&caller, &release.tenant, release.actor.as_deref())?;
    acted(acting(&shared, &who)?.perform(&Act::Release(release)).await)
}

/// `POST /v1/promises`
#[utoipa::path(
    post,
    path = "/v1/promises",
    tag = "debtors",
    summary = "Note that the debtor promised to pay",
    description = "Contact about the claim rests until then and the grace after it. 409 where the claim is settled.",
    request_body(content = Promise, example = json!({ "tenant": "gemeinde-musterwil", "debtor": "K-17", "claim": "R-9", "amount": "120.50", "due_at": "2026-04-01T00:00:00Z" })),
    responses((status = 200, description = "It is in the log", body = Acted, example = json!({ "receipt": "recorded", "promise": "promise-3f2a9c01d4e5b6a7" }))),
)]
pub(super) async fn promise(State(shared): State<Shared>, caller: Caller, body: Body) -> Answer<Json<Acted>> {
    let example = r#"{"tenant": "town", "debtor": "K-17", "claim": "R-9", "amount": "120.50", "due_at": "2026-04-01T00:00:00Z"}"#;
    let promise: Promise = read(body, example)?;
    let who = who(&caller, &promise.tenant, promise.actor.as_deref())?;
    acted(acting(&shared, &who)?.perform(&Act::Promise(promise)).await)
}

/// `POST /v1/tasks/done`
#[utoipa::path(
    post,
    path = "/v1/tasks/done",
    tag = "debtors",
    summary = "End a task that asked for a person",
    description = "409 where no such task is open.",
    request_body(content = TaskDone, example = json!({ "tenant": "gemeinde-musterwil", "debtor": "K-17", "task": "answer" })),
    responses((status = 200, description = "It is in the log", body = Acted, example = json!({ "receipt": "recorded" }))),
)]
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
