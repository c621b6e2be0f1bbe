//! One route: a method, a path, the right that it needs, and who answers.
//!
//! **Invariant:** there is no way to mount a route without a right; what needs none stands apart, in the listener.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware;
use axum::routing::{MethodRouter, delete, get, post};

use super::Shared;
use super::caller::Right;
use super::guard::{self, Need, Room};

/// A route.
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) right: Right,
    answer: MethodRouter<Shared>,
}

impl Route {
    /// A `GET`.
    pub(super) fn get<T: 'static>(
        path: &'static str,
        right: Right,
        handler: impl Handler<T, Shared>,
    ) -> Self {
        Self { method: Method::GET, path, right, answer: get(handler) }
    }

    /// A `POST`.
    pub(super) fn post<T: 'static>(
        path: &'static str,
        right: Right,
        handler: impl Handler<T, Shared>,
    ) -> Self {
        Self { method: Method::POST, path, right, answer: post(handler) }
    }

    /// A `DELETE`.
    pub(super) fn delete<T: 'static>(
        path: &'static str,
        right: Right,
        handler: impl Handler<T, Shared>,
    ) -> Self {
        Self { method: Method::DELETE, path, right, answer: delete(handler) }
    }

    /// Puts it where requests find it, behind a check of its right and the room for it.
    pub(super) fn mount(self, router: Router<Shared>, room: Room) -> Router<Shared> {
        let need = Need { right: self.right, room };
        let checked = self.answer.route_layer(middleware::from_fn_with_state(need, guard::check));
        router.route(self.path, checked.layer(DefaultBodyLimit::max(self.right.max_body())))
    }
}
