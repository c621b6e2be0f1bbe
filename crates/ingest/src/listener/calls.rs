//! The call list over HTTP: what an agent's screen or a scripted agent does with it, one by one or many at once.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use domain::ids::EscalationId;
use domain::label::{Label, TenantId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use worker_call::{CallDesk, DeskError, DispositionForm, Filter, LeaseView, Opening, ReachForm, SaidForm};
use worker_call::{TaskState, TaskView};

use super::Shared;
use super::answer::{Answer, Each, Problem, no_name};
use super::asked::{self, Body, read};
use super::caller::Caller;

/// Most tasks of one request.
const MAX_TASKS: usize = 1000;
/// Longest that a listing waits for a task, in seconds.
const MAX_WAIT_S: u64 = 30;
/// Longest shift, in seconds.
const MAX_SHIFT_S: u64 = 24 * 3600;

/// The query of `GET /v1/calls`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    tenant: Option<String>,
    state: Option<TaskState>,
    agent: Option<String>,
    limit: Option<usize>,
    wait_s: Option<u64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Take {
    agent: String,
    count: u32,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Tasks {
    agent: String,
    tasks: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Done {
    agent: String,
    calls: Vec<Ended>,
}

/// How one call ended.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Ended {
    task: String,
    #[schema(value_type = String, example = "no_answer")]
    reach: ReachForm,
    #[serde(default)]
    #[schema(value_type = Object)]
    said: SaidForm,
    note: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Shift {
    agent: String,
    seconds: u64,
}

/// `GET /v1/calls`.
#[utoipa::path(
    get,
    path = "/v1/calls",
    tag = "calls",
    summary = "The calls that wait, best first",
    params(
        ("tenant" = Option<String>, Query, description = "Of this tenant"),
        ("state" = Option<String>, Query, description = "waiting, taken, open or overdue"),
        ("agent" = Option<String>, Query, description = "Held by this agent"),
        ("limit" = Option<usize>, Query, description = "At most so many"),
        ("wait_s" = Option<u64>, Query, description = "Wait so long for one to take, 30 s at most"),
    ),
    responses((status = 200, description = "The tasks, without numbers", body = Vec<Object>)),
)]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    query: Result<Query<Wanted>, QueryRejection>,
) -> Answer<Json<Vec<TaskView>>> {
    let remedy = "the query may have tenant, state (waiting, taken, open, overdue), agent, limit and wait_s";
    let wanted = asked::query(query, remedy)?;
    let tenant = wanted.tenant.as_deref().map(|text| TenantId::new(text).map_err(|_| no_name("tenant")));
    let agent = wanted.agent.as_deref().map(agent);
    let filter = Filter {
        tenants: seen_by(&caller, tenant.transpose()?)?,
        state: wanted.state,
        agent: agent.transpose()?,
        limit: wanted.limit,
    };
    let desk = desk(&shared)?;
    if let Some(wait_s) = wanted.wait_s {
        let patience = Duration::from_secs(wait_s.min(MAX_WAIT_S));
        desk.wait_for_tasks_of(filter.tenants.as_ref(), patience).await;
    }
    Ok(Json(desk.list(&filter).await))
}

/// `POST /v1/calls/take`.
#[utoipa::path(
    post,
    path = "/v1/calls/take",
    tag = "calls",
    summary = "Take the most important calls",
    request_body(content = Take, example = json!({ "agent": "anna", "count": 1 })),
    responses((status = 200, description = "The tasks taken, and for how long", body = Vec<Object>)),
)]
pub(super) async fn take(
    State(shared): State<Shared>,
    caller: Caller,
    body: Body,
) -> Answer<Json<Vec<LeaseView>>> {
    let Take { agent, count } = read(body, r#"{"agent": "anna", "count": 1}"#)?;
    let taken = desk(&shared)?.take_of(&self::agent(&agent)?, caller.tenants.named(), count).await;
    taken.map(Json).map_err(|error| problem(&error))
}

/// `POST /v1/calls/open`.
#[utoipa::path(
    post,
    path = "/v1/calls/open",
    tag = "calls",
    summary = "Open calls: ask for the permit, see number, script and dossier",
    request_body(content = Tasks, example = json!({
        "agent": "anna", "tasks": ["5ae0c1d2e3f405162738495a6b7c8d9e-1"]
    })),
    responses((status = 200, description = "For each the call, or why it is struck", body = Vec<Object>)),
)]
pub(super) async fn open(
    State(shared): State<Shared>,
    caller: Caller,
    body: Body,
) -> Answer<Json<Vec<Each<Opening>>>> {
    let Tasks { agent, tasks } = read(body, r#"{"agent": "anna", "tasks": ["…"]}"#)?;
    let agent = self::agent(&agent)?;
    let ids = ids(tasks.iter().map(String::as_str))?;
    check_tasks(&shared, &caller, &ids)?;
    let opened = desk(&shared)?.open_many(&agent, &ids).await;
    Ok(each(&tasks, opened))
}

/// `POST /v1/calls/done`.
#[utoipa::path(
    post,
    path = "/v1/calls/done",
    tag = "calls",
    summary = "Note what came of calls",
    request_body(content = Done, example = json!({
        "agent": "anna", "calls": [{ "task": "5ae0c1d2e3f405162738495a6b7c8d9e-1", "reach": "no_answer" }]
    })),
    responses((status = 200, description = "For each whether it is in the log", body = Vec<Object>)),
)]
pub(super) async fn done(
    State(shared): State<Shared>,
    caller: Caller,
    body: Body,
) -> Answer<Json<Vec<Each<bool>>>> {
    let Done { agent, calls } =
        read(body, r#"{"agent": "anna", "calls": [{"task": "…", "reach": "no_answer"}]}"#)?;
    let agent = self::agent(&agent)?;
    let ids = ids(calls.iter().map(|call| call.task.as_str()))?;
    check_tasks(&shared, &caller, &ids)?;
    let tasks: Vec<String> = calls.iter().map(|call| call.task.clone()).collect();
    let calls = ids.into_iter().zip(calls).map(|(id, call)| {
        let form = DispositionForm { reach: call.reach, said: call.said };
        (id, form.into(), call.note)
    });
    let ended = desk(&shared)?.done_many(&agent, calls.collect()).await;
    Ok(each(&tasks, ended.into_iter().map(|result| result.map(|()| true)).collect()))
}

/// `POST /v1/calls/return`.
#[utoipa::path(
    post,
    path = "/v1/calls/return",
    tag = "calls",
    summary = "Give calls back that were not made",
    request_body(content = Tasks, example = json!({
        "agent": "anna", "tasks": ["5ae0c1d2e3f405162738495a6b7c8d9e-1"]
    })),
    responses((status = 200, description = "For each whether it is on the list again", body = Vec<Object>)),
)]
pub(super) async fn give_back(
    State(shared): State<Shared>,
    caller: Caller,
    body: Body,
) -> Answer<Json<Vec<Each<bool>>>> {
    let Tasks { agent, tasks } = read(body, r#"{"agent": "anna", "tasks": ["…"]}"#)?;
    let (agent, desk) = (self::agent(&agent)?, desk(&shared)?);
    let ids = ids(tasks.iter().map(String::as_str))?;
    check_tasks(&shared, &caller, &ids)?;
    let mut returned = Vec::with_capacity(tasks.len());
    for id in ids {
        returned.push(desk.give_back(&agent, id).await.map(|()| true));
    }
    Ok(each(&tasks, returned))
}

/// `POST /v1/calls/shift`.
#[utoipa::path(
    post,
    path = "/v1/calls/shift",
    tag = "calls",
    summary = "Say that an agent works for so long",
    request_body(content = Shift, example = json!({ "agent": "anna", "seconds": 3600 })),
    responses((status = 204, description = "Noted")),
)]
pub(super) async fn shift(State(shared): State<Shared>, body: Body) -> Answer<StatusCode> {
    let Shift { agent, seconds } = read(body, r#"{"agent": "anna", "seconds": 3600}"#)?;
    if seconds > MAX_SHIFT_S {
        let remedy = format!("at most {MAX_SHIFT_S}; say it again before it ends");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "the shift is too long", remedy).at("seconds"));
    }
    desk(&shared)?.shift(&self::agent(&agent)?, Duration::from_secs(seconds)).await;
    Ok(StatusCode::NO_CONTENT)
}

fn desk(shared: &Shared) -> Answer<&Arc<CallDesk>> {
    shared.services.calls.as_ref().ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "this process has no call list", "ask one that works the calls")
    })
}

/// Whose tasks are listed: the tenant's that was asked for, else all that the caller may see.
fn seen_by(caller: &Caller, asked: Option<TenantId>) -> Answer<Option<BTreeSet<TenantId>>> {
    let Some(tenant) = asked else { return Ok(caller.tenants.named().cloned()) };
    caller.check_tenant(&tenant, "tenant")?;
    Ok(Some(BTreeSet::from([tenant])))
}

/// Whether all of these are the caller's tenants'; a task that is not on the list is answered for itself.
fn check_tasks(shared: &Shared, caller: &Caller, ids: &[EscalationId]) -> Answer<()> {
    for (number, id) in ids.iter().enumerate() {
        let tenant = desk(shared)?.tenant_of(id);
        tenant.map_or(Ok(()), |tenant| caller.check_tenant(&tenant, &format!("task {number}")))?;
    }
    Ok(())
}

fn agent(text: &str) -> Answer<Label> {
    Label::new(text).map_err(|_| no_name("agent"))
}

fn ids<'a>(tasks: impl ExactSizeIterator<Item = &'a str>) -> Answer<Vec<EscalationId>> {
    if tasks.len() > MAX_TASKS {
        let remedy = format!("at most {MAX_TASKS} at once");
        return Err(
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "there are too many tasks", remedy).at("body")
        );
    }
    let numbered = tasks.enumerate().map(|(number, text)| {
        EscalationId::parse(text).ok_or_else(|| {
            let remedy = "take it from GET /v1/calls or POST /v1/calls/take";
            Problem::new(StatusCode::BAD_REQUEST, "this is no task's id", remedy).at(format!("task {number}"))
        })
    });
    numbered.collect()
}

fn each<T>(tasks: &[String], results: Vec<Result<T, DeskError>>) -> Json<Vec<Each<T>>> {
    let named = tasks.iter().cloned().zip(results);
    Json(named.map(|(task, result)| Each::of(task, result.map_err(|error| problem(&error)))).collect())
}

/// The desk's errors name what would be right themselves; a problem says it once.
fn problem(error: &DeskError) -> Problem {
    let (status, remedy) = match error {
        DeskError::UnknownTask { .. } => (StatusCode::NOT_FOUND, "take another"),
        DeskError::NotHeld { .. } => (StatusCode::CONFLICT, "take it first"),
        DeskError::AlreadyOpen { .. } => (StatusCode::CONFLICT, "end the call with a disposition"),
        DeskError::NotOpen { .. } => (StatusCode::CONFLICT, "open it, or give it back"),
        DeskError::TooManyHeld { .. } => (StatusCode::CONFLICT, "end or give back some first"),
        DeskError::BadDisposition { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, "correct it and send it again")
        }
        DeskError::Unanswered { .. } => (StatusCode::SERVICE_UNAVAILABLE, "try again"),
        DeskError::NotNow { .. } => (StatusCode::CONFLICT, "wait until calls go on"),
        DeskError::EmptySetting { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "correct the configuration"),
    };
    let sentence = error.to_string();
    let detail = sentence.strip_suffix(remedy).and_then(|what| what.strip_suffix("; ")).unwrap_or(&sentence);
    Problem::new(status, detail, remedy)
}
