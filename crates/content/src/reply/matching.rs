//! Looking for phrases in a text: the gravest class that one of them means, exceptions and negations minded.

use domain::inbound::InboundClass;

use super::list::{Entry, Grammar, List};
use super::pattern::Form;
use super::words::{Mark, Text};

/// How far from a phrase a negation is looked for, in words.
const REACH: usize = 4;

/// The phrase of the gravest class; of several the first in the text.
pub(super) fn gravest<'a>(lists: &[&'a List], text: &Text) -> Option<&'a Entry> {
    let exempt = exempt(lists, text);
    let mut best: Option<&Entry> = None;
    for (at, word) in text.words.iter().enumerate() {
        for list in lists {
            for entry in list.beginning_with(word) {
                let is_graver = best.is_none_or(|best| rank(entry.class) < rank(best.class));
                if is_graver && holds(list, entry, text, at, &exempt) {
                    best = Some(entry);
                }
            }
        }
    }
    best
}

/// How grave a class is: 0 is the gravest.
fn rank(class: InboundClass) -> usize {
    InboundClass::ALL.iter().position(|known| *known == class).unwrap_or(InboundClass::ALL.len())
}

/// For which classes each word is not read, a bit for each by its rank.
fn exempt(lists: &[&List], text: &Text) -> Vec<u16> {
    let mut exempt = vec![0_u16; text.words.len()];
    for (at, word) in text.words.iter().enumerate() {
        for exception in lists.iter().flat_map(|list| list.exceptions_with(word)) {
            if let Some(end) = exception.pattern.end_at(text, at) {
                let words = exempt.get_mut(at..end).unwrap_or_default();
                words.iter_mut().for_each(|bits| *bits |= 1 << rank(exception.class));
            }
        }
    }
    exempt
}

fn holds(list: &List, entry: &Entry, text: &Text, at: usize, exempt: &[u16]) -> bool {
    let Some(end) = entry.pattern.end_at(text, at) else { return false };
    let bit = 1 << rank(entry.class);
    let is_exempt = exempt.get(at..end).is_some_and(|words| words.iter().any(|bits| bits & bit != 0));
    let denied = |grammar: &&Grammar| is_denied(grammar, text, at, end);
    let is_denied = may_be_denied(entry) && list.grammars(entry.list).iter().any(denied);
    !is_exempt && !is_denied
}

/// A stop, a wrong person and an insult stand, whatever is denied near them.
const fn may_be_denied(entry: &Entry) -> bool {
    match entry.class {
        InboundClass::Stop | InboundClass::WrongPerson | InboundClass::Abuse | InboundClass::Question => {
            false
        }
        InboundClass::Hardship
        | InboundClass::Dispute
        | InboundClass::PaymentClaimed
        | InboundClass::Promise
        | InboundClass::Unclear => !entry.negates,
    }
}

/// Whether a negation of this language stands within the phrase, or near it in the same thought.
fn is_denied(grammar: &Grammar, text: &Text, at: usize, end: usize) -> bool {
    let is = |forms: &[Form], place: usize| {
        text.words.get(place).is_some_and(|word| forms.iter().any(|form| form.meets(word)))
    };
    let denies = |place| is(&grammar.negation, place);
    let turns = |place| is(&grammar.turn, place);
    let begins = |place| is(&grammar.subject, place);
    let is_same_thought =
        |place: &usize| text.mark(place + 1) == Mark::None && !begins(place + 1) && !turns(*place);
    let before = (0..at).rev().take(REACH).take_while(is_same_thought).any(denies);
    let goes_on = |place: &usize| text.mark(*place) == Mark::None && !turns(*place);
    let behind = (end..text.words.len()).take(REACH).take_while(goes_on).any(denies);
    before || behind || (at..end).any(denies)
}
