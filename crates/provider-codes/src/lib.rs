//! What providers' error codes mean: one table for each provider, read by its worker in an answer and by its webhook
//! in a report.
//!
//! **Invariant:** a code that stands in no table is [`RejectClass::Other`], which closes no contact point and opens no
//! opt-out.
//! Left out: codes that give a contact back (throttling, a closed account), which only an answer can have; once a
//! provider took a message, nobody can prove that nothing left.
//!
//! [`RejectClass::Other`]: domain::outcome::RejectClass::Other

pub mod twilio;
pub mod whatsapp;
