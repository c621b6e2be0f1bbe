//! Channels, kinds of contact points, and how much may be said where.

use core::fmt;

/// A way to reach a debtor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Channel {
    /// A call task that an agent works (R2).
    Call,
    /// A text message.
    Sms,
    /// An e-mail.
    Email,
    /// A direct message in a social messenger; there is no public post (R8).
    Social,
    /// A printed letter.
    Letter,
}

impl Channel {
    /// All of them, in the order of the seed's ladder (R1), letters last.
    pub const ALL: [Self; 5] = [Self::Call, Self::Sms, Self::Email, Self::Social, Self::Letter];

    /// The name used in rulebooks, subjects and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Social => "social",
            Self::Letter => "letter",
        }
    }

    /// Reads what [`Self::as_str`] gives.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }

    /// The kind of contact point it needs.
    pub const fn point_kind(self) -> PointKind {
        match self {
            Self::Call | Self::Sms => PointKind::Phone,
            Self::Email => PointKind::Email,
            Self::Social => PointKind::Messenger,
            Self::Letter => PointKind::Postal,
        }
    }

    /// The most that may ever be said on it to somebody whose identity is not verified (R5, R6, R8).
    ///
    /// A call's script may hold the debt, since the agent verifies the person first.
    pub const fn ceiling(self) -> Disclosure {
        match self {
            Self::Call | Self::Letter => Disclosure::Full,
            Self::Sms | Self::Email | Self::Social => Disclosure::Callback,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A kind of contact point.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PointKind {
    /// A phone number, for calls and text messages.
    Phone,
    /// An e-mail address.
    Email,
    /// A handle in a social messenger.
    Messenger,
    /// A postal address.
    Postal,
}

impl PointKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Phone, Self::Email, Self::Messenger, Self::Postal];

    /// The name used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Messenger => "messenger",
            Self::Postal => "postal",
        }
    }

    /// Reads what [`Self::as_str`] gives.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How much of a debt a message may show; each level includes the ones before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Disclosure {
    /// Who writes, and please call back: no amount, no debt, no reference.
    Callback,
    /// Everything: creditor, amount, reason, consequences.
    Full,
}
