//! How bytes can fail to be what they should be.
//!
//! **Invariant:** no message repeats what a field held, since what is wrong there may be a personal value.

/// Why bytes could not be read. Reading the same bytes again fails in the same way.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// They are no protobuf, or of another message.
    #[error("these bytes are no {message}: {detail}; they are cut off, or of another kind")]
    Malformed {
        /// Which message was expected.
        message: &'static str,
        /// What the protobuf reader says.
        detail: String,
    },
    /// A field that has to be set is not.
    #[error("{field} is missing; it has to be {right}")]
    Missing {
        /// Message and field.
        field: &'static str,
        /// What would be right.
        right: &'static str,
    },
    /// A field holds what it may not hold.
    #[error("{field} {wrong}; it has to be {right}")]
    Wrong {
        /// Message and field.
        field: &'static str,
        /// What is wrong, without the value where that may be personal.
        wrong: String,
        /// What would be right.
        right: &'static str,
    },
    /// A list or a text is longer than any that is written.
    #[error("{field} has {found} entries; at most {limit} are read")]
    TooMany {
        /// Message and field.
        field: &'static str,
        /// How many it has.
        found: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The event is in a version that this release does not know: a newer release wrote it.
    #[error(
        "{event} is of version {found}, and this release knows it up to version {newest}; use the newer release that \
         wrote it"
    )]
    UnknownSchema {
        /// Which event, by name.
        event: &'static str,
        /// The schema version in the envelope.
        found: u16,
        /// The newest version of this event that is known.
        newest: u16,
    },
    /// The kind in the envelope is none that this release knows.
    #[error("event kind {found} is none that this release knows; use the newer release that wrote it")]
    UnknownKind {
        /// The kind in the envelope.
        found: u16,
    },
    /// The kind in the envelope and the payload disagree.
    #[error("the envelope says event kind {said}, the payload is of kind {found}; one of them was changed")]
    OtherKind {
        /// The kind in the envelope.
        said: u16,
        /// The kind of the payload.
        found: u16,
    },
}

impl DecodeError {
    /// Whether nothing is wrong with the bytes but that a newer release wrote them.
    pub const fn is_of_a_newer_release(&self) -> bool {
        match self {
            Self::UnknownSchema { .. } | Self::UnknownKind { .. } => true,
            Self::Malformed { .. }
            | Self::Missing { .. }
            | Self::Wrong { .. }
            | Self::TooMany { .. }
            | Self::OtherKind { .. } => false,
        }
    }
}
