//! What a server's refusal means (RFC 5321, 4.2; RFC 3463 for the enhanced code, which goes before the plain one).

use std::error::Error as _;

use channel::{DeferredBy, Submission, UnsentReason};
use domain::outcome::RejectClass;
use domain::time::Span;

/// Longest of the server's own words that are kept, in characters.
const MAX_SAID_CHARS: usize = 500;

/// How far the conversation had come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// MAIL FROM: the server knows the sender only.
    Mail,
    /// RCPT TO: it knows the recipient.
    Rcpt,
    /// DATA, before the mail.
    Data,
    /// The mail is over.
    Content,
}

/// A refusal.
pub(crate) struct Reply {
    code: u16,
    text: String,
}

impl Reply {
    /// The reply that lettre took for an error, if there was one.
    pub(crate) fn of(error: &lettre::transport::smtp::Error) -> Option<Self> {
        let code = u16::from(error.status()?);
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        Some(Self { code, text })
    }

    /// What came of the submission.
    pub(crate) fn submission(self, stage: Stage, deferral_delay: Span) -> Submission {
        match self.code {
            // The server wants a login, another one, or does not take this one (RFC 4954, 6).
            530 | 534 | 535 | 538 => Submission::Unsent { reason: UnsentReason::NotAdmitted },
            500..=599 => Submission::Rejected { class: self.class(stage), said: self.said() },
            _ => Submission::Deferred { delay: deferral_delay, by: self.by(stage) },
        }
    }

    fn class(&self, stage: Stage) -> RejectClass {
        match (self.enhanced(), self.code, stage) {
            // The sender's address, not the recipient's.
            (Some((1, 7 | 8)), _, _) => RejectClass::NotAllowed,
            // The recipient's address; a mailbox that is gone or disabled.
            (Some((1, _) | (2, 1)), _, _) => RejectClass::BadAddress,
            // A full mailbox, and whatever else is wrong with it.
            (Some((2, _)), _, _) => RejectClass::Other,
            // Too large; the content; policy, security, reputation.
            (Some((3, 4) | (6 | 7, _)), _, _) => RejectClass::NotAllowed,
            // No such mailbox, or a name that can't be one.
            (_, 550 | 551 | 553, Stage::Rcpt) => RejectClass::BadAddress,
            (_, 550..=559, Stage::Mail | Stage::Data | Stage::Content) | (_, 554, Stage::Rcpt) => {
                RejectClass::NotAllowed
            }
            (_, _, Stage::Mail | Stage::Rcpt | Stage::Data | Stage::Content) => RejectClass::Other,
        }
    }

    /// A shutdown, its own trouble or its network's is the server's; greylisting or a full mailbox is the recipient's.
    fn by(&self, stage: Stage) -> DeferredBy {
        match (self.code, self.enhanced(), stage) {
            (421, _, _) | (_, Some((3 | 4, _)), _) | (_, _, Stage::Mail) => DeferredBy::Provider,
            (_, _, Stage::Rcpt | Stage::Data | Stage::Content) => DeferredBy::Recipient,
        }
    }

    /// Subject and detail of an enhanced code such as `5.1.1`, if it is of the reply's class.
    fn enhanced(&self) -> Option<(u16, u16)> {
        let mut parts = self.text.split_ascii_whitespace().next()?.split('.');
        let class: u16 = parts.next()?.parse().ok()?;
        let code = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        (class == self.code / 100 && parts.next().is_none()).then_some(code)
    }

    fn said(&self) -> Option<String> {
        let words: String = self.text.chars().take(MAX_SAID_CHARS).collect();
        Some(format!("{} {words}", self.code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Span = Span::minutes(30);

    fn read(stage: Stage, code: u16, text: &str) -> Submission {
        Reply { code, text: text.to_owned() }.submission(stage, DELAY)
    }

    #[test]
    fn each_refusal_has_its_class() {
        for (stage, code, text, class) in [
            (Stage::Rcpt, 550, "5.1.1 no such user", RejectClass::BadAddress),
            (Stage::Rcpt, 550, "no such user", RejectClass::BadAddress),
            (Stage::Rcpt, 551, "user not local", RejectClass::BadAddress),
            (Stage::Rcpt, 553, "mailbox name not allowed", RejectClass::BadAddress),
            (Stage::Rcpt, 550, "5.2.1 disabled", RejectClass::BadAddress),
            (Stage::Content, 550, "5.1.1 no such user", RejectClass::BadAddress),
            (Stage::Rcpt, 552, "5.2.2 full", RejectClass::Other),
            (Stage::Rcpt, 550, "5.1.8 bad sender", RejectClass::NotAllowed),
            (Stage::Rcpt, 550, "5.7.1 relaying denied", RejectClass::NotAllowed),
            (Stage::Rcpt, 554, "refused", RejectClass::NotAllowed),
            (Stage::Mail, 550, "5.7.1 blocked", RejectClass::NotAllowed),
            (Stage::Mail, 553, "sender refused", RejectClass::NotAllowed),
            (Stage::Content, 552, "5.3.4 too large", RejectClass::NotAllowed),
            (Stage::Content, 554, "spam", RejectClass::NotAllowed),
            (Stage::Content, 550, "spam", RejectClass::NotAllowed),
            (Stage::Data, 503, "5.5.1 bad sequence", RejectClass::Other),
            (Stage::Rcpt, 550, "5.0.0 no", RejectClass::BadAddress),
            (Stage::Rcpt, 550, "4.1.8 of another class", RejectClass::BadAddress),
        ] {
            let expected = Submission::Rejected { class, said: Some(format!("{code} {text}")) };
            assert_eq!(read(stage, code, text), expected, "{stage:?} {code} {text}");
        }
    }

    #[test]
    fn later_is_the_recipients_or_the_servers() {
        for (stage, code, text, by) in [
            (Stage::Rcpt, 450, "4.7.1 greylisted", DeferredBy::Recipient),
            (Stage::Rcpt, 452, "4.2.2 full", DeferredBy::Recipient),
            (Stage::Rcpt, 450, "try later", DeferredBy::Recipient),
            (Stage::Rcpt, 451, "4.3.0 disk full", DeferredBy::Provider),
            (Stage::Rcpt, 421, "shutting down", DeferredBy::Provider),
            (Stage::Mail, 450, "later", DeferredBy::Provider),
            (Stage::Content, 451, "4.4.1 no route", DeferredBy::Provider),
            (Stage::Content, 451, "scanner busy", DeferredBy::Recipient),
        ] {
            let expected = Submission::Deferred { delay: DELAY, by };
            assert_eq!(read(stage, code, text), expected, "{stage:?} {code} {text}");
        }
    }

    #[test]
    fn a_server_that_wants_another_login_has_taken_nothing() {
        for code in [530, 534, 535, 538] {
            let expected = Submission::Unsent { reason: UnsentReason::NotAdmitted };
            assert_eq!(read(Stage::Mail, code, "5.7.0 login first"), expected);
        }
    }

    #[test]
    fn the_servers_words_are_cut() {
        let Submission::Rejected { said: Some(said), .. } = read(Stage::Rcpt, 550, &"ü".repeat(2000)) else {
            unreachable!()
        };
        assert_eq!(said.chars().count(), 4 + MAX_SAID_CHARS);
    }
}
