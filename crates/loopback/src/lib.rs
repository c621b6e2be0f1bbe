//! Stand-in providers that really speak SMTP, the Twilio-compatible SMS API and the WhatsApp Cloud API.
//!
//! They serve the demo, played feeds and the tests that kill a running Mahnwerk: nothing of what they are sent
//! leaves the machine, and what they took stands in a record of their own, which no crash of the sender can touch.
//!
//! Guarantees:
//! - A submission is in `record.jsonl` (one line, one write) before its sender hears a word.
//! - Which submission fails, and how, depends on the seed, the provider, the address and how many submissions to
//!   that address came before, and not on the order in which concurrent senders arrive.
//! - They listen on loopback addresses only, in the clear: there is no TLS and no STARTTLS here.
//! - Where they are told to, they tell what became of messages and what people write back, signed as the real
//!   providers sign it, to loopback addresses only; each try stands in `callbacks.jsonl`.
//!
//! Left out: bounces by mail, media, and every API call but the submission.

mod answer;
mod behaviour;
mod callbacks;
mod config;
mod control;
mod desk;
mod draw;
mod error;
mod form;
mod http;
mod instant;
mod lines;
mod loopback;
mod outbox;
mod record;
mod smtp;
mod twilio;
mod whatsapp;

pub use behaviour::{Behaviour, Behaviours, Manner, Provider, Rule, Telling, Verdict};
pub use callbacks::Callbacks;
pub use config::Config;
pub use desk::Counts;
pub use error::LoopbackError;
pub use loopback::{Addresses, Loopback};
pub use record::Received;
