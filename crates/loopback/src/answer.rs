//! What an HTTP stand-in does with a request: it answers, or it fails as it was told to.

use serde_json::Value;

/// What an HTTP stand-in does with a request.
#[derive(PartialEq, Debug)]
pub(crate) enum Answer {
    /// Answers.
    Reply {
        /// The HTTP status.
        status: u16,
        /// The header `Retry-After`, in seconds.
        retry_after_s: Option<u32>,
        /// The JSON body.
        body: Value,
    },
    /// Never answers.
    Hang,
    /// Closes the connection.
    Drop,
}

impl Answer {
    /// An answer without a `Retry-After`.
    pub(crate) const fn reply(status: u16, body: Value) -> Self {
        Self::Reply { status, retry_after_s: None, body }
    }
}

/// A request as the stand-ins see it: its body was read within its limit.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case; a value that is not visible ASCII is left out.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first header of that name, given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
