//! Requests to the listener of a running Mahnwerk, over a plain socket.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::folder::Folder;

/// The status of an answer, and its body if it is JSON.
pub(crate) type Answered = (u16, Value);

/// A request with the token that lies in the folder.
pub(crate) fn send(folder: &Folder, method: &str, path: &str, kind: &str, body: &[u8]) -> Answered {
    let token = std::fs::read_to_string(folder.path().join("token")).unwrap();
    send_as(folder, Some(token.trim()), method, path, kind, body)
}

/// The body of what anybody may get, as text.
pub(crate) fn text(folder: &Folder, path: &str) -> String {
    exchange(folder, None, "GET", path, "text/plain", b"").1
}

/// The same of whoever listens there.
pub(crate) fn text_at(address: &str, path: &str) -> String {
    exchange_with(address, None, "GET", path, "text/plain", b"").1
}

/// A request with another token, or none.
pub(crate) fn send_as(
    folder: &Folder,
    token: Option<&str>,
    method: &str,
    path: &str,
    kind: &str,
    body: &[u8],
) -> Answered {
    let (status, body) = exchange(folder, token, method, path, kind, body);
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

fn exchange(
    folder: &Folder,
    token: Option<&str>,
    method: &str,
    path: &str,
    kind: &str,
    body: &[u8],
) -> (u16, String) {
    let address = std::fs::read_to_string(folder.door(path)).unwrap();
    exchange_with(address.trim(), token, method, path, kind, body)
}

/// A request to whoever listens there.
pub(crate) fn send_to(
    address: &str,
    token: Option<&str>,
    method: &str,
    path: &str,
    kind: &str,
    body: &[u8],
) -> Answered {
    let (status, body) = exchange_with(address, token, method, path, kind, body);
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

fn exchange_with(
    address: &str,
    token: Option<&str>,
    method: &str,
    path: &str,
    kind: &str,
    body: &[u8],
) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let shown = token.map_or(String::new(), |token| format!("Authorization: Bearer {token}\r\n"));
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{shown}Content-Type: {kind}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The listener may answer and close before it has read all of a body that is too large.
    let _closed_early = stream.write_all(body);
    let mut answer = String::new();
    let _reset_behind_the_answer = stream.read_to_string(&mut answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}
