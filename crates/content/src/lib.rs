//! Words: templates, their rendering, and the guard that keeps a debt out of messages that may not show one.
//!
//! **Invariant:** a message on a restricted channel (SMS, e-mail, social) never shows a field of the debt.
//! Four independent measures hold it: the template language has no way to reach a field but by its name
//! ([`dialect`]); a template that names a field above its level is refused at load ([`proof`]); a canary render in
//! every combination of its conditions is searched for what must not be there ([`proof`]); and at run time the fields
//! above the level are not handed to the template at all, and the finished text is searched again ([`guard`]).
//!
//! **Invariant:** no error of this crate holds a personal value.
//!
//! What it leaves out: which template is used when (the rulebook's scenarios), and reading files (`rulebook`).

pub mod dialect;
pub mod fields;
pub mod format;
pub mod guard;
pub mod identity;
pub mod lexicon;
pub mod limits;
pub mod proof;
pub mod refusal;
pub mod reply;
pub mod segments;
pub mod source;
pub mod templates;
mod text;
mod values;

pub use fields::{ClaimFields, Field, Fields};
pub use identity::{Identity, Words};
pub use refusal::{RenderRefused, Rule};
pub use reply::{OwnPhrases, PhraseFault, ReplyLexicon, Verdict};
pub use source::TemplateSource;
pub use templates::{Templates, TemplatesBuilder};
