//! Which token is whose: the operator's beside the log.

use axum::http::StatusCode;

use super::answer::{Answer, Problem};
use super::caller::Caller;
use super::token::Token;

/// All tokens that are let in.
pub struct Access {
    local: Token,
}

impl Access {
    /// The operator's token alone.
    pub const fn local(local: Token) -> Self {
        Self { local }
    }

    /// Who shows this token, if anybody may.
    pub(super) fn caller(&self, shown: Option<&[u8]>) -> Answer<Caller> {
        let local = shown.filter(|shown| self.local.is(shown)).and_then(|_| Caller::local());
        local.ok_or_else(|| {
            let remedy = "send Authorization: Bearer with the digits of the token file";
            Problem::new(StatusCode::UNAUTHORIZED, "the token is missing or wrong", remedy)
                .at("Authorization")
        })
    }
}
