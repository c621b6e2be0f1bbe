//! Values that give themselves away: a canary for every field, and an example person.

use super::{Fault, is_debt, place_of, slots};
use crate::fields::{CLAIM_PARTS, Field, Shape};
use crate::refusal::Rule;
use crate::templates::{Compiled, Filled};
use crate::values::{Given, Values};

use domain::channel::Channel;

/// A canary of the kind of its field: unlike any word, and unlike every other canary.
fn text_of(field: Field) -> &'static str {
    match field {
        Field::SenderName => "Qxsender Zvamt",
        Field::CallbackNumber => "+99 71 930 46 28",
        Field::CallbackHours => "Qxhours 03:17-04:23",
        Field::OptOut => "Qxoptout",
        Field::PostalAddress => "Qxstreet 7193",
        Field::DebtorName => "Qxaddressee Zvname",
        Field::Creditor => "Qxcreditor Zvag",
        Field::Reference => "QXREF-719304",
        Field::Reason => "Qxreason Zvgrund",
        Field::Amount => "71'930.46",
        Field::Currency => "QYW",
        Field::DueDate => "17.03.2371",
        Field::OtherClaims => "Qxother",
        Field::PaymentOptions => "QX71 9304 6281 7193 0462 8",
    }
}

/// A canary in every field; a value that the tenant does not have stays empty.
pub(super) fn everywhere(tenant: &Values) -> Values {
    let mut values = tenant.clone();
    for field in Field::ALL {
        if field.is_tenants() && tenant.is_empty(*field) {
            continue;
        }
        let text = text_of(*field);
        let given = match field.shape() {
            Shape::Text => Given::Text(text.to_owned()),
            Shape::Lines => Given::Lines(vec![format!("{text} a"), format!("{text} b")]),
            Shape::Claims => Given::Claims(vec![CLAIM_PARTS.map(|part| format!("{text} {part}"))]),
        };
        values.set(*field, given);
    }
    values
}

/// The tenant's own values and a person whose name and claim are of usual length.
pub(super) fn example(tenant: &Values) -> Values {
    let mut values = tenant.clone();
    for (field, text) in [
        (Field::DebtorName, "Alexandra Beispiel-Roth"),
        (Field::Creditor, "Beispielamt"),
        (Field::Reference, "2025-004711"),
        (Field::Reason, "Beispiel 2025"),
        (Field::Amount, "1234.50"),
        (Field::Currency, "CHF"),
        (Field::DueDate, "31.03.2025"),
    ] {
        values.set(field, Given::Text(text.to_owned()));
    }
    let other = ["Beispielamt", "2025-004712", "Beispiel 2024", "80.00", "CHF", "31.01.2025"];
    values.set(Field::OtherClaims, Given::Claims(vec![other.map(str::to_owned)]));
    values
}

/// Whether the field's canary is in the text, whatever a filter made of its letters.
fn at(canaries: &Values, field: Field, text: &str) -> Option<usize> {
    let text = text.to_lowercase();
    let given = canaries.get(field)?;
    let canaries = given.texts().into_iter().filter(|canary| !canary.is_empty());
    canaries.filter_map(|canary| text.find(&canary.to_lowercase())).min()
}

/// Searches what was rendered with canaries for leaks and gaps.
pub(super) fn check(
    compiled: &Compiled,
    canaries: &Values,
    filled: &Filled,
    absent: &[Field],
    faults: &mut Vec<Fault>,
) {
    let source = &compiled.source;
    let all = format!("{}\n{}\n{}", filled.subject, filled.body, filled.parameters.join("\n"));
    for field in Field::ALL.iter().filter(|field| field.level() > source.disclosure) {
        if at(canaries, *field, &all).is_some() {
            let what = format!("a canary of `{}` came out in the rendered text", field.as_str());
            let remedy = format!("take it out: {} may not show it", source.channel);
            faults.push(Fault::new(Rule::Disclosure, place_of(&compiled.uses, *field), what, remedy));
        }
    }
    for slot in slots(source.channel).iter().filter(|slot| !absent.contains(slot)) {
        if at(canaries, *slot, &filled.body).is_none() {
            let what = format!("`{}` is missing from the text, or from one of its branches", slot.as_str());
            let remedy = format!("write {{{{ {} }}}} where every reader gets to see it", slot.as_str());
            faults.push(Fault::new(Rule::MissingSlot, super::Place::Whole, what, remedy));
        }
    }
    if source.channel == Channel::Call {
        check_script(compiled, canaries, &filled.body, faults);
    }
}

/// A call script makes sure who is on the line before it speaks of the debt (R36).
fn check_script(compiled: &Compiled, canaries: &Values, body: &str, faults: &mut Vec<Fault>) {
    let asked = at(canaries, Field::DebtorName, body).unwrap_or(0);
    let early = Field::ALL
        .iter()
        .copied()
        .filter(|field| is_debt(*field))
        .find(|field| at(canaries, *field, body).is_some_and(|told| told < asked));
    if let Some(field) = early {
        let what = format!("the script tells `{}` before it asks for the person by name", field.as_str());
        let remedy = "ask for {{ debtor_name }} and verify the person first";
        faults.push(Fault::new(Rule::Disclosure, place_of(&compiled.uses, field), what, remedy));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_canary_is_part_of_another() {
        for a in Field::ALL {
            for b in Field::ALL.iter().filter(|b| *b != a) {
                assert!(!text_of(*a).to_lowercase().contains(&text_of(*b).to_lowercase()), "{a:?} {b:?}");
            }
        }
    }
}
