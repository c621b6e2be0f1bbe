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
    /// The payload was written by a newer release.
    #[error(
        "event schema {found} is not known; this release reads 1 to {newest}: use the release that wrote it"
    )]
    UnknownSchema {
        /// The schema version in the envelope.
        found: u16,
        /// The newest that is known.
        newest: u16,
    },
    /// The kind in the envelope is none that this release knows.
    #[error("event kind {found} is not known; use the release that wrote it")]
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
