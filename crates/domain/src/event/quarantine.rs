//! Why an input could not be processed (inputs, 7): a closed set, so that operators can count and search by it.
//!
//! Decides nothing: whatever the reason, the debtor is held and an operator called.

/// What failed when an input was put into quarantine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum QuarantineReason {
    /// The decider panicked.
    DeciderPanicked,
    /// What was due stayed due, however often it was decided.
    DueWithoutEnd,
    /// What was due brought no event and no later instant.
    DueWithoutEvent,
    /// The permit's attempt is not in the debtor's state.
    NoAttempt,
    /// A name of ours is no name: a defect.
    BadLabel,
    /// A personal part could not be sealed.
    NotSealed,
    /// The open part is larger than a row may be.
    PayloadTooLarge,
    /// The sealed part is larger than a row may be.
    PersonalPartTooLarge,
    /// The store refused the append.
    AppendRefused,
    /// Something that an older release said in a word of its own.
    Other,
}

impl QuarantineReason {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::DeciderPanicked,
        Self::DueWithoutEnd,
        Self::DueWithoutEvent,
        Self::NoAttempt,
        Self::BadLabel,
        Self::NotSealed,
        Self::PayloadTooLarge,
        Self::PersonalPartTooLarge,
        Self::AppendRefused,
        Self::Other,
    ];

    /// The name used in files, tables and counters; also the text that the first version of the event held.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeciderPanicked => "decider_panicked",
            Self::DueWithoutEnd => "due_without_end",
            Self::DueWithoutEvent => "due_without_event",
            Self::NoAttempt => "no_attempt",
            Self::BadLabel => "bad_label",
            Self::NotSealed => "not_sealed",
            Self::PayloadTooLarge => "payload_too_large",
            Self::PersonalPartTooLarge => "personal_part_too_large",
            Self::AppendRefused => "append_refused",
            Self::Other => "other",
        }
    }

    /// Reads what [`Self::as_str`] gives; any other word is [`Self::Other`].
    pub fn of_name(text: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).unwrap_or(Self::Other)
    }
}
