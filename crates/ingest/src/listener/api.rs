//! The control API: what the commands do, for a console and for other systems.
//!
//! **Invariant:** whoever acts is recorded under the name of their token.
//! **Invariant:** nobody sees or touches what belongs to a tenant that their token does not have.

mod acts;
mod pauses;
mod reading;
mod waiting;

use std::sync::Arc;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use domain::label::{Label, TenantId};
use domain::time::Timestamp;
use utoipa::OpenApi;

use super::Shared;
use super::answer::{Answer, Problem, no_name};
use super::asked::{Body, query, read};
use super::caller::{Caller, Right};
use super::route::Route;
use crate::archive::{Archive, ArchiveError};
use crate::error::IngestError;

/// Longest reference, in bytes.
const MAX_REFERENCE: usize = 256;

/// The descriptions of its routes.
#[derive(OpenApi)]
#[openapi(paths(
    acts::hold,
    acts::release,
    acts::promise,
    acts::done,
    reading::why,
    reading::events,
    reading::event,
    reading::verify,
    reading::rulebook,
    pauses::list,
    pauses::pause,
    pauses::resume,
    waiting::parked,
    waiting::quarantined,
    waiting::content,
    waiting::retry,
    waiting::give_up,
))]
pub(super) struct Described;

/// Every route of it.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/holds", Right::HoldAndPromise, acts::hold),
        Route::post("/v1/holds/release", Right::HoldAndPromise, acts::release),
        Route::post("/v1/promises", Right::HoldAndPromise, acts::promise),
        Route::post("/v1/tasks/done", Right::HoldAndPromise, acts::done),
        Route::get("/v1/why/{*reference}", Right::ReadEvents, reading::why),
        Route::get("/v1/events", Right::ReadEvents, reading::events),
        Route::get("/v1/events/{position}", Right::ReadEvents, reading::event),
        Route::post("/v1/verify", Right::ReadEvents, reading::verify),
        Route::get("/v1/rulebook", Right::ReadEvents, reading::rulebook),
        Route::get("/v1/pauses", Right::ReadEvents, pauses::list),
        Route::post("/v1/pauses", Right::Command, pauses::pause),
        Route::delete("/v1/pauses", Right::Command, pauses::resume),
        Route::get("/v1/parked", Right::Command, waiting::parked),
        Route::get("/v1/quarantine", Right::Command, waiting::quarantined),
        Route::get("/v1/quarantine/{key}", Right::Command, waiting::content),
        Route::post("/v1/quarantine/{key}/retry", Right::Command, waiting::retry),
        Route::delete("/v1/quarantine/{key}", Right::Command, waiting::give_up),
    ]
}

/// Who reads the log.
fn archive(shared: &Shared) -> Answer<&Arc<dyn Archive>> {
    shared.services.archive.as_ref().ok_or_else(|| {
        let remedy = "ask one that has the log and its key";
        Problem::new(StatusCode::NOT_FOUND, "this process does not read the log", remedy)
    })
}

/// A reference from a path; it may hold slashes.
fn reference(path: Result<Path<String>, PathRejection>) -> Answer<String> {
    let wrong = |what, remedy| Problem::new(StatusCode::BAD_REQUEST, what, remedy).at("path");
    let Path(reference) = path.map_err(|_| wrong("the reference is no UTF-8", "percent-encode UTF-8"))?;
    if reference.is_empty() || reference.len() > MAX_REFERENCE {
        return Err(wrong("the reference is empty or too long", "it has 1 to 256 bytes"));
    }
    Ok(reference)
}

/// A tenant by its name.
pub(super) fn tenant(text: &str) -> Answer<TenantId> {
    TenantId::new(text).map_err(|_| no_name("tenant"))
}

/// A tenant of the caller's.
fn own_tenant(caller: &Caller, text: &str) -> Answer<TenantId> {
    let tenant = tenant(text)?;
    caller.check_tenant(&tenant, "tenant")?;
    Ok(tenant)
}

/// A short name.
pub(super) fn label(place: &str, text: &str) -> Answer<Label> {
    Label::new(text).map_err(|_| no_name(place))
}

/// An instant.
fn instant(place: &str, text: &str) -> Answer<Timestamp> {
    let read = text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_millisecond()));
    read.filter(|at| at.is_plausible()).ok_or_else(|| {
        let remedy = "write RFC 3339, such as 2026-03-01T08:00:00Z";
        Problem::new(StatusCode::BAD_REQUEST, format!("`{place}` is no instant"), remedy).at(place)
    })
}

/// In whose name something is done. Whoever holds the token beside the log may be one of several people, and say which.
fn actor(caller: &Caller, stated: Option<&str>) -> Answer<Label> {
    match stated {
        None => Ok(caller.actor()),
        Some(text) if caller.name.as_str() == Caller::LOCAL => label("actor", text),
        Some(_) => {
            let remedy = "leave it out: what this token does is recorded in its own name";
            Err(Problem::new(StatusCode::FORBIDDEN, "only the token beside the log names an actor", remedy)
                .at("actor"))
        }
    }
}

/// Whether the caller may act for every tenant; else the answer that says so.
fn check_all_tenants(caller: &Caller, what: &str, remedy: &str) -> Answer<()> {
    match caller.tenants.named() {
        None => Ok(()),
        Some(_) => {
            let detail = format!("{what}, and this token is for some tenants only");
            Err(Problem::new(StatusCode::FORBIDDEN, detail, remedy).at("Authorization"))
        }
    }
}

fn unread(error: ArchiveError) -> Problem {
    match error {
        ArchiveError::Unknown(detail) => {
            Problem::new(StatusCode::NOT_FOUND, detail, "check how it is named; capitals count")
        }
        ArchiveError::Unfit { place, what, remedy } => {
            Problem::new(StatusCode::BAD_REQUEST, what, remedy).at(place)
        }
        ArchiveError::Unavailable(detail) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail, "try again")
        }
    }
}

fn unsent(error: &IngestError) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string(), "try again")
}
