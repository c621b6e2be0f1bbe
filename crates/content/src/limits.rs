//! Limits on sizes, in one place.

use domain::channel::Channel;

/// Longest template source, in bytes.
pub const MAX_SOURCE_BYTES: usize = 16 * 1024;

/// Most templates of one rulebook, languages counted apart.
pub const MAX_TEMPLATES: usize = 2_000;

/// Longest rendered subject, in characters: what RFC 5322 recommends for a line, and what a phone's list shows (R7).
pub const MAX_SUBJECT_CHARS: usize = 78;

/// Most words of an e-mail's body (R7: short).
pub const MAX_EMAIL_WORDS: usize = 120;

/// Most parts that a text message may need when a template is checked, with a name of usual length.
pub const MAX_SMS_SEGMENTS_AT_LOAD: usize = 2;

/// Most parts of a text message that is sent: a name in letters outside the GSM alphabet more than halves the room of
/// each, which is no reason not to write to the person.
pub const MAX_SMS_SEGMENTS: usize = 6;

/// Longest value of one field, in characters.
pub const MAX_VALUE_CHARS: usize = 500;

/// Most claims beside the leading one that a message lists.
pub const MAX_OTHER_CLAIMS: usize = 50;

/// Most lines of a dossier.
pub const MAX_DOSSIER_LINES: usize = 200;

/// Most conditions of one template: each doubles the renderings of its proof.
pub const MAX_CONDITIONS: usize = 6;

/// Steps of the template machine that one rendering may take.
pub const FUEL: u64 = 50_000;

/// Longest rendered body of a channel, in characters.
pub const fn max_body_chars(channel: Channel) -> usize {
    match channel {
        Channel::Sms => 480,
        // The Cloud API's limit on the body of a template message.
        Channel::Social => 1_024,
        Channel::Email => 2_000,
        Channel::Call => 8_000,
        Channel::Letter => 20_000,
    }
}
