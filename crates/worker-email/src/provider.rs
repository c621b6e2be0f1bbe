//! The client of a mail server.

use std::sync::Arc;

use async_trait::async_trait;
use channel::{Deadline, Provider, Submission, UnsentReason};
use contract::personal::Message;
use domain::channel::Channel;
use domain::ids::EscalationId;
use domain::outcome::RejectClass;
use lettre::Address;
use runtime::clock::Clock;

use crate::connection::{Closed, Connector};
use crate::conversation::{Content, Ended, conclude, prepare};
use crate::error::EmailError;
use crate::mail::Mail;
use crate::pool::{Pool, Pooled};
use crate::settings::SmtpSettings;
use crate::timeout::within;

/// The client of a mail server.
pub struct SmtpProvider {
    pool: Pool,
    settings: SmtpSettings,
    clock: Arc<dyn Clock>,
}

impl SmtpProvider {
    /// Makes a client; nothing is sent and no connection made.
    pub fn new(settings: SmtpSettings, clock: Arc<dyn Clock>) -> Result<Self, EmailError> {
        settings.check()?;
        let connector = Connector::new(&settings)?;
        let (idle, mails) = (settings.max_idle_connections, settings.mails_per_connection);
        let pool = Pool::new(connector, settings.connect_timeout, idle, mails);
        Ok(Self { pool, settings, clock })
    }

    /// Sends the mail; what is left of the deadline limits everything up to the server's "go ahead".
    async fn send(&self, mail: &Mail, deadline: &Deadline) -> Submission {
        let preparing = self.prepared(mail);
        match within(self.clock.as_ref(), deadline.left(), preparing).await {
            Some(Ok(pooled)) => self.deliver(pooled, mail, deadline).await,
            Some(Err(settled)) => settled,
            None => Submission::Unsent { reason: UnsentReason::TooLate },
        }
    }

    /// A connection whose server waits for the mail.
    async fn prepared(&self, mail: &Mail) -> Result<Pooled, Submission> {
        let mut pooled = self.pool.take(self.clock.as_ref()).await.map_err(|closed| Submission::Unsent {
            reason: match closed {
                Closed::Unreachable => UnsentReason::NoConnection,
                Closed::NotAdmitted => UnsentReason::NotAdmitted,
            },
        })?;
        match prepare(&mut pooled.connection, mail, self.settings.deferral_delay).await {
            Ok(()) => Ok(pooled),
            Err(ended) => Err(self.end(pooled, ended)),
        }
    }

    async fn deliver(&self, mut pooled: Pooled, mail: &Mail, deadline: &Deadline) -> Submission {
        let mut dot = false;
        let content = Content::new(&mail.content, deadline, &mut dot);
        // Nothing may stand between this check and the writing that begins in the line after it.
        if deadline.check().is_err() {
            // The connection is closed in the middle of a mail, which the server then drops.
            return Submission::Unsent { reason: UnsentReason::TooLate };
        }
        let writing = pooled.connection.message_iter(content);
        let result = within(self.clock.as_ref(), self.settings.answer_timeout, writing).await;
        let ended = conclude(result, dot, mail, self.settings.deferral_delay);
        self.end(pooled, ended)
    }

    fn end(&self, pooled: Pooled, ended: Ended) -> Submission {
        if ended.usable {
            self.pool.give_back(pooled);
        }
        ended.submission
    }
}

#[async_trait]
impl Provider for SmtpProvider {
    fn channel(&self) -> Channel {
        Channel::Email
    }

    /// The provider's name for the message is our own Message-ID, which bounces and answers repeat.
    async fn submit(
        &self,
        address: &str,
        message: &Message,
        attempt: EscalationId,
        deadline: &Deadline,
    ) -> Submission {
        let Ok(to) = address.parse::<Address>() else {
            return Submission::Rejected { class: RejectClass::BadAddress, said: None };
        };
        let now = self.clock.now();
        match Mail::write(to, message, attempt, now, self.settings.announce_clock) {
            Some(mail) => self.send(&mail, deadline).await,
            None => Submission::Unsent { reason: UnsentReason::Unfit },
        }
    }
}

impl std::fmt::Debug for SmtpProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpProvider").field("settings", &self.settings).finish_non_exhaustive()
    }
}
