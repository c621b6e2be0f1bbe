//! Showing a debtor, which decrypts and therefore happens in the process that has the key and the log.

use async_trait::async_trait;
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use domain::label::TenantId;
use serde::Deserialize;
use serde_json::Value;

use super::Shared;
use super::answer::{Answer, Problem, no_name};
use super::caller::Caller;

/// Longest reference, in bytes.
const MAX_REFERENCE: usize = 256;

/// Why a debtor can't be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DebtorsError {
    /// The tenant has no debtor with this reference.
    Unknown,
    /// It can't be read just now; what is wrong, without a personal value.
    Unavailable(String),
}

/// Shows debtors.
#[async_trait]
pub trait Debtors: Send + Sync {
    /// A debtor by reference, decrypted, as JSON for people and programs.
    async fn debtor_show(&self, tenant: &TenantId, reference: &str) -> Result<Value, DebtorsError>;
}

/// The query of `GET /v1/debtors/…`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Of {
    tenant: String,
}

/// `GET /v1/debtors/{reference}?tenant=…`. References may hold slashes.
#[utoipa::path(
    get,
    path = "/v1/debtors/{reference}",
    tag = "debtors",
    summary = "A debtor in clear: name, numbers, claims, holds, promises, opt-outs, what was written and sent",
    params(
        ("reference" = String, Path, description = "The tenant's reference, or the stream's 32 digits; may hold slashes"),
        ("tenant" = String, Query, description = "The tenant"),
    ),
    responses((status = 200, description = "The debtor, decrypted", body = Object)),
)]
pub(super) async fn show(
    State(shared): State<Shared>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<Of>, QueryRejection>,
) -> Answer<Json<Value>> {
    let wrong = |what: &str, remedy: &str, place: &str| {
        Problem::new(StatusCode::BAD_REQUEST, what, remedy).at(place.to_owned())
    };
    let Path(reference) =
        path.map_err(|_| wrong("the reference is no UTF-8", "percent-encode UTF-8", "path"))?;
    let Query(of) = query
        .map_err(|_| wrong("the query is not ?tenant=NAME", "add ?tenant=NAME, and nothing else", "query"))?;
    let tenant = TenantId::new(&of.tenant).map_err(|_| no_name("tenant"))?;
    caller.check_tenant(&tenant, "tenant")?;
    if reference.is_empty() || reference.len() > MAX_REFERENCE {
        return Err(wrong("the reference is empty or too long", "it has 1 to 256 bytes", "path"));
    }
    let debtors = shared.services.debtors.as_ref().ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "this process shows no debtors",
            "ask one that has the log and its key",
        )
    })?;
    debtors.debtor_show(&tenant, &reference).await.map(Json).map_err(|error| match error {
        DebtorsError::Unknown => {
            let detail = "this tenant has no debtor with this reference";
            Problem::new(StatusCode::NOT_FOUND, detail, "check both; references are case-sensitive")
                .at("path")
        }
        DebtorsError::Unavailable(detail) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail, "try again")
        }
    })
}
