//! Why somebody was contacted, and why not (P15).

use domain::channel::Channel;
use domain::event::Event;
use domain::fact::{Fact, Scope};
use domain::ids::{HoldId, InputId, StreamId};
use domain::input::{Cause, CauseKind};
use domain::label::TenantId;
use domain::money::Minor;
use domain::time::{Span, Timestamp};
use replay::why::{Moment, MomentKind, Why, why};

use crate::by_laws::rulebooks;
use crate::town::{ANNA, BEN, MONDAY, Town, claim_of, label};

async fn explain(town: &Town, stream: StreamId) -> Why {
    why(&town.reader(), &rulebooks, stream, town.now).await.unwrap()
}

fn last(why: &Why, kind: MomentKind) -> &Moment {
    why.timeline.iter().rev().find(|moment| moment.kind == kind).unwrap()
}

#[tokio::test]
async fn a_contact_is_explained_by_its_rules_sources_and_facts() {
    let mut town = Town::new().await;
    town.move_in(ANNA).await;
    let number = town.wait_for_contact(ANNA).await;
    town.ask(ANNA, number).await;
    let why = explain(&town, ANNA).await;
    let contact = last(&why, MomentKind::Contact);
    assert_eq!(contact.event, "delivery_started");
    assert!(
        contact.what.starts_with("Contact 1 begins by phone call at phone number aeaeaeae"),
        "{}",
        contact.what
    );
    let hours = contact.rules.iter().find(|rule| rule.name == "day-hours").unwrap();
    assert_eq!((hours.open, hours.source.as_str()), (true, "Town by-law 12: contact by day only"));
    assert!(contact.rules.iter().any(|rule| rule.name == "opt-out" && rule.built_in));
    assert_eq!(contact.local, ["Monday 2026-03-02 09:00:00 in Europe/Zurich"]);
    assert!(
        contact.relied_on[0].starts_with("claim 5e5e5e5e: 120.50 CHF are owed, due 2026-03-02"),
        "{contact:#?}"
    );
    assert!(contact.relied_on.iter().any(|fact| fact.contains("confidence 90 from register")));
    assert!(
        contact.would_change.contains(&"rule day-hours would have closed at 2026-03-02T19:00:00Z".to_owned())
    );
    assert!(contact.cause.starts_with("permit "));
    assert!(
        contact
            .rules
            .iter()
            .all(|rule| !rule.source.is_empty() && (rule.built_in || rule.source.contains("by-law")))
    );
}

#[tokio::test]
async fn a_deferral_names_the_closed_rule_what_would_change_it_and_the_next_instant() {
    let mut town = Town::new().await;
    town.move_in(ANNA).await;
    town.wait(ANNA).await;
    let why = explain(&town, ANNA).await;
    let deferred = last(&why, MomentKind::NonContact);
    assert_eq!(deferred.event, "step_deferred");
    assert_eq!(
        deferred.what,
        "Not contacted by phone call: claim 5e5e5e5e (step call) must wait until 2026-03-02T08:00:00Z."
    );
    let closed: Vec<&str> =
        deferred.rules.iter().filter(|rule| !rule.open).map(|rule| rule.name.as_str()).collect();
    assert_eq!(closed, ["day-hours"]);
    assert_eq!(deferred.would_change, ["time alone: rule day-hours opens at 2026-03-02T08:00:00Z"]);
    assert_eq!(deferred.next_admissible.as_deref(), Some("2026-03-02T08:00:00Z"));
    assert!(
        why.next.what.starts_with("The ladder waits until 2026-03-02T08:00:00Z. Then: Contact by phone call")
    );
    assert_eq!(why.next.next_admissible.as_deref(), Some("2026-03-02T08:00:00Z"));
    assert_eq!(why.next.due_at.as_deref(), Some("2026-03-02T08:00:00Z"));
}

#[tokio::test]
async fn a_payment_takes_an_open_contact_back_and_says_why() {
    let mut town = Town::new().await;
    town.move_in(ANNA).await;
    town.wait_for_contact(ANNA).await;
    let open = explain(&town, ANNA).await;
    assert!(open.standing.open_attempt.as_ref().unwrap().contains("waits for a worker"));
    assert!(open.next.what.contains("waits for a worker to ask for its permit"), "{}", open.next.what);
    town.fact(
        ANNA,
        Fact::PaymentReceived {
            claim: claim_of(ANNA),
            amount: Minor(12_050),
            currency: domain::money::Currency::CHF,
        },
    )
    .await;
    let why = explain(&town, ANNA).await;
    let withdrawn = last(&why, MomentKind::NonContact);
    assert_eq!(withdrawn.event, "escalation_withdrawn");
    let change = "claim 5e5e5e5e: nothing is owed: a later cost or a reversed payment reopens it";
    assert_eq!(withdrawn.would_change, [change]);
    assert_eq!(why.standing.claims[0].state, "settled, nothing is owed");
    assert_eq!(why.next.what, "There is no claim that the debtor may be contacted about.");
    assert_eq!((why.next.due_at, why.next.next_admissible), (None, None));
}

#[tokio::test]
async fn a_permit_refused_at_the_last_moment_weighs_every_rule_again() {
    let mut town = Town::new().await;
    town.move_in(ANNA).await;
    let number = town.wait_for_contact(ANNA).await;
    town.now = town.now.plus(Span::hours(11));
    let events = town.ask(ANNA, number).await;
    assert!(matches!(events.first(), Some(Event::PermitRefused { .. })));
    let why = explain(&town, ANNA).await;
    let refused = last(&why, MomentKind::NonContact);
    assert!(refused.what.contains("rule day-hours was closed at the last moment"), "{}", refused.what);
    let hours = refused.rules.iter().find(|rule| rule.name == "day-hours").unwrap();
    assert!(!hours.open && hours.turns_at.as_deref() == Some("2026-03-03T08:00:00Z"));
    assert_eq!(refused.next_admissible.as_deref(), Some("2026-03-03T08:00:00Z"));
}

#[tokio::test]
async fn a_skipped_step_says_what_is_missing() {
    let mut town = Town::new().await;
    town.move_in(ANNA).await;
    town.contact_in_vain(ANNA).await;
    town.contact_in_vain(ANNA).await;
    while town.due(ANNA).is_some() {
        town.wait(ANNA).await;
    }
    let why = explain(&town, ANNA).await;
    let skipped = last(&why, MomentKind::NonContact);
    assert_eq!(skipped.event, "step_skipped");
    assert!(
        skipped
            .what
            .contains("step email of claim 5e5e5e5e is passed over, since there is no usable contact")
    );
    assert_eq!(
        skipped.would_change,
        ["a valid contact point by e-mail with a confidence of 50 or more is known"]
    );
    assert!(
        why.next.would_change[0].contains("its ladder is at its end: a person decides"),
        "{:?}",
        why.next
    );
    assert_eq!(why.standing.contacts.len(), 2);
    assert!(
        why.standing.tasks[0].starts_with("the ladder is at its end and the claim is open (claim 5e5e5e5e)")
    );
}

#[tokio::test]
async fn holds_promises_and_cease_requests_stand_in_the_way_by_name() {
    let mut town = Town::lived_in().await;
    let promised = explain(&town, BEN).await;
    let block = &promised.next.would_change[0];
    assert!(block.contains("120.50 CHF are promised by 2026-03-"), "{block}");
    assert_eq!(promised.next.next_admissible, promised.next.due_at, "the promise's date and grace");
    assert_eq!(promised.standing.promises.len(), 1);

    let until = town.now.plus(Span::days(30));
    let (hold, reason, actor) = (HoldId::new([4; 16]), label("hardship"), label("agent-7"));
    town.fact(BEN, Fact::HoldPlaced { hold, claim: None, reason, actor, until: Some(until) }).await;
    let held = explain(&town, BEN).await;
    assert_eq!(held.next.what, "Nobody contacts the debtor.");
    assert!(held.next.would_change[0].contains("(hardship, by agent-7)"), "{:?}", held.next.would_change);
    assert_eq!(held.next.next_admissible, Some(until.to_string()));

    town.fact(BEN, Fact::CeaseRequested { source: label("letter") }).await;
    let ceased = explain(&town, BEN).await;
    assert!(ceased.next.would_change[0].contains("asked for no contact whatsoever"));
    assert_eq!(ceased.next.next_admissible, None);
}

#[tokio::test]
async fn an_opt_out_is_told_where_it_was_decided() {
    let mut town = Town::new().await;
    town.move_in(ANNA).await;
    town.fact(ANNA, Fact::OptedOut { scope: Scope::Channel(Channel::Call), source: label("reply") }).await;
    town.wait(ANNA).await;
    let why = explain(&town, ANNA).await;
    let skipped = why.timeline.iter().find(|moment| moment.event == "step_skipped").unwrap();
    assert!(skipped.what.contains("since the debtor opted out of it"), "{}", skipped.what);
    assert!(
        skipped.relied_on.iter().any(|fact| fact.starts_with("opted out of contact by phone call on 2026"))
    );
    assert_eq!(why.standing.preferences.len(), 1);
}

#[tokio::test]
async fn an_earlier_instant_is_explained_with_what_was_known_then() {
    let town = Town::lived_in().await;
    let then = why(&town.reader(), &rulebooks, ANNA, MONDAY).await.unwrap();
    assert_eq!((then.timeline.len(), then.at.as_str()), (5, "2026-03-02T00:00:00Z"));
    assert_eq!(then.timeline[4].event, "step_deferred");
    assert_eq!(then.standing.claims[0].state, "open, 120.50 CHF are owed");
    let before = why(&town.reader(), &rulebooks, ANNA, Timestamp(0)).await;
    assert!(before.is_err(), "nothing was known then");
}

#[tokio::test]
async fn without_the_rulebook_the_log_is_still_told() {
    let town = Town::lived_in().await;
    let nothing = |_: domain::ids::RulebookHash| None;
    let why = why(&town.reader(), &nothing, ANNA, town.now).await.unwrap();
    let contact = last(&why, MomentKind::Contact);
    let hours = contact.rules.iter().find(|rule| rule.name == "day-hours").unwrap();
    assert_eq!(hours.source, "the rulebook that decided is not in the log");
    assert!(why.next.what.starts_with("The rulebook that decides is not in the log"));
}

#[tokio::test]
async fn the_text_fits_a_terminal_and_says_the_same() {
    let town = Town::lived_in().await;
    for stream in [ANNA, BEN] {
        let why = explain(&town, stream).await;
        let text = why.text();
        for line in text.lines() {
            assert!(line.chars().count() <= 100 && line.trim_end() == line, "{line:?}");
        }
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for moment in &why.timeline {
            assert!(joined.contains(&moment.what), "{}", moment.what);
        }
        assert!(joined.contains(&why.next.what));
        let json = serde_json::to_value(&why).unwrap();
        assert_eq!(json["timeline"].as_array().unwrap().len(), why.timeline.len());
    }
}

#[tokio::test]
async fn a_pause_in_force_is_told_and_stops_what_comes_next() {
    let mut town = Town::new().await;
    town.move_in(ANNA).await;
    let tenant = Some(town.debtor(ANNA).tenant);
    let cause = Cause { kind: CauseKind::Operator, id: InputId::new([7; 16]) };
    let (actor, reason) = (label("olga"), label("outage"));
    let paused = |tenant, channel| Event::ContactsPaused {
        tenant,
        channel,
        actor: actor.clone(),
        reason: reason.clone(),
    };
    let before = town.now;
    town.now = town.now.plus(Span::minutes(1));
    for event in [
        paused(tenant.clone(), Some(Channel::Call)),
        paused(None, Some(Channel::Sms)),
        paused(TenantId::new("elsewhere").ok(), None),
        Event::ContactsResumed { tenant: None, channel: Some(Channel::Sms), actor: actor.clone() },
    ] {
        town.append(StreamId::PARTITION, cause, &[event], town.now).await;
    }
    let told = explain(&town, ANNA).await;
    assert_eq!(told.standing.pauses.len(), 1, "{:?}", told.standing.pauses);
    let sentence = &told.standing.pauses[0];
    assert!(
        sentence.contains("by phone call rest since") && sentence.contains("(outage, by olga)"),
        "{sentence}"
    );
    assert_eq!(told.next.channel.as_deref(), Some("call"));
    assert!(told.next.what.contains("But no permit is given for it"), "{}", told.next.what);
    assert!(told.next.would_change[0].contains("mahnwerk resume"), "{:?}", told.next.would_change);
    assert!(told.text().contains("paused: all contacts"), "{}", told.text());

    let earlier = why(&town.reader(), &rulebooks, ANNA, before).await.unwrap();
    assert!(earlier.standing.pauses.is_empty(), "none was in force then");
    let again = Event::ContactsResumed { tenant, channel: Some(Channel::Call), actor };
    town.append(StreamId::PARTITION, cause, &[again], town.now).await;
    assert!(explain(&town, ANNA).await.standing.pauses.is_empty());
}
