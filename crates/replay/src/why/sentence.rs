//! Each event in a sentence or two.

use domain::channel::Channel;
use domain::debtor::Debtor;
use domain::event::{Delivery, Escalation, Event, Refusal, SkipReason, StepResult, Withdrawal};
use domain::label::TenantId;
use domain::outcome::{Disposition, Outcome, OutcomeReport, Reach, RejectClass, Said};
use domain::rulebook::Rulebook;

use super::words::{amount, claim, end, legs, over, owed, point, short, step, task};

mod fact;

/// Tells an event; the states are those before and after it.
pub(super) fn tell(event: &Event, before: &Debtor, after: &Debtor, rulebook: Option<&Rulebook>) -> String {
    match event {
        Event::Fact(stated) => fact::tell(stated, after),
        Event::FactParked(waiting) => {
            format!("A fact came before its claim and waits for it: {}", fact::tell(waiting, after))
        }
        Event::ParkedFactApplied { claim: id } => {
            let owed = owed(after, *id);
            format!("The oldest fact that waited for {} counts from now on; {owed}.", claim(*id))
        }
        Event::ScenarioBegun { claim: id, scenario, not_before, .. } => {
            format!(
                "{} begins scenario {scenario}; its first step is due on {not_before}.",
                start(&claim(*id))
            )
        }
        Event::ClaimSettled { claim: id, .. } => {
            format!("{} is settled: {}.", start(&claim(*id)), owed(after, *id))
        }
        Event::ClaimReopened { claim: id } => {
            format!("{} owes again, on the step it had: {}.", start(&claim(*id)), owed(after, *id))
        }
        Event::PromiseKept { promise } => format!("Promise {} was kept.", end(promise)),
        Event::PromiseBroken { promise } => {
            format!(
                "Promise {} was broken: its date and grace are over, and the ladder goes on.",
                end(promise)
            )
        }
        Event::HoldExpired { hold } => format!("Hold {} ended by itself.", end(hold)),
        Event::Escalated(escalation) => escalated(escalation, before, rulebook),
        Event::EscalationWithdrawn { number, reason } => withdrawn(*number, *reason),
        Event::EscalationLapsed { number } => {
            format!("Not contacted: nobody asked a permit for contact {number} in its time, so it lapsed.")
        }
        Event::StepDeferred { .. } | Event::StepSkipped { .. } | Event::StepEnded { .. } => {
            moved(event, before, rulebook).unwrap_or_default()
        }
        Event::LadderEnded { claim: id } => {
            format!("The ladder of {} is at its end; a person decides what becomes of it.", claim(*id))
        }
        Event::DeliveryStarted(delivery) => started(delivery, before, rulebook),
        Event::PermitRefused { number, reason, ends, .. } => refused(*number, reason, *ends),
        Event::OutcomeRecorded { report, cost_micros, next_at } => {
            let cost = cost(*cost_micros);
            format!(
                "Contact {}: {}{cost}. The ladder may go on from {next_at}.",
                report.number,
                came_to(report, after)
            )
        }
        Event::OutcomeUnknown { number, next_at } => format!(
            "Contact {number}: nobody knows whether it left. It counts as a contact and is never sent again; the \
             ladder may go on from {next_at}."
        ),
        Event::TaskOpened { task: kind, claim: about } => {
            let about = about.map(|id| format!(" ({})", claim(id))).unwrap_or_default();
            format!("A person must look: {}{about}.", task(*kind))
        }
        Event::StreamQuarantined { reason } => {
            format!(
                "An input could not be processed ({}): nobody contacts the debtor until an operator has looked.",
                reason.as_str()
            )
        }
        Event::RulebookActivated { .. }
        | Event::ContactsPaused { .. }
        | Event::ContactsResumed { .. }
        | Event::InputDropped { .. } => of_the_partition(event).unwrap_or_default(),
    }
}

/// What operators did to a whole partition.
fn of_the_partition(event: &Event) -> Option<String> {
    if let Event::RulebookActivated { rulebook } = event {
        return Some(format!("Rulebook {} decides from here on.", short(rulebook)));
    }
    if let Event::ContactsPaused { tenant, channel, actor, reason } = event {
        return Some(format!("{actor} paused {} ({reason}).", reach(tenant.as_ref(), *channel)));
    }
    if let Event::ContactsResumed { tenant, channel, actor } = event {
        return Some(format!("{actor} let {} go on.", reach(tenant.as_ref(), *channel)));
    }
    let Event::InputDropped { input, actor, reason } = event else { return None };
    Some(format!("{actor} gave up input {} ({reason}).", short(input)))
}

/// Which contacts a pause is about.
pub(super) fn reach(tenant: Option<&TenantId>, channel: Option<Channel>) -> String {
    let over = channel.map(|channel| format!(" {}", over(channel))).unwrap_or_default();
    match tenant {
        Some(tenant) => format!("all contacts of {tenant}{over}"),
        None => format!("all contacts{over}"),
    }
}

/// How the ladder moved or waited.
fn moved(event: &Event, before: &Debtor, rulebook: Option<&Rulebook>) -> Option<String> {
    if let Event::StepDeferred { legs: due, channel, until, .. } = event {
        let about = legs(before, rulebook, due);
        return Some(format!("Not contacted {}: {about} must wait until {until}.", over(*channel)));
    }
    let (Event::StepSkipped { leg, next_at, .. } | Event::StepEnded { leg, next_at, .. }) = event else {
        return None;
    };
    let name = step(before, rulebook, leg.claim, leg.step);
    let over = if let Event::StepSkipped { reason, .. } = event {
        format!("Not contacted: {name} of {} is passed over, since {}.", claim(leg.claim), skip(*reason))
    } else if let Event::StepEnded { result, .. } = event {
        format!("{} of {} is over: {}.", start(&name), claim(leg.claim), ended(*result))
    } else {
        return None;
    };
    Some(format!("{over} The next step may follow on {next_at}."))
}

/// The same with a capital at its beginning.
fn start(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn escalated(escalation: &Escalation, before: &Debtor, rulebook: Option<&Rulebook>) -> String {
    format!(
        "Contact {} is decided: {} at {} for creditor {}, about {}, in the words of {} ({}). A worker may ask for the \
         permit until {}.",
        escalation.number,
        over(escalation.channel),
        point(before, escalation.point),
        escalation.creditor,
        legs(before, rulebook, &escalation.legs),
        escalation.template,
        escalation.language,
        escalation.expires_at
    )
}

fn started(delivery: &Delivery, before: &Debtor, rulebook: Option<&Rulebook>) -> String {
    let attempt = before.attempt(delivery.number);
    let what =
        attempt.map(|attempt| format!("{} at {}", over(attempt.channel), point(before, attempt.point)));
    let words = if delivery.words.is_some() { ", and the exact words are on record, sealed" } else { "" };
    format!(
        "Contact {} begins {}, about {}: every rule was weighed again and open{words}.",
        delivery.number,
        what.unwrap_or_default(),
        legs(before, rulebook, &delivery.legs)
    )
}

fn withdrawn(number: u32, reason: Withdrawal) -> String {
    let why = match reason {
        Withdrawal::NoClaimLeft => "there is nothing left to contact the debtor about",
        Withdrawal::PointClosed => "the debtor may not be contacted there any more",
        Withdrawal::Ceased => "all contact is forbidden",
    };
    format!("Not contacted: contact {number} is taken back before it began, since {why}.")
}

const fn skip(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::NoContactPoint => "there is no usable contact point",
        SkipReason::NoConsent => "the debtor has not agreed to be contacted there",
        SkipReason::OptedOut => "the debtor opted out of it",
        SkipReason::NoAllowedHours => "no hour is allowed in all zones that the debtor may be in",
        SkipReason::NotTaken => "no agent took the call in its time",
    }
}

const fn ended(result: StepResult) -> &'static str {
    match result {
        StepResult::Heard => "the debtor was heard and still owes",
        StepResult::Unanswered => "nobody answered",
        StepResult::Unknown => "nobody knows whether it left",
        StepResult::Failed => "it could not be delivered",
        StepResult::Refused => "the debtor or their provider refused it",
    }
}

fn refused(number: u32, reason: &Refusal, ends: bool) -> String {
    let why = match reason {
        Refusal::Rule(rule) => format!("rule {rule} was closed at the last moment"),
        Refusal::NotOpen => "it was no longer open".to_owned(),
        Refusal::Taken => "another request holds or held its permit".to_owned(),
        Refusal::Replanned => "channel, contact point or words would be others by now".to_owned(),
        Refusal::Render(rule) => format!("its words were refused by {rule} when they were rendered"),
    };
    let ends = if ends { " It ends, and its steps are decided anew." } else { "" };
    format!("Not contacted: the permit of contact {number} was refused, since {why}.{ends}")
}

fn cost(micros: i64) -> String {
    match micros {
        0 => String::new(),
        cost => {
            let (whole, part) = (cost / 1_000_000, format!("{:06}", (cost % 1_000_000).abs()));
            // Two decimals at least, since it is money; the others only where they say something.
            let (cents, finer) = part.split_at(2);
            format!(", at a cost of {whole}.{cents}{}", finer.trim_end_matches('0'))
        }
    }
}

fn came_to(report: &OutcomeReport, after: &Debtor) -> String {
    let late = if report.late { ", and it was found to have begun after its time" } else { "" };
    let what = match report.outcome {
        Outcome::Accepted => "the provider took it".to_owned(),
        Outcome::Delivered => "it was delivered".to_owned(),
        Outcome::Read => "it was read".to_owned(),
        Outcome::Replied => "the debtor answered".to_owned(),
        Outcome::Rejected(class) => format!("the provider refused it, since {}", rejected(class)),
        Outcome::Deferred { delay } => format!("nothing left; the provider asks to wait {delay}"),
        Outcome::Unsent => "provably nothing left".to_owned(),
        Outcome::Unknown => "nobody knows whether it left".to_owned(),
        Outcome::Called(disposition) => called(disposition, report.number, after),
    };
    format!("{what}{late}")
}

const fn rejected(class: RejectClass) -> &'static str {
    match class {
        RejectClass::BadAddress => "the address does not exist or can't receive",
        RejectClass::RecipientRefuses => "the recipient refuses it",
        RejectClass::NotAllowed => "words, sender or account are not allowed",
        RejectClass::Other => "of something on its own side",
    }
}

fn called(disposition: Disposition, number: u32, after: &Debtor) -> String {
    let reach = match disposition.reach {
        Reach::NoAnswer => return "nobody answered the call".to_owned(),
        Reach::Busy => return "the line was busy".to_owned(),
        Reach::Voicemail => return "a machine answered the call".to_owned(),
        Reach::WrongNumber => return "the number is somebody else's".to_owned(),
        Reach::ThirdParty => return "somebody else answered the call".to_owned(),
        Reach::RightParty => "the debtor was reached",
    };
    let said = match disposition.said {
        Said::Nothing => "and said nothing that changes anything".to_owned(),
        Said::Promise { amount: promised, due_at } => {
            let lead = after.attempt(number).and_then(|attempt| attempt.legs.first());
            let money = lead.map(|leg| amount(after, leg.claim, promised)).unwrap_or_default();
            format!("and will pay {money} by {due_at}")
        }
        Said::Disputes => "and does not owe it".to_owned(),
        Said::ClaimsPaid => "and says it was paid".to_owned(),
        Said::Hardship => "and can't pay".to_owned(),
        Said::Question => "and asked something".to_owned(),
        Said::Refuses => "and will not pay".to_owned(),
        Said::OptsOut => "and does not want to be called".to_owned(),
    };
    format!("{reach} {said}")
}
