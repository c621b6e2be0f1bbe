//! Webhooks over a real socket: each provider's, its proof, and what can go wrong with either.

mod support;
mod token;
mod twilio;
mod whatsapp;

use support::{Town, town};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
        let shown = [("X-Twilio-Signature", "x"), ("X-Hub-Signature-256", "x")];
        let reply = town.send("POST", path, &shown, &vec![b' '; limit + 1]).await;
        assert_eq!(reply.status, 413, "{path}");
        assert!(reply.problem().contains("too large"));
        // It says more than it sends, and closes.
        let cut = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: x\r\nX-Hub-Signature-256: x\r\nContent-Length: 500\r\n\r\n{{\"reports\": []}}"
        );
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

#[tokio::test]
async fn those_who_dawdle_leave_no_room_for_more_than_so_many_and_the_next_is_to_come_again() {
    let town = town(true).await;
    let token = format!("/hooks/token/{}", Town::TOKEN);
    let head = format!(
        "POST {token} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    );
    let mut dawdling = Vec::new();
    for _ in 0..ingest::hooks::MAX_REQUESTS {
        let mut stream = town.connect().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        // The webhook waits for its body now.
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).await.unwrap();
        dawdling.push(stream);
    }
    let reply = town.send("POST", &token, &[], b"{}").await;
    assert_eq!(reply.status, 503);
    assert!(reply.problem().contains("too many") && reply.head.contains("retry-after"));
    assert_eq!(town.count("token unavailable"), 1);
    let other = town.send("POST", "/hooks/whatsapp/town", &[("X-Hub-Signature-256", "x")], b"{}").await;
    assert_eq!(other.status, 403, "another provider has places of its own");
    for mut stream in dawdling {
        stream.write_all(b"{}").await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    }
    assert_eq!(town.send("POST", &token, &[], b"{}").await.status, 200, "there is room again");
}

#[tokio::test]
async fn what_can_not_hold_is_answered_without_its_body_and_takes_no_place() {
    let town = town(true).await;
    let mut open = Vec::new();
    for (path, header, status) in [
        (format!("/hooks/token/{}", "0".repeat(64)), "X: x", "403"),
        ("/hooks/twilio/town/status".into(), "X: x", "403"),
        ("/hooks/twilio/town/inbound".into(), "X-Hub-Signature-256: x", "403"),
        ("/hooks/whatsapp/town".into(), "X-Twilio-Signature: x", "403"),
        ("/hooks/twilio/village/status".into(), "X-Twilio-Signature: x", "404"),
        ("/hooks/whatsapp/village".into(), "X-Hub-Signature-256: x", "404"),
        ("/hooks/sms77/town".into(), "X: x", "404"),
    ] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\n{header}\r\nContent-Length: 1000\r\n\r\nx");
        for _ in 0..=ingest::hooks::MAX_REQUESTS {
            let mut stream = town.connect().await;
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut reply = [0; 12];
            stream.read_exact(&mut reply).await.unwrap();
            assert_eq!(reply.as_slice(), format!("HTTP/1.1 {status}").as_bytes(), "{path}");
            open.push(stream);
        }
    }
    let token = format!("/hooks/token/{}", Town::TOKEN);
    assert_eq!(town.send("POST", &token, &[], b"{}").await.status, 200);
    assert!(town.facts().is_empty() && town.reports().is_empty());
}
