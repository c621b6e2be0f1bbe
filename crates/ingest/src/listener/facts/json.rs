//! Facts as JSON: an object, a list, or one on each line; each is answered on its own.

use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use contract::wire::TraceContext;
use domain::time::Timestamp;
use serde::Deserialize;

use super::super::{api, asked};
use super::{Answer, Caller, Problem, Shared, not_taken, not_too_many};
use crate::problem::Unfit;
use crate::publish::{self, Defaults, Entry, Line, Object, Place, Reading};

/// The query: what holds where an object does not say otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::listener) struct Beside {
    tenant: Option<String>,
    source: Option<String>,
}

/// Who sent facts, and what holds for all of them.
pub(super) struct Sent<'a> {
    shared: &'a Shared,
    caller: &'a Caller,
    defaults: Defaults,
    now: Timestamp,
}

impl<'a> Sent<'a> {
    pub(super) fn new(
        shared: &'a Shared,
        caller: &'a Caller,
        query: Result<Query<Beside>, QueryRejection>,
    ) -> Answer<Self> {
        let Beside { tenant, source } = asked::query(query, "the query may have tenant and source")?;
        let defaults = Defaults {
            tenant: tenant.map(|text| api::tenant(&text)).transpose()?,
            source: source.map(|text| api::label("source", &text)).transpose()?,
            actor: Some(caller.actor()),
        };
        Ok(Self { shared, caller, defaults, now: shared.services.runtime.clock.now() })
    }

    fn reading(&self) -> Reading<'_> {
        let digests = self.shared.services.digests.as_ref();
        Reading { defaults: &self.defaults, digests, now: self.now }
    }

    /// The entry, unless it is about a tenant that the caller has nothing to do with.
    fn allowed(&self, entry: Entry) -> Entry {
        match &entry.fact {
            Ok(fact) if !self.caller.tenants.have(&fact.tenant) => {
                let unfit = Unfit::new("is none of this token's", "use a token that has this tenant");
                Entry { id: entry.id, ..publish::refused(entry.place, Some("tenant"), unfit) }
            }
            Ok(_) | Err(_) => entry,
        }
    }
}

/// The facts of an object or a list.
pub(super) fn list(sent: &Sent<'_>, body: &[u8]) -> Answer<Vec<Entry>> {
    let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let read = if is_list {
        serde_json::from_slice::<Vec<Object>>(body)
    } else {
        serde_json::from_slice::<Object>(body).map(|object| vec![object])
    };
    let objects = read.map_err(|error| {
        let remedy = "send one object or a list of them; with one on each line, say application/jsonl";
        let place = format!("body, line {}, column {}", error.line(), error.column());
        Problem::new(StatusCode::BAD_REQUEST, "the body is no JSON", remedy).at(place)
    })?;
    not_too_many(objects.len())?;
    let entry = |(index, object)| sent.allowed(sent.reading().object(Place::Index(index), object));
    Ok((0..).zip(&objects).map(entry).collect())
}

/// The facts of lines.
pub(super) fn lines(sent: &Sent<'_>, body: &[u8]) -> Answer<Vec<Entry>> {
    let mut lines = publish::lines_of(body);
    let mut entries = Vec::new();
    // Bytes at hand never fail to be read.
    while let Ok(Some((number, line))) = lines.next_line() {
        not_too_many(entries.len() + 1)?;
        let place = Place::Line(number);
        entries.push(match line {
            Line::Text(text) => sent.allowed(sent.reading().line(place, &text)),
            Line::TooLong => publish::too_long(place),
        });
    }
    Ok(entries)
}

/// Sends what is right, and answers each.
pub(super) async fn answer(
    shared: &Shared,
    mut entries: Vec<Entry>,
    trace: TraceContext,
) -> Answer<Response> {
    for fact in entries.iter_mut().filter_map(|entry| entry.fact.as_mut().ok()) {
        fact.trace = fact.trace.or(trace);
    }
    let answered = publish::send(&shared.services.gate, entries).await.map_err(|error| not_taken(&error))?;
    Ok(Json(answered).into_response())
}
