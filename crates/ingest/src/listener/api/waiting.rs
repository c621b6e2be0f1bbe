//! Inputs that wait until they are addressed, and inputs that could not be processed: shown, tried again, given up.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use contract::wire::{Command, CommandAnswer, Order, Receipt};
use domain::ids::InputId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Answer, Caller, Problem, Shared, actor, archive, label, query, unread, unsent};
use crate::archive::WaitingView;

/// Most inputs of one answer; the oldest come first.
const MAX_WAITING: u32 = 1_000;

/// The query of `DELETE /v1/quarantine/{key}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::listener) struct Why {
    reason: String,
    actor: Option<String>,
}

/// The query of `POST /v1/quarantine/{key}/retry`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::listener) struct Who {
    actor: Option<String>,
}

/// What became of an input.
#[derive(Serialize, PartialEq, Eq, Debug, Default, ToSchema)]
pub(in crate::listener) struct Treated {
    /// `done`, `nothing_to_do`, or what trying again came to: `recorded`, `duplicate`, `parked` or `refused`.
    result: &'static str,
    /// Why it was refused again.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What was wrong and what would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// An input's content, decrypted.
#[derive(Serialize, ToSchema)]
pub(in crate::listener) struct Content {
    /// The input's key.
    key: String,
    /// What it says.
    content: Value,
}

/// `GET /v1/parked`
#[utoipa::path(
    get,
    path = "/v1/parked",
    tag = "operating",
    summary = "Inputs that wait until they are addressed, oldest first",
    responses((status = 200, description = "At most 1,000 of them", body = Vec<WaitingView>)),
)]
pub(super) async fn parked(State(shared): State<Shared>, caller: Caller) -> Answer<Json<Vec<WaitingView>>> {
    let waiting = archive(&shared)?.parked(MAX_WAITING).await.map_err(unread)?;
    Ok(Json(waiting.into_iter().filter(|view| is_ours(&caller, view)).collect()))
}

/// `GET /v1/quarantine`
#[utoipa::path(
    get,
    path = "/v1/quarantine",
    tag = "operating",
    summary = "Inputs that could not be processed, oldest first",
    responses((status = 200, description = "At most 1,000 of them", body = Vec<WaitingView>)),
)]
pub(super) async fn quarantined(
    State(shared): State<Shared>,
    caller: Caller,
) -> Answer<Json<Vec<WaitingView>>> {
    let waiting = archive(&shared)?.quarantined(MAX_WAITING).await.map_err(unread)?;
    Ok(Json(waiting.into_iter().filter(|view| is_ours(&caller, view)).collect()))
}

/// `GET /v1/quarantine/{key}`: what it says, in clear.
#[utoipa::path(
    get,
    path = "/v1/quarantine/{key}",
    tag = "operating",
    summary = "What an input that waits says, decrypted",
    params(("key" = String, Path, description = "The input's 32 digits"),),
    responses((status = 200, description = "Its content in clear", body = Content)),
)]
pub(super) async fn content(
    State(shared): State<Shared>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Answer<Json<Content>> {
    let key = key(path)?;
    check_ours(&shared, &caller, key).await?;
    let content = archive(&shared)?.content(key).await.map_err(unread)?;
    Ok(Json(Content { key: key.to_string(), content }))
}

/// `POST /v1/quarantine/{key}/retry`
#[utoipa::path(
    post,
    path = "/v1/quarantine/{key}/retry",
    tag = "operating",
    summary = "Try an input again",
    params(
        ("key" = String, Path, description = "The input's 32 digits"),
        ("actor" = Option<String>, Query, description = "Who says so: for the token beside the log alone"),
    ),
    responses((status = 200, description = "What it came to", body = Treated, example = json!({ "result": "recorded" }))),
)]
pub(super) async fn retry(
    State(shared): State<Shared>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<Who>, QueryRejection>,
) -> Answer<Json<Treated>> {
    let key = key(path)?;
    let asked = self::query(query, "the query may have actor")?;
    let actor = actor(&caller, asked.actor.as_deref())?;
    treat(&shared, &caller, key, Command { actor, order: Order::Retry(key) }).await
}

/// `DELETE /v1/quarantine/{key}?reason`
#[utoipa::path(
    delete,
    path = "/v1/quarantine/{key}",
    tag = "operating",
    summary = "Give an input up",
    params(
        ("key" = String, Path, description = "The input's 32 digits"),
        ("reason" = String, Query, description = "Why: a short name", example = "test_data"),
        ("actor" = Option<String>, Query, description = "Who says so: for the token beside the log alone"),
    ),
    responses((status = 200, description = "It is never looked at again", body = Treated, example = json!({ "result": "done" }))),
)]
pub(super) async fn give_up(
    State(shared): State<Shared>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<Why>, QueryRejection>,
) -> Answer<Json<Treated>> {
    let key = key(path)?;
    let asked = self::query(query, "add ?reason=NAME: a short name such as test_data")?;
    let order = Order::Drop { input: key, reason: label("reason", &asked.reason)? };
    let actor = actor(&caller, asked.actor.as_deref())?;
    treat(&shared, &caller, key, Command { actor, order }).await
}

async fn treat(shared: &Shared, caller: &Caller, key: InputId, command: Command) -> Answer<Json<Treated>> {
    check_ours(shared, caller, key).await?;
    let answers = shared.services.gate.command(&command).await.map_err(|error| unsent(&error))?;
    // The partition that has it says more than those that never heard of it.
    let known = answers.into_iter().find(|answer| *answer != CommandAnswer::UnknownInput);
    known.map(|answer| Json(treated(answer))).ok_or_else(unknown)
}

fn treated(answer: CommandAnswer) -> Treated {
    let plain = |result| Treated { result, ..Treated::default() };
    match answer {
        CommandAnswer::Done => plain("done"),
        CommandAnswer::NothingToDo | CommandAnswer::UnknownInput => plain("nothing_to_do"),
        CommandAnswer::Tried(Receipt::Recorded) => plain("recorded"),
        CommandAnswer::Tried(Receipt::Duplicate) => plain("duplicate"),
        CommandAnswer::Tried(Receipt::Parked) => plain("parked"),
        CommandAnswer::Tried(Receipt::Refused { reason, detail }) => {
            Treated { result: "refused", reason: Some(reason.as_str().to_owned()), detail: Some(detail) }
        }
    }
}

fn key(path: Result<Path<String>, PathRejection>) -> Answer<InputId> {
    path.ok().and_then(|Path(text)| InputId::from_hex(&text)).ok_or_else(|| {
        let remedy = "it has 32 hexadecimal digits; take it from GET /v1/quarantine or /v1/parked";
        Problem::new(StatusCode::BAD_REQUEST, "this is no input's key", remedy).at("path")
    })
}

fn is_ours(caller: &Caller, view: &WaitingView) -> bool {
    let named = |ours: &std::collections::BTreeSet<domain::label::TenantId>| {
        ours.iter().any(|known| view.tenant.as_deref() == Some(known.as_str()))
    };
    caller.tenants.named().is_none_or(named)
}

/// Whether an input is of a tenant of the caller's: who has them all need not be asked.
async fn check_ours(shared: &Shared, caller: &Caller, key: InputId) -> Answer<()> {
    if caller.tenants.named().is_none() {
        return Ok(());
    }
    let archive = archive(shared)?;
    let mut waiting = archive.quarantined(MAX_WAITING).await.map_err(unread)?;
    waiting.extend(archive.parked(MAX_WAITING).await.map_err(unread)?);
    let key = key.to_string();
    let ours = waiting.iter().any(|view| view.key == key && is_ours(caller, view));
    if ours { Ok(()) } else { Err(unknown()) }
}

fn unknown() -> Problem {
    let remedy = "take its key from GET /v1/quarantine or /v1/parked";
    Problem::new(StatusCode::NOT_FOUND, "no input with this key waits", remedy).at("path")
}
