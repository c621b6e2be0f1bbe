//! Names of things, none of which holds a personal value.
//!
//! References that upstream systems use (a debtor number, a claim number, a phone number) may be personal data.
//! They enter the domain only as keyed digests (HMAC-SHA-256 cut to 128 bits), made at the edge.

use core::fmt;

macro_rules! digest_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes the 16 bytes as they are.
            pub const fn new(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            pub const fn bytes(&self) -> [u8; 16] {
                self.0
            }

            /// Reads 32 hexadecimal digits.
            pub fn from_hex(text: &str) -> Option<Self> {
                parse_hex(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(", stringify!($name))?;
                write_hex(&self.0, f)?;
                f.write_str(")")
            }
        }
    };
}

digest_id!(
    /// A debtor's stream: keyed digest of tenant and debtor reference.
    StreamId
);
digest_id!(
    /// A claim: keyed digest of tenant and claim reference.
    ClaimId
);
digest_id!(
    /// A contact point: keyed digest of tenant and normalised phone number, e-mail address or handle.
    PointId
);
digest_id!(
    /// A worker's question for one permit, random, held only in the memory of one worker task.
    RequestId
);
digest_id!(
    /// A hold: keyed digest of the reference that its author gave it.
    HoldId
);
digest_id!(
    /// A promise to pay: keyed digest of the reference that its author gave it, or of the call that heard it.
    PromiseId
);
digest_id!(
    /// What an input is recognised by: keyed digest of tenant, source and the source's own id.
    InputId
);
digest_id!(
    /// A provider's own name for a message, as a keyed digest.
    ProviderMessageId
);

impl StreamId {
    /// The stream of a partition's own events, such as the activation of a rulebook.
    pub const PARTITION: Self = Self([0; 16]);
}

/// One escalation, which is one attempt at one contact point under one permit.
///
/// The number counts the debtor's escalations from 1, so that an id needs no randomness and never repeats.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EscalationId {
    /// The debtor's stream.
    pub stream: StreamId,
    /// Which of the debtor's escalations, from 1.
    pub number: u32,
}

impl EscalationId {
    /// Reads what [`fmt::Display`] writes: `<32 hex digits>-<number>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (stream, number) = text.split_once('-')?;
        Some(Self { stream: StreamId::from_hex(stream)?, number: number.parse().ok()? })
    }
}

impl fmt::Display for EscalationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.stream, self.number)
    }
}

/// Where an event stands in its partition's log, from 1, without gaps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position(pub u64);

impl Position {
    /// The place of an event that is decided but not yet appended.
    pub const PENDING: Self = Self(u64::MAX);
}

/// SHA-256 of a compiled rulebook's sources, its time-zone data included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RulebookHash(pub [u8; 32]);

impl fmt::Display for RulebookHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn parse_hex(text: &str) -> Option<[u8; 16]> {
    let digits = text.as_bytes();
    if digits.len() != 32 {
        return None;
    }
    let mut out = [0; 16];
    for (slot, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let text = core::str::from_utf8(pair).ok()?;
        *slot = u8::from_str_radix(text, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escalation_id_reads_back_what_it_writes() {
        let id = EscalationId { stream: StreamId::new([0xab; 16]), number: 7 };
        assert_eq!(EscalationId::parse(&id.to_string()), Some(id));
        for wrong in ["", "-1", "abab-1", "zz", &format!("{}x-1", id.stream), &format!("{}-", id.stream)] {
            assert_eq!(EscalationId::parse(wrong), None, "{wrong}");
        }
    }
}
