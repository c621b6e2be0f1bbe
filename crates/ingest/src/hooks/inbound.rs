//! What somebody wrote to us, as the fact that every user of that contact point hears (R14; inputs, 6).

use contract::personal::Personal;
use contract::wire::{Addressee, FactMessage};
use domain::channel::Channel;
use domain::fact::Fact;
use domain::inbound::InboundClass;
use domain::label::TenantId;
use domain::time::Timestamp;

use super::Hooks;
use crate::canonical;

/// Longest text that is kept of what somebody wrote, in bytes; it is put into its class whole.
pub(super) const MAX_TEXT: usize = 16 * 1024;
/// Longest of a provider's ids, in bytes.
pub(super) const MAX_ID: usize = 256;

/// What came in, read and checked.
pub(super) struct Inbound<'a> {
    /// To which tenant.
    pub(super) tenant: &'a TenantId,
    /// What the id is unique in.
    pub(super) source: &'a str,
    /// The provider's id of it.
    pub(super) id: &'a str,
    /// Over which channel.
    pub(super) channel: Channel,
    /// From where, normalised.
    pub(super) from: &'a str,
    /// What was written; nothing of a picture.
    pub(super) text: &'a str,
    /// What it is about.
    pub(super) class: InboundClass,
    /// When, where that is signed.
    pub(super) stated_at: Option<Timestamp>,
}

impl Hooks {
    /// The class of a text.
    pub(super) fn class(&self, tenant: &TenantId, text: &str) -> InboundClass {
        if text.trim().is_empty() { InboundClass::Unclear } else { (self.classify)(tenant, text) }
    }

    /// The fact that follows from it.
    pub(super) fn fact(&self, inbound: &Inbound<'_>, now: Timestamp) -> FactMessage {
        let Inbound { tenant, channel, class, stated_at, .. } = *inbound;
        let keys = self.keyring.as_ref();
        let point = keys.point_id(tenant, channel.point_kind(), inbound.from);
        let addressee = Addressee::UsersOf(point);
        let personal = Personal::Text { text: cut(inbound.text, MAX_TEXT).to_owned() };
        // The class is ours, and another release may find another one: the same message stays the same message.
        let stated = Fact::MessageReceived { channel, point, class: InboundClass::Unclear };
        let content = canonical::content(addressee, stated_at, &stated, Some(&personal));
        FactMessage {
            tenant: tenant.clone(),
            addressee,
            key: keys.input_id(tenant, inbound.source, inbound.id),
            content: keys.content_digest(&content),
            // Nobody writes in the future: of consents and opt-outs the later one counts (inputs, 2).
            occurred_at: stated_at.map_or(now, |at| at.min(now)),
            fact: Fact::MessageReceived { channel, point, class },
            personal: Some(personal),
            trace: None,
        }
    }
}

/// The beginning of a text, of so many bytes at most, without half a character.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        for (text, bytes, kept) in
            [("", 3, ""), ("abc", 3, "abc"), ("abcd", 3, "abc"), ("abü", 3, "ab"), ("\u{1f642}", 3, "")]
        {
            assert_eq!(cut(text, bytes), kept, "{text}");
        }
    }
}
