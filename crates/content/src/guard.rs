//! The content guard on finished texts: what a message says, whoever wrote the template.
//!
//! It fails closed: what looks like an amount, an account number or a word of debt is taken for one.

pub mod amount;
pub mod iban;

use domain::channel::{Channel, Disclosure};

use crate::lexicon::{self, Folded};
use crate::refusal::Rule;

/// What the guard objects to; the detail holds nothing of the text, only the pattern that it met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Objection {
    /// Which rule.
    pub rule: Rule,
    /// What was met and what would be right.
    pub detail: String,
}

/// What the guard must know of a text.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// For which channel.
    pub channel: Channel,
    /// How much it may show.
    pub disclosure: Disclosure,
    /// Names that may hold any word: the sender's registered name and the addressee's.
    pub names: &'a [&'a str],
    /// Texts of the tenant's that may hold numbers of any shape: callback number and hours.
    pub numbers: &'a [&'a str],
}

/// Searches a finished text.
pub fn check(text: &str, around: &Surroundings<'_>) -> Result<(), Objection> {
    let folded = Folded::new(text, around.names);
    if let Some(pattern) = lexicon::threats().first_in(&folded) {
        return Err(Objection {
            rule: Rule::Threat,
            detail: format!("the text meets `{pattern}` of the list of threats and insults; say it without"),
        });
    }
    match around.disclosure {
        Disclosure::Full => Ok(()),
        Disclosure::Callback => check_restricted(text, &folded, around),
    }
}

fn check_restricted(text: &str, folded: &Folded, around: &Surroundings<'_>) -> Result<(), Objection> {
    let channel = around.channel;
    let bare = around
        .numbers
        .iter()
        .filter(|value| value.chars().count() >= 4)
        .fold(text.to_owned(), |text, value| text.replace(value, "\u{b7}"));
    if amount::is_in(&bare) {
        return Err(Objection {
            rule: Rule::Amount,
            detail: format!("the text shows what looks like an amount, which {channel} may not"),
        });
    }
    if iban::is_in(&bare) {
        return Err(Objection {
            rule: Rule::Iban,
            detail: format!("the text shows what looks like an account number, which {channel} may not"),
        });
    }
    match lexicon::debt_words().first_in(folded) {
        Some(pattern) => Err(Objection {
            rule: Rule::DebtWord,
            detail: format!(
                "the text meets `{pattern}` of the list of words of debt, which {channel} may not show"
            ),
        }),
        None => Ok(()),
    }
}

/// Whether a value from outside holds a link, which would turn a message into bait.
pub fn holds_link(value: &str) -> bool {
    let lower = value.to_lowercase();
    lower.contains("://") || lower.contains("www.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around<'a>(names: &'a [&'a str], numbers: &'a [&'a str]) -> Surroundings<'a> {
        Surroundings { channel: Channel::Sms, disclosure: Disclosure::Callback, names, numbers }
    }

    #[test]
    fn each_kind_of_detail_is_refused_by_its_rule() {
        for (text, rule) in [
            ("Bitte 35.00 mitbringen", Rule::Amount),
            ("Konto CH93 0076 2011 6238 5295 7", Rule::Iban),
            ("Ihre Schulden", Rule::DebtWord),
            ("Ihre letzte Warnung", Rule::Threat),
        ] {
            assert_eq!(check(text, &around(&[], &[])).unwrap_err().rule, rule, "{text}");
        }
    }

    #[test]
    fn the_tenant_s_own_numbers_and_names_are_exempt() {
        let text = "Gemeinde Mahnwil: bitte rufen Sie an, 044 555 01 00, Mo-Fr 8.00-20.00.";
        assert!(check(text, &around(&["Gemeinde Mahnwil"], &["Mo-Fr 8.00-20.00", "044 555 01 00"])).is_ok());
        assert!(check(text, &around(&[], &["Mo-Fr 8.00-20.00"])).is_err());
        assert!(check(text, &around(&["Gemeinde Mahnwil"], &[])).is_err());
    }

    #[test]
    fn a_full_text_may_speak_of_the_debt_but_never_threaten() {
        let full =
            Surroundings { channel: Channel::Call, disclosure: Disclosure::Full, names: &[], numbers: &[] };
        assert!(check("Die Rechnung über CHF 35.00 ist offen.", &full).is_ok());
        assert_eq!(check("Sie Lügner!", &full).unwrap_err().rule, Rule::Threat);
    }

    #[test]
    fn no_objection_quotes_the_text() {
        for text in ["Frau Geheim 35.00", "Geheim CH93 0076 2011 6238 5295 7", "Geheimschuld"] {
            assert!(!check(text, &around(&[], &[])).unwrap_err().detail.to_lowercase().contains("geheim"));
        }
    }
}
