//! One mail over one connection, command by command, so that it is known at each point what has left.

use channel::{Deadline, Submission, UnknownReason, UnsentReason};
use domain::time::Span;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};

use crate::mail::Mail;
use crate::reply::{Reply, Stage};

/// What came of the mail, and whether the connection can be used again.
pub(crate) struct Ended {
    pub(crate) submission: Submission,
    pub(crate) usable: bool,
}

impl Ended {
    const fn broken(submission: Submission) -> Self {
        Self { submission, usable: false }
    }

    const fn unsent(reason: UnsentReason, usable: bool) -> Self {
        Self { submission: Submission::Unsent { reason }, usable }
    }
}

/// Goes as far as the server's "go ahead" for the mail. Until then nothing can have been delivered.
pub(crate) async fn prepare(
    connection: &mut AsyncSmtpConnection,
    mail: &Mail,
    deferral_delay: Span,
) -> Result<(), Ended> {
    let mut parameters = Vec::new();
    if mail.needs_utf8() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Ended::unsent(UnsentReason::Unfit, true));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let refused = |stage| move |error: Error| refused(&error, stage, deferral_delay);
    let from = MailFrom::new(Some(mail.from.clone()), parameters);
    connection.command(from).await.map_err(refused(Stage::Mail))?;
    connection.command(Rcpt::new(mail.to.clone(), Vec::new())).await.map_err(refused(Stage::Rcpt))?;
    let go_ahead = connection.command(Data).await.map_err(refused(Stage::Data))?;
    if go_ahead.has_code(354) { Ok(()) } else { Err(Ended::unsent(UnsentReason::NoConnection, false)) }
}

/// A refusal before the mail; or the connection broke, and nothing was delivered.
fn refused(error: &Error, stage: Stage, deferral_delay: Span) -> Ended {
    match Reply::of(error) {
        Some(reply) => Ended { submission: reply.submission(stage, deferral_delay), usable: true },
        None => Ended::unsent(UnsentReason::NoConnection, false),
    }
}

/// The mail's content as lettre draws it: everything, and then nothing, upon which it writes the dot.
pub(crate) struct Content<'a> {
    content: Option<&'a [u8]>,
    deadline: &'a Deadline,
    dot: &'a mut bool,
}

impl<'a> Content<'a> {
    /// `dot` is set directly before the dot is written: while it is not, no server may deliver the mail.
    pub(crate) const fn new(content: &'a [u8], deadline: &'a Deadline, dot: &'a mut bool) -> Self {
        Self { content: Some(content), deadline, dot }
    }
}

impl<'a> Iterator for Content<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let next = self.content.take();
        if next.is_none() {
            // The content has been written: a process that was frozen before that shows itself here (permits, 7).
            self.deadline.begun();
            *self.dot = true;
        }
        next
    }
}

/// What the end of the mail means; no result is a server that did not answer in time.
pub(crate) fn conclude(
    result: Option<Result<Response, Error>>,
    dot: bool,
    mail: &Mail,
    deferral_delay: Span,
) -> Ended {
    match result {
        Some(Ok(response)) if response.code().severity == Severity::PositiveCompletion => Ended {
            submission: Submission::Accepted { provider_message: Some(mail.message_id.clone()) },
            usable: true,
        },
        Some(Ok(_)) => Ended::broken(Submission::Unknown { reason: UnknownReason::Unreadable }),
        Some(Err(error)) => match Reply::of(&error) {
            Some(reply) => {
                Ended { submission: reply.submission(Stage::Content, deferral_delay), usable: true }
            }
            None => cut(dot),
        },
        None => cut(dot),
    }
}

const fn cut(dot: bool) -> Ended {
    if dot {
        Ended::broken(Submission::Unknown { reason: UnknownReason::NoReply })
    } else {
        Ended::unsent(UnsentReason::NoConnection, false)
    }
}
