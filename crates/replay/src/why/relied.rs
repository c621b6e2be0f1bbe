//! The facts that a decision about a contact relied on, each with where it stands in the log.

use domain::channel::Channel;
use domain::debtor::Debtor;
use domain::event::Leg;
use domain::ids::PointId;

use super::person;
use super::words::{claim, over, owed};

/// What is relied on for a contact about these claims.
pub(super) fn on(
    debtor: &Debtor,
    legs: &[Leg],
    channel: Option<Channel>,
    at: Option<PointId>,
) -> Vec<String> {
    let mut facts: Vec<String> = legs.iter().map(|leg| on_claim(debtor, leg)).collect();
    if let Some(point) = at.and_then(|point| debtor.point(point)) {
        facts.push(person::point(point));
    }
    facts.push(format!("debtor: {}", person::profile(debtor.profile.as_ref())));
    facts.extend(channel.map(|channel| on_contacts(debtor, channel)));
    facts.extend(debtor.preferences.iter().map(|preference| person::preference(debtor, preference)));
    facts
}

fn on_claim(debtor: &Debtor, leg: &Leg) -> String {
    let Some(known) = debtor.claim(leg.claim) else { return format!("{} is not known", claim(leg.claim)) };
    let disputes = if known.disputes > 0 { ", disputed" } else { "" };
    let owed = owed(debtor, leg.claim);
    let name = claim(leg.claim);
    format!("{name}: {owed}, due {}{disputes} (position {})", known.due_at, known.recorded_at.0)
}

/// The last contacts, which caps count.
fn on_contacts(debtor: &Debtor, channel: Channel) -> String {
    let permitted = debtor.attempts.iter().filter_map(|a| Some((a.counted_at()?, a.channel)));
    let outside = debtor.outside_contacts.iter().map(|contact| (contact.at, contact.channel));
    let mut contacts: Vec<_> = permitted.chain(outside).collect();
    contacts.sort_unstable();
    let same = contacts.iter().filter(|(_, over)| *over == channel).count();
    match contacts.last() {
        None => "no contact counts so far".to_owned(),
        Some((at, last)) => format!(
            "contacts that count so far: {}, of which {}: {same}; the last one {} on {at}",
            contacts.len(),
            over(channel),
            over(*last)
        ),
    }
}
