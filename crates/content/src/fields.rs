//! The variables that a message may show: the whole set, each with what it says about a person.

use domain::calendar::CivilDate;
use domain::channel::Disclosure;
use domain::label::CreditorId;
use domain::money::{Currency, Minor};

/// How sensitive a field is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// The sender's own: public.
    Sender,
    /// Who is addressed: personal, but says nothing of a debt.
    Addressee,
    /// Says that there is a debt, or which.
    Debt,
}

impl Class {
    /// The least disclosure level that a template needs to show it.
    pub const fn level(self) -> Disclosure {
        match self {
            Self::Sender | Self::Addressee => Disclosure::Callback,
            Self::Debt => Disclosure::Full,
        }
    }
}

/// The shape of a field's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// One line of text.
    Text,
    /// Several lines: `{% for line in postal_address %}`, or the filters `lines` and `inline`.
    Lines,
    /// Several claims: `{% for claim in other_claims %}{{ claim.amount }}{% endfor %}`.
    Claims,
}

macro_rules! fields {
    ($($variant:ident $name:literal $class:ident $shape:ident $doc:literal;)*) => {
        /// A variable of the template language.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Field {
            $(#[doc = $doc] $variant,)*
        }

        impl Field {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in templates.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it says about a person.
            pub const fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class,)* }
            }

            /// The shape of its value.
            pub const fn shape(self) -> Shape {
                match self { $(Self::$variant => Shape::$shape,)* }
            }

            /// What it is, for help texts.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

fields! {
    SenderName "sender_name" Sender Text "The tenant's registered name, in the message's language.";
    CallbackNumber "callback_number" Sender Text "The number to call back.";
    CallbackHours "callback_hours" Sender Text "When somebody answers there.";
    OptOut "opt_out" Sender Text "How to stop messages on this channel.";
    PostalAddress "postal_address" Sender Lines "The tenant's postal address.";
    DebtorName "debtor_name" Addressee Text "The addressee's name.";
    Creditor "creditor" Debt Text "To whom the leading claim is owed.";
    Reference "reference" Debt Text "The leading claim's number at the creditor's.";
    Reason "reason" Debt Text "What the leading claim is for.";
    Amount "amount" Debt Text "What is still owed on the leading claim, without the currency.";
    Currency "currency" Debt Text "The leading claim's currency.";
    DueDate "due_date" Debt Text "When the leading claim fell due.";
    OtherClaims "other_claims" Debt Claims "The other claims that the message covers, each with creditor, reference, reason, amount, currency and due_date.";
    PaymentOptions "payment_options" Debt Lines "The ways to pay.";
}

/// The parts of one of `other_claims`.
pub const CLAIM_PARTS: [&str; 6] = ["creditor", "reference", "reason", "amount", "currency", "due_date"];

impl Field {
    /// Reads what [`Self::as_str`] gives.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.as_str() == text)
    }

    /// The least disclosure level that a template needs to show it.
    pub const fn level(self) -> Disclosure {
        self.class().level()
    }

    /// Whether its value is the tenant's and thus known when a template is checked.
    pub const fn is_tenants(self) -> bool {
        match self {
            Self::SenderName
            | Self::CallbackNumber
            | Self::CallbackHours
            | Self::OptOut
            | Self::PostalAddress
            | Self::PaymentOptions => true,
            Self::DebtorName
            | Self::Creditor
            | Self::Reference
            | Self::Reason
            | Self::Amount
            | Self::Currency
            | Self::DueDate
            | Self::OtherClaims => false,
        }
    }
}

/// What is known of one debtor when a message is rendered; the tenant's own values are added by
/// [`Templates`](crate::Templates).
///
/// Personal: it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// The addressee's name; empty when it is not known.
    pub debtor_name: String,
    /// The claims that the message covers, the leading one first.
    pub claims: Vec<ClaimFields>,
    /// What the agent must know before a call (R40), line by line; goes with call scripts alone.
    pub dossier: Vec<String>,
}

/// One claim, as a message may show it. Personal: it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimFields {
    /// To whom it is owed.
    pub creditor: CreditorId,
    /// Its number at the creditor's.
    pub reference: String,
    /// What it is for.
    pub description: String,
    /// What is still owed.
    pub owed: Minor,
    /// In which currency.
    pub currency: Currency,
    /// When it fell due, on the debtor's calendar.
    pub due_on: CivilDate,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_read_back() {
        let names: BTreeSet<_> = Field::ALL.iter().map(|f| f.as_str()).collect();
        assert_eq!(names.len(), Field::ALL.len());
        for field in Field::ALL {
            assert_eq!(Field::parse(field.as_str()), Some(*field));
        }
        assert_eq!(Field::parse("iban"), None);
    }

    #[test]
    fn at_callback_level_only_sender_and_addressee_are_open() {
        let open: Vec<_> =
            Field::ALL.iter().filter(|f| f.level() == Disclosure::Callback).map(|f| f.as_str()).collect();
        let expected =
            ["sender_name", "callback_number", "callback_hours", "opt_out", "postal_address", "debtor_name"];
        assert_eq!(open, expected);
    }
}
