//! Who a tenant is towards debtors: the part of every message that is the same for all of them.

use std::collections::BTreeMap;

use domain::channel::Channel;
use domain::label::{CreditorId, Language};

/// A text that may differ by language.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Words {
    everywhere: Option<String>,
    by_language: BTreeMap<Language, String>,
}

impl Words {
    /// The same in every language.
    pub fn everywhere(text: impl Into<String>) -> Self {
        Self { everywhere: Some(text.into()), by_language: BTreeMap::new() }
    }

    /// One for each language.
    pub const fn by_language(by_language: BTreeMap<Language, String>) -> Self {
        Self { everywhere: None, by_language }
    }

    /// The text in that language.
    pub fn get(&self, language: Language) -> Option<&str> {
        self.by_language.get(&language).or(self.everywhere.as_ref()).map(String::as_str)
    }

    /// All its wordings.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.everywhere.iter().chain(self.by_language.values()).map(String::as_str)
    }
}

/// A tenant, as its messages name it. Nothing in it is personal.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Identity {
    /// The registered name.
    pub display_name: Words,
    /// As whom it sends, for each channel: a number, an address, an account (R4).
    pub sender: BTreeMap<Channel, String>,
    /// The number to call back.
    pub callback_number: String,
    /// When somebody answers there, in words.
    pub callback_hours: Words,
    /// How to stop messages, for each channel.
    pub opt_out: BTreeMap<Channel, Words>,
    /// The postal address, line by line (R45).
    pub postal_address: Vec<String>,
    /// The ways to pay, one a line (R45).
    pub payment_options: Words,
    /// The creditors on whose behalf it acts, by the name that people know.
    pub creditors: BTreeMap<CreditorId, Words>,
}
