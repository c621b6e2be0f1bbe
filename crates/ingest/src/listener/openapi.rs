//! The listener described as OpenAPI 3.1: every route with its request, its answers and what may go wrong.
//!
//! The description stands beside each handler; a test holds that every route is described and every description has its
//! route, and that `docs/openapi.json` is what is served.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::answer::Problem;
use super::{api, calls, debtors, facts, outcomes, probes};
use crate::hooks;
use crate::publish::schema::Facts;

/// Where it is served.
pub(super) const PATH: &str = "/v1/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mahnwerk",
        description = "Decides who is contacted about an unpaid claim, when, over which channel and in which words, and can \
            prove why.\n\nEach answer of success follows the commit. Whatever is wrong is answered with problem details \
            (RFC 9457): what was wrong, where, and what would be right; values are never repeated.\n\nA token stands \
            for a name, a role (upstream, agent, analyst, operator) and some tenants; what it does is recorded in its \
            name.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        facts::record,
        outcomes::record,
        calls::list,
        calls::take,
        calls::open,
        calls::done,
        calls::give_back,
        calls::shift,
        debtors::show,
        probes::lives,
        probes::is_ready,
        probes::figures,
        described,
    ),
    components(schemas(Problem, Facts)),
    tags(
        (name = "facts", description = "What comes in"),
        (name = "calls", description = "The call list"),
        (name = "debtors", description = "One debtor: shown, explained, put on hold"),
        (name = "events", description = "The log"),
        (name = "rulebook", description = "What decides"),
        (name = "operating", description = "What rests, and what waits for an operator"),
        (name = "webhooks", description = "What providers tell; each proves itself, and none shows a token of ours"),
        (name = "process", description = "What whoever watches the process asks"),
    ),
    security(("token" = [])),
    modifiers(&Token),
)]
struct Described;

/// The description, as it is served and as it stands in the documents.
pub fn document() -> String {
    let mut whole = Described::openapi();
    for part in [api::Described::openapi(), hooks::Described::openapi()] {
        whole.merge(part);
    }
    Operations.modify(&mut whole);
    let mut text = whole.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// `GET /v1/openapi.json`
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    tag = "process",
    summary = "This description",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
pub(super) async fn described() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document()).into_response()
}

/// How a token is shown.
struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
            "The digits of the token file beside the log, or of a token that an operator made",
        ));
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme.build()));
    }
}

/// What every operation has: a name of its own, and what may go wrong.
struct Operations;

impl Modify for Operations {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut openapi.paths.paths {
            let methods = [("get", &mut item.get), ("post", &mut item.post), ("delete", &mut item.delete)];
            for (method, operation) in methods {
                if let Some(operation) = operation {
                    operation.operation_id = Some(operation_id(method, path));
                    add_problem(operation);
                }
            }
        }
    }
}

/// A name that no other operation has: `post_v1_holds_release`.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(['/', '{', '}', '.']).filter(|word| !word.is_empty());
    words.fold(method.to_owned(), |id, word| format!("{id}_{word}"))
}

fn add_problem(operation: &mut Operation) {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let problem = ResponseBuilder::new()
        .description("A problem: what was wrong, where, and what would be right")
        .content("application/problem+json", content)
        .build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(problem));
}
