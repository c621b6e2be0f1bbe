//! The control endpoint: `GET /control` shows how the providers behave and what they met, `POST /control` changes
//! how they behave (the whole of it: what is left out goes back to accepting).
//!
//! `POST /control/inbound` with `{"channel", "from", "to", "text", "id"?, "reply_to"?}` makes a provider post what
//! somebody writes, and answers once it was taken, or was posted often enough.

use std::sync::Arc;

use runtime::BoxFuture;
use serde_json::json;

use crate::answer::{Answer, Request};
use crate::behaviour::{Behaviours, Provider};
use crate::callbacks::{Spoken, Teller, Written};
use crate::desk::Desk;
use crate::http::Api;
use crate::twilio::hex;

/// The endpoint.
pub(crate) struct Control {
    pub(crate) desk: Arc<Desk>,
    /// Who posts what people write.
    pub(crate) teller: Option<Arc<Teller>>,
}

impl Api for Control {
    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            match (request.method.as_str(), request.path.as_str()) {
                ("GET", "/control") => self.show(),
                ("POST", "/control") => self.change(&request.body),
                ("POST", "/control/inbound") => self.inbound(&request.body).await,
                _ => refuse(404, "there is GET /control, POST /control and POST /control/inbound"),
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
            Err(problem) => refuse(400, &problem),
        }
    }

    async fn inbound(&self, body: &[u8]) -> Answer {
        let spoken = match serde_json::from_slice::<Spoken>(body) {
            Ok(spoken) => spoken,
            Err(problem) => return refuse(400, &problem.to_string()),
        };
        let provider = match spoken.channel.as_str() {
            "sms" => Provider::Sms,
            "social" => Provider::WhatsApp,
            _ => return refuse(400, "the channel is sms or social"),
        };
        let new = || match provider {
            Provider::Sms => format!("SM{}", hex(&self.desk.new_id())),
            Provider::WhatsApp | Provider::Email => format!("wamid.{}", hex(&self.desk.new_id())),
        };
        let id = spoken.id.clone().unwrap_or_else(new);
        let written = Written { provider, id: id.clone(), spoken };
        let told = match &self.teller {
            Some(teller) => teller.inbound(written).await,
            None => None,
        };
        match told {
            Some(told) => {
                Answer::reply(200, json!({ "id": id, "tries": told.tries, "answered": told.answered }))
            }
            None => refuse(409, "nobody is told: give callbacks with an address for this channel"),
        }
    }
}

fn refuse(status: u16, message: &str) -> Answer {
    Answer::reply(status, json!({ "message": message }))
}
