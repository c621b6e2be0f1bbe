//! Pauses: contacts of a tenant, over a channel, or all of them rest until somebody lets them go on.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use contract::wire::{Command, CommandAnswer, Order, Reach};
use domain::channel::Channel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Answer, Body, Caller, Problem, Shared, actor, archive, check_all_tenants, label, own_tenant, query, read,
    unread, unsent,
};
use crate::archive::PauseView;

/// What is to rest.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::listener) struct Pause {
    /// The tenant; all where there is none.
    tenant: Option<String>,
    /// The channel; all where there is none.
    channel: Option<String>,
    /// Why: a short name such as `outage`.
    reason: String,
    /// Who says so: for whoever holds the token beside the log.
    actor: Option<String>,
}

/// What is to go on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::listener) struct Resume {
    tenant: Option<String>,
    channel: Option<String>,
    actor: Option<String>,
}

/// What a command came to.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug, ToSchema)]
pub(in crate::listener) struct Commanded {
    /// `done`, or `nothing_to_do` where it was so already.
    result: &'static str,
    /// How many partitions answered.
    partitions: usize,
}

/// `GET /v1/pauses`
#[utoipa::path(
    get,
    path = "/v1/pauses",
    tag = "operating",
    summary = "Which contacts rest",
    responses((status = 200, description = "The pauses in force", body = Vec<PauseView>)),
)]
pub(super) async fn list(State(shared): State<Shared>, caller: Caller) -> Answer<Json<Vec<PauseView>>> {
    let mut pauses = archive(&shared)?.pauses().await.map_err(unread)?;
    let of_others = |tenant: &str| {
        caller.tenants.named().is_some_and(|ours| !ours.iter().any(|known| known.as_str() == tenant))
    };
    pauses.retain(|pause| !pause.tenant.as_deref().is_some_and(of_others));
    Ok(Json(pauses))
}

/// `POST /v1/pauses`
#[utoipa::path(
    post,
    path = "/v1/pauses",
    tag = "operating",
    summary = "Let contacts rest: all, those of a tenant, those over a channel",
    description = "From the answer on no permit is given; what was submitted before can't be called back.",
    request_body(content = Pause, example = json!({ "tenant": "gemeinde-musterwil", "channel": "sms", "reason": "outage" })),
    responses((status = 200, description = "They rest", body = Commanded, example = json!({ "result": "done", "partitions": 1 }))),
)]
pub(super) async fn pause(
    State(shared): State<Shared>,
    caller: Caller,
    body: Body,
) -> Answer<Json<Commanded>> {
    let asked: Pause = read(body, r#"{"tenant": "town", "channel": "sms", "reason": "outage"}"#)?;
    let reach = reach(&caller, asked.tenant.as_deref(), asked.channel.as_deref())?;
    let order = Order::Pause { reach, reason: label("reason", &asked.reason)? };
    command(&shared, Command { actor: actor(&caller, asked.actor.as_deref())?, order }).await
}

/// `DELETE /v1/pauses?tenant&channel`
#[utoipa::path(
    delete,
    path = "/v1/pauses",
    tag = "operating",
    summary = "Let contacts go on that rest",
    params(
        ("tenant" = Option<String>, Query, description = "The tenant that the pause names"),
        ("channel" = Option<String>, Query, description = "The channel that the pause names"),
        ("actor" = Option<String>, Query, description = "Who says so: for the token beside the log alone"),
    ),
    responses((status = 200, description = "They go on", body = Commanded, example = json!({ "result": "done", "partitions": 1 }))),
)]
pub(super) async fn resume(
    State(shared): State<Shared>,
    caller: Caller,
    query: Result<Query<Resume>, QueryRejection>,
) -> Answer<Json<Commanded>> {
    let asked = self::query(query, "the query may have tenant, channel and actor")?;
    let reach = reach(&caller, asked.tenant.as_deref(), asked.channel.as_deref())?;
    let order = Order::Resume { reach };
    command(&shared, Command { actor: actor(&caller, asked.actor.as_deref())?, order }).await
}

fn reach(caller: &Caller, tenant: Option<&str>, channel: Option<&str>) -> Answer<Reach> {
    let tenant = tenant.map(|text| own_tenant(caller, text)).transpose()?;
    if tenant.is_none() {
        check_all_tenants(caller, "this names no tenant", "name a tenant of this token's")?;
    }
    let channel = channel.map(self::channel).transpose()?;
    Ok(Reach { tenant, channel })
}

fn channel(text: &str) -> Answer<Channel> {
    let known = Channel::ALL.into_iter().find(|channel| channel.as_str() == text);
    known.ok_or_else(|| {
        let names: Vec<&str> = Channel::ALL.into_iter().map(Channel::as_str).collect();
        let remedy = format!("write one of: {}", names.join(", "));
        Problem::new(StatusCode::BAD_REQUEST, "there is no such channel", remedy).at("channel")
    })
}

async fn command(shared: &Shared, command: Command) -> Answer<Json<Commanded>> {
    let answers = shared.services.gate.command(&command).await.map_err(|error| unsent(&error))?;
    let partitions = answers.len();
    let nothing = answers.iter().all(|answer| *answer == CommandAnswer::NothingToDo);
    Ok(Json(Commanded { result: if nothing { "nothing_to_do" } else { "done" }, partitions }))
}
