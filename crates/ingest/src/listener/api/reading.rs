//! What the log says: explanations, events page by page, whether it is whole, which rulebook decides.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Answer, Caller, Problem, Shared, archive, check_all_tenants, instant, own_tenant, query, reference,
    unread,
};
use crate::archive::{EventsPage, EventsWanted, Whose};

/// Most events of one page.
const MAX_EVENTS: usize = 1_000;
/// Events of a page where nobody says how many.
const EVENTS: usize = 100;
/// Most kinds of events that one request asks for.
const MAX_KINDS: usize = 64;

/// The query of `GET /v1/why/…`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::listener) struct Asked {
    tenant: String,
    at: Option<String>,
}

/// The query of `GET /v1/events`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::listener) struct Wanted {
    after: Option<u64>,
    limit: Option<usize>,
    partition: Option<u16>,
    tenant: Option<String>,
    debtor: Option<String>,
    /// Names, parted by commas.
    r#type: Option<String>,
    since: Option<String>,
    before: Option<String>,
}

/// The query of `GET /v1/events/{position}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::listener) struct Of {
    partition: Option<u16>,
}

/// `GET /v1/why/{reference}?tenant&at`
#[utoipa::path(
    get,
    path = "/v1/why/{reference}",
    tag = "debtors",
    summary = "Why a debtor was contacted, and why not",
    description = "Each event told, with the rules that were weighed; where the debtor stands; what comes next. Nothing personal.",
    params(
        ("reference" = String, Path, description = "The tenant's reference, or the stream's 32 digits; may hold slashes"),
        ("tenant" = String, Query, description = "The tenant"),
        ("at" = Option<String>, Query, description = "As things stood then, RFC 3339; now where it is left out"),
    ),
    responses((status = 200, description = "The explanation", body = Object)),
)]
pub(super) async fn why(
    State(shared): State<Shared>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Answer<Json<Value>> {
    let debtor = reference(path)?;
    let asked = self::query(query, "add ?tenant=NAME, and at=INSTANT for an earlier moment")?;
    let tenant = own_tenant(&caller, &asked.tenant)?;
    let at = asked.at.map(|text| instant("at", &text)).transpose()?;
    archive(&shared)?.why(&Whose { tenant, debtor }, at).await.map(Json).map_err(unread)
}

/// `GET /v1/events?after&limit&partition&tenant&debtor&type&since&before`
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "events",
    summary = "Events, page by page, in the order of the log",
    description = "Open parts only. A page may be empty and yet not the last: go on with `after` = `next` while `more` is true, \
        or later, when there may be new ones.",
    params(
        ("after" = Option<u64>, Query, description = "After this position; 0 is the beginning"),
        ("limit" = Option<usize>, Query, description = "At most so many, 1 to 1000; 100 where it is left out"),
        ("partition" = Option<u16>, Query, description = "Of this partition; 0 where it is left out"),
        ("tenant" = Option<String>, Query, description = "Of this tenant"),
        ("debtor" = Option<String>, Query, description = "Of this debtor of the tenant's"),
        ("type" = Option<String>, Query, description = "Of these kinds, parted by commas", example = "payment_received,escalated"),
        ("since" = Option<String>, Query, description = "Decided at this instant or later, RFC 3339"),
        ("before" = Option<String>, Query, description = "Decided before this instant, RFC 3339"),
    ),
    responses((status = 200, description = "A page", body = EventsPage)),
)]
pub(super) async fn events(
    State(shared): State<Shared>,
    caller: Caller,
    query: Result<Query<Wanted>, QueryRejection>,
) -> Answer<Json<EventsPage>> {
    let remedy = "the query may have after, limit, partition, tenant, debtor, type (names parted by commas), since, before";
    let wanted = wanted(&caller, self::query(query, remedy)?)?;
    archive(&shared)?.events(&wanted).await.map(Json).map_err(unread)
}

/// `GET /v1/events/{position}?partition`
#[utoipa::path(
    get,
    path = "/v1/events/{position}",
    tag = "events",
    summary = "One event",
    params(
        ("position" = u64, Path, description = "Where it stands in the log"),
        ("partition" = Option<u16>, Query, description = "In which partition; 0 where it is left out"),
    ),
    responses((status = 200, description = "The event, its open part", body = Object)),
)]
pub(super) async fn event(
    State(shared): State<Shared>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<Of>, QueryRejection>,
) -> Answer<Json<Value>> {
    let wrong =
        || Problem::new(StatusCode::BAD_REQUEST, "this is no position", "write a whole number").at("path");
    let position = path.ok().and_then(|Path(text)| text.parse::<u64>().ok()).ok_or_else(wrong)?;
    let of = self::query(query, "the query may have partition")?;
    let event = archive(&shared)?.event(of.partition.unwrap_or(0), position).await.map_err(unread)?;
    let tenant = event.get("tenant").and_then(Value::as_str).unwrap_or_default();
    let is_ours = caller.tenants.named().is_none_or(|ours| ours.iter().any(|known| known.as_str() == tenant));
    if !is_ours {
        let remedy = "use a token that has the event's tenant";
        return Err(Problem::new(StatusCode::FORBIDDEN, "this event is of another tenant", remedy).at("path"));
    }
    Ok(Json(event))
}

/// `POST /v1/verify`
#[utoipa::path(
    post,
    path = "/v1/verify",
    tag = "events",
    summary = "Check that the log is whole",
    description = "Chain, positions, links and payloads of each event, and snapshots against a refold. One check at a \
        time, of a log of at most two million events.",
    responses((status = 200, description = "What was looked at, and what is wrong", body = Object)),
)]
pub(super) async fn verify(State(shared): State<Shared>, caller: Caller) -> Answer<Json<Value>> {
    check_all_tenants(&caller, "this reads the whole log", "use a token that was made with --all-tenants")?;
    archive(&shared)?.verify().await.map(Json).map_err(unread)
}

/// `GET /v1/rulebook`
#[utoipa::path(
    get,
    path = "/v1/rulebook",
    tag = "rulebook",
    summary = "The rulebook in force: its hash, and each tenant's scenarios and rules",
    responses((status = 200, description = "The rulebook", body = Object)),
)]
pub(super) async fn rulebook(State(shared): State<Shared>, caller: Caller) -> Answer<Json<Value>> {
    let mut rulebook = archive(&shared)?.rulebook().await.map_err(unread)?;
    if let (Some(ours), Some(tenants)) =
        (caller.tenants.named(), rulebook.get_mut("tenants").and_then(Value::as_array_mut))
    {
        tenants.retain(|tenant| {
            let name = tenant.get("tenant").and_then(Value::as_str);
            name.is_some_and(|name| ours.iter().any(|known| known.as_str() == name))
        });
    }
    Ok(Json(rulebook))
}

fn wanted(caller: &Caller, asked: Wanted) -> Answer<EventsWanted> {
    let bad = |what: String, remedy: &str, place: &str| {
        Problem::new(StatusCode::BAD_REQUEST, what, remedy).at(place.to_owned())
    };
    let limit = asked.limit.unwrap_or(EVENTS);
    if !(1..=MAX_EVENTS).contains(&limit) {
        return Err(bad(format!("the limit is not 1 to {MAX_EVENTS}"), "ask for further pages", "limit"));
    }
    let kinds: Vec<String> =
        asked.r#type.iter().flat_map(|text| text.split(',')).map(str::to_owned).collect();
    if kinds.len() > MAX_KINDS {
        return Err(bad(format!("there are more than {MAX_KINDS} types"), "ask for fewer", "type"));
    }
    let tenant = asked.tenant.map(|text| own_tenant(caller, &text)).transpose()?;
    let debtor = match (asked.debtor, &tenant) {
        (Some(debtor), Some(tenant)) => Some(Whose { tenant: tenant.clone(), debtor }),
        (Some(_), None) => {
            return Err(bad("a debtor is named without a tenant".into(), "add tenant=NAME", "tenant"));
        }
        (None, _) => None,
    };
    let ours = || caller.tenants.named().map(|ours| ours.iter().cloned().collect());
    Ok(EventsWanted {
        partition: asked.partition.unwrap_or(0),
        after: asked.after.unwrap_or(0),
        limit,
        tenants: tenant.map(|tenant| vec![tenant]).or_else(ours),
        debtor,
        kinds,
        since: asked.since.map(|text| instant("since", &text)).transpose()?,
        before: asked.before.map(|text| instant("before", &text)).transpose()?,
    })
}
