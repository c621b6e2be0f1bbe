//! Personal parts: what is said of a person, sealed before it touches a disk.
//!
//! **Invariant:** nothing here has a `Display`, and `Debug` shows only which kind it is.

use core::fmt;

mod codec;

pub use codec::{MAX_PERSONAL, decode, encode};

/// What stands beside an event's open part, encrypted under the debtor's key.
#[derive(Clone, PartialEq, Eq)]
pub enum Personal {
    /// Beside `DebtorDescribed`.
    Debtor {
        /// The debtor's number at the tenant's.
        reference: String,
        /// The name, as one writes it on a letter.
        name: String,
    },
    /// Beside `ContactPointAdded`.
    Point {
        /// The normalised number, address or handle; a postal address has its lines parted by `\n`.
        value: String,
    },
    /// Beside `ClaimRegistered`.
    Claim {
        /// The claim's number at the creditor's.
        reference: String,
        /// What it is for.
        description: String,
    },
    /// Beside `DeliveryStarted`: to whom and in which words.
    Words {
        /// The number, address or handle.
        address: String,
        /// The message.
        message: Message,
    },
    /// Beside any other fact: a text that somebody wrote or said.
    Text {
        /// The text.
        text: String,
    },
}

/// A rendered message, complete enough that a provider client needs nothing else.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// As whom it is sent: a number, an address, an account.
    pub sender: String,
    /// The sender's name as people read it.
    pub sender_name: String,
    /// The subject, of an e-mail.
    pub subject: String,
    /// The text; of a call, the script.
    pub body: String,
    /// What the agent must know before the call (R40), line by line.
    pub dossier: Vec<String>,
    /// ISO 639-1.
    pub language: String,
    /// The name under which the provider holds the template, where it does (WhatsApp).
    pub provider_template: String,
    /// Its parameters, in order.
    pub parameters: Vec<String>,
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Debtor { .. } => "Personal::Debtor(..)",
            Self::Point { .. } => "Personal::Point(..)",
            Self::Claim { .. } => "Personal::Claim(..)",
            Self::Words { .. } => "Personal::Words(..)",
            Self::Text { .. } => "Personal::Text(..)",
        })
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Message(..)")
    }
}
