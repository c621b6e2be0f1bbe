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

/// A request with another token, or none.
pub(crate) fn send_as(
    folder: &Folder,
    token: Option<&str>,
    method: &str,
    path: &str,
    kind: &str,
    body: &[u8],
) -> Answered {
    let address = std::fs::read_to_string(folder.path().join("listener.address")).unwrap();
    send_to(address.trim(), token, method, path, kind, body)
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
    let mut stream = TcpStream::connect(address).unwrap();
    let shown = token.map_or(String::new(), |token| format!("Authorization: Bearer {token}\r\n"));
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{shown}Content-Type: {kind}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}
