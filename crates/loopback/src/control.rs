//! The control endpoint: `GET /control` shows how the providers behave and what they met, `POST /control` changes
//! how they behave (the whole of it: what is left out goes back to accepting).

use std::sync::Arc;

use runtime::BoxFuture;
use serde_json::json;

use crate::answer::{Answer, Request};
use crate::behaviour::Behaviours;
use crate::desk::Desk;
use crate::http::Api;

/// The endpoint.
pub(crate) struct Control {
    pub(crate) desk: Arc<Desk>,
}

impl Api for Control {
    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            match (request.method.as_str(), request.path.as_str()) {
                ("GET", "/control") => self.show(),
                ("POST", "/control") => self.change(&request.body),
                _ => Answer::reply(404, json!({ "message": "there is GET /control and POST /control" })),
            }
        })
    }
}

impl Control {
    fn show(&self) -> Answer {
        let (behaviours, counts) = self.desk.state();
        Answer::reply(200, json!({ "behaviours": behaviours, "counts": counts }))
    }

    fn change(&self, body: &[u8]) -> Answer {
        let read = serde_json::from_slice::<Behaviours>(body).map_err(|error| error.to_string());
        match read.and_then(|told| self.desk.behave(told).map_err(|error| error.to_string())) {
            Ok(()) => self.show(),
            Err(problem) => Answer::reply(400, json!({ "message": problem })),
        }
    }
}
