//! The description of the listener: what is served is what the documents hold, and it names every route and no other.

use std::collections::BTreeSet;

use ingest::listener::{openapi, rights};
use serde_json::Value;

use crate::server::server;

/// As it stands in the documents.
const COMMITTED: &str = include_str!("../../../../docs/openapi.json");
/// Routes that need no right.
const OPEN: [&str; 9] = [
    "GET /livez",
    "GET /readyz",
    "GET /metrics",
    "GET /v1/openapi.json",
    "POST /hooks/twilio/{tenant}/status",
    "POST /hooks/twilio/{tenant}/inbound",
    "GET /hooks/whatsapp/{tenant}",
    "POST /hooks/whatsapp/{tenant}",
    "POST /hooks/token/{token}",
];

fn described() -> Value {
    serde_json::from_str(COMMITTED).unwrap()
}

fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().clone();
        let path = path.clone();
        methods
            .into_iter()
            .map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    };
    paths.iter().flat_map(of).collect()
}

#[tokio::test]
async fn what_is_served_is_what_the_documents_hold() {
    let server = server(true).await;
    let request = b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec();
    let served = server.raw(request).await;
    assert_eq!(served.status, 200, "it needs no token");
    let remedy = "write it anew: mahnwerk openapi > docs/openapi.json";
    assert!(String::from_utf8(served.body).unwrap() == COMMITTED, "{remedy}");
    assert_eq!(openapi::document(), COMMITTED);
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let known: BTreeSet<String> = operations(&described()).into_iter().map(|(name, _)| name).collect();
    let guarded =
        rights().into_iter().map(|(method, path, _)| format!("{method} {}", path.replace("{*", "{")));
    let routes: BTreeSet<String> = guarded.chain(OPEN.map(str::to_owned)).collect();
    assert_eq!(known, routes);
}

#[test]
fn each_operation_says_what_it_is_and_what_may_go_wrong() {
    let document = described();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].to_string()), "{name}: {}", operation["operationId"]);
        assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name}");
        assert!(!operation["tags"].as_array().unwrap().is_empty(), "{name}");
        let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
        assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem", "{name}");
        let is_open = operation["security"] == serde_json::json!([{}]);
        assert_eq!(is_open, OPEN.contains(&name.as_str()), "{name}: {}", operation["security"]);
        let path: Vec<&str> = name.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        let named = |wanted: &&&str| {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            parameters.into_iter().any(|one| one["name"] == **wanted && one["in"] == "path")
        };
        assert_eq!(path.iter().filter(named).count(), path.len(), "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = described();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| match member {
            Value::String(text) if name == "$ref" => references.push(text.clone()),
            member @ (Value::Object(_)
            | Value::Array(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)) => collect(member, references),
        }),
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
