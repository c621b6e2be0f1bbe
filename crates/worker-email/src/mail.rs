//! A message as a mail: headers, text, and from whom to whom.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contract::personal::Message;
use domain::ids::EscalationId;
use domain::time::Timestamp;
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, SinglePart};

/// Largest mail, in bytes.
const MAX_MAIL_BYTES: usize = 1024 * 1024;

/// A mail ready to be sent.
pub(crate) struct Mail {
    pub(crate) from: Address,
    pub(crate) to: Address,
    /// With line ends as the wire has them, and no dots stuffed in yet.
    pub(crate) content: Vec<u8>,
    /// Without its angle brackets.
    pub(crate) message_id: String,
}

impl Mail {
    /// Writes the mail; none if it has no text, its sender is no address, or it is too large.
    pub(crate) fn write(
        to: Address,
        message: &Message,
        attempt: EscalationId,
        now: Timestamp,
        announce_clock: bool,
    ) -> Option<Self> {
        let from: Address = message.sender.parse().ok().filter(|_| !message.body.trim().is_empty())?;
        let message_id = format!("{attempt}@{}", from.domain());
        // lettre panics at a control character in a name.
        let name = Some(one_line(&message.sender_name)).filter(|name| !name.trim().is_empty());
        let builder = MessageBuilder::new()
            .from(Mailbox::new(name, from.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(one_line(&message.subject))
            .date(system_time(now))
            .message_id(Some(format!("<{message_id}>")));
        let builder = raw(builder, "Auto-Submitted", "auto-generated".to_owned())?;
        let mut builder = raw(builder, "X-Mahnwerk-Attempt", attempt.to_string())?;
        if announce_clock {
            builder = raw(builder, "X-Mahnwerk-Clock", now.to_string())?;
        }
        let text = SinglePart::plain(unix_lines(&message.body));
        let content = builder.singlepart(text).ok()?.formatted();
        (content.len() <= MAX_MAIL_BYTES).then_some(Self { from, to, content, message_id })
    }

    /// Whether the addresses need a server that speaks SMTPUTF8.
    pub(crate) fn needs_utf8(&self) -> bool {
        let address: &str = self.to.as_ref();
        let sender: &str = self.from.as_ref();
        !address.is_ascii() || !sender.is_ascii()
    }
}

fn raw(builder: MessageBuilder, name: &str, value: String) -> Option<MessageBuilder> {
    let name = HeaderName::new_from_ascii(name.to_owned()).ok()?;
    Some(builder.raw_header(HeaderValue::new(name, value)))
}

/// A header is one line; what would begin another is a space.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// Line ends as lettre takes them; a carriage return of its own would be read as one by some servers only.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn system_time(at: Timestamp) -> SystemTime {
    // An instant before 1970 is only ever played; a mail can't bear it.
    UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::StreamId;

    const NOW: Timestamp = Timestamp(1_388_570_400_000);

    fn message() -> Message {
        Message {
            sender: "forderung@stadt.example".to_owned(),
            sender_name: "Stadt Köln, Kasse".to_owned(),
            subject: "Bitte um Rückruf".to_owned(),
            body: "Guten Tag,\nbitte rufen Sie zurück.\n.versteckt".to_owned(),
            ..Message::default()
        }
    }

    fn write(message: &Message, announce_clock: bool) -> Option<String> {
        let attempt = EscalationId { stream: StreamId::new([0xab; 16]), number: 3 };
        let to = "jane@debtor.example".parse().unwrap();
        let mail = Mail::write(to, message, attempt, NOW, announce_clock)?;
        Some(String::from_utf8(mail.content).unwrap())
    }

    #[test]
    fn a_mail_has_every_header_and_its_text() {
        let mail = write(&message(), true).unwrap();
        let (head, body) = mail.split_once("\r\n\r\n").unwrap();
        for line in [
            "To: jane@debtor.example",
            "Date: Wed, 01 Jan 2014 10:00:00 +0000",
            "Message-ID: <abababababababababababababababab-3@stadt.example>",
            "Auto-Submitted: auto-generated",
            "X-Mahnwerk-Attempt: abababababababababababababababab-3",
            "X-Mahnwerk-Clock: 2014-01-01T10:00:00Z",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(head.split("\r\n").any(|header| header == line), "{line} in\n{head}");
        }
        assert!(head.contains("<forderung@stadt.example>") && head.is_ascii() && body.is_ascii());
        assert!(!body.replace("\r\n", "").contains(['\r', '\n']), "every line ends as the wire wants it");
        assert!(!write(&message(), false).unwrap().contains("X-Mahnwerk-Clock"));
    }

    #[test]
    fn no_text_can_add_a_header() {
        for text in ["x\r\nBcc: a@b.example", "x\nBcc: a@b.example", "x\rBcc: a@b.example", "x\r\n\r\nbody"] {
            let message = Message { subject: text.to_owned(), sender_name: text.to_owned(), ..message() };
            let mail = write(&message, false).unwrap();
            let (head, body) = mail.split_once("\r\n\r\n").unwrap();
            assert!(!head.split(['\r', '\n']).any(|line| line.starts_with("Bcc")), "{head}");
            assert!(!body.starts_with("body") && head.contains("Content-Type"), "{mail}");
        }
    }

    #[test]
    fn any_name_can_be_borne() {
        for name in
            ["\0", " ", "\"Kasse\" \\ (Köln) <x@y.example>", "日本", "👩‍👩‍👧", &"ü".repeat(3000), "\u{202e}a"]
        {
            let mail = write(&Message { sender_name: name.to_owned(), ..message() }, false).unwrap();
            let from = mail.split("\r\n").filter(|line| line.starts_with("From: ")).count();
            assert!(
                from == 1 && mail.is_ascii() && mail.contains("forderung@stadt.example"),
                "{name}: {mail}"
            );
        }
    }

    #[test]
    fn a_mail_that_can_not_be_written_is_none() {
        for unfit in [
            Message { sender: "nobody".to_owned(), ..message() },
            Message { sender: String::new(), ..message() },
            Message { body: " \n".to_owned(), ..message() },
            Message { body: "x".repeat(MAX_MAIL_BYTES), ..message() },
        ] {
            assert_eq!(write(&unfit, false), None);
        }
        assert!(
            write(&Message { subject: String::new(), sender_name: String::new(), ..message() }, false)
                .is_some()
        );
    }
}
