//! Idle connections, each asked for a sign of life before it is used again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Rset;
use runtime::clock::Clock;

use crate::connection::{Closed, Connector};
use crate::timeout::within;

/// How long an idle connection may take to answer before it is given up.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

/// A connection and how many mails were begun on it.
pub(crate) struct Pooled {
    pub(crate) connection: AsyncSmtpConnection,
    pub(crate) mails: u32,
}

/// The pool.
pub(crate) struct Pool {
    connector: Connector,
    connect_timeout: Duration,
    max_idle: usize,
    mails_per_connection: u32,
    idle: Mutex<Vec<Pooled>>,
}

impl Pool {
    pub(crate) const fn new(
        connector: Connector,
        connect_timeout: Duration,
        max_idle: usize,
        mails_per_connection: u32,
    ) -> Self {
        Self { connector, connect_timeout, max_idle, mails_per_connection, idle: Mutex::new(Vec::new()) }
    }

    /// A connection on which no mail is under way: an idle one that answers, or else a new one.
    pub(crate) async fn take(&self, clock: &dyn Clock) -> Result<Pooled, Closed> {
        // At most as many turns as there are idle connections, since each takes one away.
        while let Some(mut pooled) = self.pop() {
            let answer = within(clock, SIGN_OF_LIFE, pooled.connection.command(Rset)).await;
            if matches!(answer, Some(Ok(_))) {
                return Ok(pooled);
            }
        }
        let connected = within(clock, self.connect_timeout, self.connector.connect()).await;
        let connection = connected.unwrap_or(Err(Closed::Unreachable))?;
        Ok(Pooled { connection, mails: 0 })
    }

    /// Keeps a connection for later, or closes it.
    pub(crate) fn give_back(&self, mut pooled: Pooled) {
        pooled.mails = pooled.mails.saturating_add(1);
        let mut idle = self.idle();
        if pooled.mails < self.mails_per_connection && idle.len() < self.max_idle {
            idle.push(pooled);
        }
    }

    fn pop(&self) -> Option<Pooled> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Pooled>> {
        // Nothing that can panic runs under the lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
