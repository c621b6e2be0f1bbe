//! Which hold is meant: by name, by its digits, or because there is only one.

use domain::debtor::Debtor;
use domain::fact::Fact;
use domain::ids::HoldId;

use super::ActError;
use crate::problem::Unfit;

/// How many digits of an id name it at least.
///
/// What a reply sets off is named after the reply: such ids begin alike, and are told apart by their end.
const SHORT: usize = 8;

/// The hold that is meant, among those that are in force or wait for their claim.
///
/// A hold that Mahnwerk placed itself has no name, and its id is no digest of one: it goes by its digits.
pub(super) fn meant(
    debtor: &Debtor,
    named: Option<&str>,
    digest: impl FnOnce(&str) -> HoldId,
) -> Result<HoldId, ActError> {
    let placed = placed(debtor);
    let Some(name) = named else {
        return match placed.as_slice() {
            [only] => Ok(*only),
            [] => Err(none()),
            _ => Err(which(&placed, "is not named, and there are several")),
        };
    };
    let by_name = digest(name);
    if placed.contains(&by_name) {
        return Ok(by_name);
    }
    let by_digits = |hold: &&HoldId| {
        let digits = hold.to_string();
        name.len() >= SHORT && (digits.starts_with(name) || digits.ends_with(name))
    };
    match placed.iter().filter(by_digits).collect::<Vec<_>>().as_slice() {
        [only] => Ok(**only),
        [] if placed.is_empty() => Err(none()),
        [] => Err(unknown(&placed)),
        _ => Err(which(&placed, "fits several")),
    }
}

fn placed(debtor: &Debtor) -> Vec<HoldId> {
    let waiting = debtor.parked.iter().filter_map(|parked| {
        if let Fact::HoldPlaced { hold, .. } = &parked.fact { Some(*hold) } else { None }
    });
    debtor.holds.iter().map(|hold| hold.hold).chain(waiting).collect()
}

fn none() -> ActError {
    let detail = "the debtor has no hold in force; nothing needs to be released";
    ActError::Refused { reason: "unknown_hold".into(), detail: detail.into() }
}

fn unknown(placed: &[HoldId]) -> ActError {
    let detail = format!("`hold` is none of this debtor's; name one of those in force: {}", listed(placed));
    ActError::Refused { reason: "unknown_hold".into(), detail }
}

fn which(placed: &[HoldId], what: &str) -> ActError {
    ActError::malformed("hold", Unfit::new(what, format!("name one of those in force: {}", listed(placed))))
}

fn listed(placed: &[HoldId]) -> String {
    placed.iter().map(HoldId::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use domain::hold::Hold;
    use domain::label::{Label, TenantId};
    use domain::time::Timestamp;

    use super::*;

    fn debtor(holds: &[u8]) -> Debtor {
        let mut debtor = Debtor::new(TenantId::new("town").unwrap());
        debtor.holds = holds
            .iter()
            .map(|byte| Hold {
                hold: HoldId::new([*byte; 16]),
                claim: None,
                reason: Label::new("illness").unwrap(),
                actor: Label::new("anna").unwrap(),
                since: Timestamp(1),
                until: None,
            })
            .collect();
        debtor
    }

    #[test]
    fn a_hold_is_found_by_name_by_digits_or_because_it_is_alone() {
        let digest = |name: &str| HoldId::new([if name == "H1" { 0x11 } else { 0xff }; 16]);
        let (one, two) = (debtor(&[0x11]), debtor(&[0x11, 0xab]));
        let ab = "ab".repeat(16);
        let mut alike = debtor(&[1, 2]);
        for (hold, id) in alike.holds.iter_mut().zip([*b"reply-dispute..1", *b"reply-dispute..2"]) {
            hold.hold = HoldId::new(id);
        }
        for (named, found) in [
            ("7265706c", None),
            ("74652e2e31", Some(*b"reply-dispute..1")),
            ("74652e2e32", Some(*b"reply-dispute..2")),
            ("2e2e32", None),
        ] {
            let found = found.map(HoldId::new);
            assert_eq!(meant(&alike, Some(named), digest).ok(), found, "{named}");
        }
        for (debtor, named, found) in [
            (&one, None, Some(0x11)),
            (&two, Some("H1"), Some(0x11)),
            (&two, Some(ab.as_str()), Some(0xab)),
            (&two, Some("abababab"), Some(0xab)),
            (&two, None, None),
            (&two, Some("H2"), None),
            (&two, Some("ababab"), None),
            (&debtor(&[]), None, None),
            (&debtor(&[]), Some("H1"), None),
        ] {
            let meant = meant(debtor, named, digest).ok();
            assert_eq!(meant, found.map(|byte| HoldId::new([byte; 16])), "{named:?}");
        }
        let said = meant(&two, None, digest).unwrap_err().to_string();
        assert!(said.contains(&ab), "{said}");
    }
}
