//! Webhooks over a real socket: each provider's, its proof, and what can go wrong with either.

mod support;
mod token;
mod twilio;
mod whatsapp;

use support::{Town, town};

#[tokio::test]
async fn other_paths_methods_and_tenants_are_named_and_need_no_token() {
    let town = town(true).await;
    for (method, path, status, said) in [
        ("GET", "/hooks/twilio/town/status", 405, "no such method"),
        ("POST", "/hooks/twilio/town", 404, "no webhook at this path"),
        ("POST", "/hooks/sms77/town", 404, "no webhook at this path"),
        ("POST", "/hooks/twilio/village/status", 404, "this tenant"),
        ("POST", "/hooks/twilio/Not%20A%20Name/status", 404, "this tenant"),
        ("POST", "/hooks/twilio/%ff/status", 404, "this tenant"),
        ("POST", "/hooks/whatsapp/village", 404, "this tenant"),
        ("GET", "/hooks/whatsapp/village", 404, "this tenant"),
        ("GET", "/v1/calls", 401, "token"),
    ] {
        let reply = town.send(method, path, &[], b"").await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert!(reply.problem().contains(said), "{path}: {}", reply.problem());
        assert!(reply.head.contains("cache-control: no-store"), "{path}");
    }
    assert!(town.facts().is_empty() && town.reports().is_empty());
}

#[tokio::test]
async fn a_body_that_is_too_large_or_lies_about_its_length_is_refused_before_anything_is_read() {
    let town = town(true).await;
    let token = format!("/hooks/token/{}", Town::TOKEN);
    for (path, limit) in [
        ("/hooks/twilio/town/status", ingest::hooks::MAX_BODY),
        (token.as_str(), ingest::hooks::MAX_BODY),
        ("/hooks/whatsapp/town", ingest::hooks::MAX_WHATSAPP_BODY),
    ] {
        let reply = town.send("POST", path, &[], &vec![b' '; limit + 1]).await;
        assert_eq!(reply.status, 413, "{path}");
        assert!(reply.problem().contains("too large"));
        // It says more than it sends, and closes.
        let cut =
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{{\"reports\": []}}");
        let reply = town.half(cut.as_bytes()).await;
        assert!(reply.is_empty() || reply.starts_with("HTTP/1.1 400"), "{reply}");
        // It sends more than it says: the rest is no request.
        let more = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}, \"messages\": 7}}"
        );
        assert_ne!(town.raw(more.as_bytes()).await.status, 500, "{path}");
    }
    assert!(town.facts().is_empty() && town.reports().is_empty());
}
