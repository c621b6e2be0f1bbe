//! The commit: one fenced append, and what to do when its result is unknown (takeover, 1 to 3).
//!
//! After an unknown result nothing is answered until the log itself says whether the batch is in it. It is, when the
//! events behind the expected head are ours by their random ids; it is not, when the head has not moved. Caches hold only
//! what is committed, so none has to be dropped: the working set is merged after this returns.

use domain::ids::{InputId, Position};
use event_log::record::{Append, Head};
use event_log::store::StoreError;

use crate::error::SchedulerError;
use crate::owner::Owner;

/// Why an append did not come about.
pub(super) enum CommitError {
    /// The store will never take it as it is: some input in it is the reason.
    Refused(StoreError),
    /// The owner must stop.
    Stop(SchedulerError),
}

enum Landing {
    /// It is in the log.
    Landed(Head),
    /// It is not; the identical batch may be tried again.
    NotLanded,
}

impl Owner {
    /// Appends; the result is certain.
    pub(super) async fn commit(&self, append: &Append) -> Result<Head, CommitError> {
        let mut tries_left = self.desk.config.commit_retries;
        loop {
            let error = match self.around.log.append(append).await {
                Ok(head) => return Ok(head),
                Err(error) => error,
            };
            if !is_open(&error) {
                return Err(self.give_up(error));
            }
            tracing::warn!(%error, "the result of a commit is looked up");
            if let Landing::Landed(head) = self.landing(append, &error).await? {
                return Ok(head);
            }
            if tries_left == 0 {
                return Err(CommitError::Stop(self.store_error(error)));
            }
            tries_left -= 1;
            self.around.runtime.clock.sleep(self.desk.config.retry_pause).await;
        }
    }

    fn give_up(&self, error: StoreError) -> CommitError {
        if is_about_the_batch(&error) {
            CommitError::Refused(error)
        } else {
            CommitError::Stop(self.store_error(error))
        }
    }

    /// Asks the log whether the batch is in it. While the store does not answer, it is not known to be.
    async fn landing(&self, append: &Append, why: &StoreError) -> Result<Landing, CommitError> {
        let head = match self.around.log.head(append.partition).await {
            Ok(head) => head,
            Err(error) if error.is_transient() => return Ok(Landing::NotLanded),
            Err(error) => return Err(CommitError::Stop(self.store_error(error))),
        };
        let expected = append.expected;
        if (head.position, head.chain) != (expected.position, expected.chain) {
            return self.compare(append, head).await;
        }
        // A batch of rows alone does not move the head; its keys tell. Without keys it may as well be written twice.
        let landed = append.events.is_empty() && self.has_keys(append).await?;
        if !landed && matches!(why, StoreError::HeadMoved { .. }) {
            return Err(self.not_ours(append).await);
        }
        Ok(if landed { Landing::Landed(head) } else { Landing::NotLanded })
    }

    /// The head moved: by our own late commit, by a newer owner, or by nobody who may.
    async fn compare(&self, append: &Append, head: Head) -> Result<Landing, CommitError> {
        let ours = u64::try_from(append.events.len()).unwrap_or(u64::MAX);
        let end = Position(append.expected.position.0.saturating_add(ours));
        if ours == 0 || head.position != end {
            return Err(self.not_ours(append).await);
        }
        let limit = u32::try_from(ours).unwrap_or(u32::MAX);
        let read = self.around.log.read(append.partition, append.expected.position, limit).await;
        let found = read.map_err(|source| CommitError::Stop(self.store_error(source)))?;
        let same = found.iter().map(|recorded| &recorded.event).eq(&append.events);
        if same { Ok(Landing::Landed(head)) } else { Err(self.not_ours(append).await) }
    }

    async fn has_keys(&self, append: &Append) -> Result<bool, CommitError> {
        let keys: Vec<InputId> = append.input_keys.iter().map(|key| key.key).collect();
        if keys.is_empty() {
            return Ok(false);
        }
        let known = self.around.log.known_inputs(append.partition, &keys).await;
        let known = known.map_err(|source| CommitError::Stop(self.store_error(source)))?;
        Ok(known.len() == keys.len())
    }

    /// Whose the events behind the expected head are: a newer owner's, unless the epoch is still ours.
    async fn not_ours(&self, append: &Append) -> CommitError {
        let (partition, after) = (append.partition, append.expected.position);
        CommitError::Stop(match self.around.log.probe(partition, append.epoch).await {
            Ok(()) => SchedulerError::ForeignEvents { partition, after },
            Err(error) => self.store_error(error),
        })
    }
}

/// Whether the batch may be in the log all the same, or may go in at another try.
const fn is_open(error: &StoreError) -> bool {
    matches!(error, StoreError::HeadMoved { .. }) || error.is_transient()
}

/// Whether the reason lies in what was to be appended.
const fn is_about_the_batch(error: &StoreError) -> bool {
    match error {
        StoreError::TooLarge { .. } | StoreError::Invalid { .. } => true,
        StoreError::Database { transient, .. } => !*transient,
        StoreError::HeadMoved { .. }
        | StoreError::StaleEpoch { .. }
        | StoreError::InUse { .. }
        | StoreError::Full { .. }
        | StoreError::UnknownResult
        | StoreError::Held { .. }
        | StoreError::ClockOff { .. }
        | StoreError::Unreadable { .. }
        | StoreError::Exists { .. } => false,
    }
}
