//! Strategies for a debtor's state.

use domain::attempt::{Attempt, AttemptState, OutsideContact};
use domain::claim::{Balance, Claim, Closure, Progress};
use domain::contact::{ContactPoint, Preference, Preferences};
use domain::debtor::{Debtor, OpenTask, ParkedFact, Profile};
use domain::hold::{Hold, Promise, PromiseState};
use domain::ids::{HoldId, PromiseId, RequestId};
use domain::label::{CreditorId, ScenarioId, StepId, TemplateId, TenantId};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::events::{leg, outcome, results};
use crate::facts::{fact, invalidity, kinds, task};
use crate::values::{
    amount, channel, claim, country, currency, id, instant, label, language, maybe_instant, name, point,
    point_kind, position, scope, zones,
};

fn profile() -> impl Strategy<Value = Profile> {
    (zones(), of(language()), kinds(), of(country()), position()).prop_map(
        |(zones, language, kind, country, recorded_at)| Profile {
            zones,
            language,
            kind,
            country,
            recorded_at,
        },
    )
}

fn contact_point() -> impl Strategy<Value = ContactPoint> {
    (point(), point_kind(), vec(label(), 0..3), any::<u8>(), maybe_instant(), of(invalidity()), position())
        .prop_map(|(point, kind, sources, confidence, verified_at, invalid, recorded_at)| ContactPoint {
            point,
            kind,
            sources,
            confidence,
            verified_at,
            invalid,
            recorded_at,
        })
}

fn progress() -> impl Strategy<Value = Progress> {
    let place = (name(ScenarioId::new), any::<[u8; 8]>(), any::<u16>(), any::<u8>(), any::<u8>());
    (place, instant(), of(any::<u32>()), of(results()), any::<bool>()).prop_map(
        |((scenario, version, step, tries, given_back), not_before, awaits, last, ended)| Progress {
            scenario,
            version,
            step,
            tries,
            given_back,
            not_before,
            awaits,
            last,
            ended,
        },
    )
}

fn owed() -> impl Strategy<Value = Claim> {
    let balance = (amount(), amount(), amount(), amount())
        .prop_map(|(principal, interest, costs, paid)| Balance { principal, interest, costs, paid });
    let what = (claim(), name(CreditorId::new), currency(), instant(), balance);
    let closed = of(select(vec![Closure::Withdrawn, Closure::HandedOver]));
    let how = (any::<bool>(), closed, any::<u16>(), of(any::<u16>()), of(progress()), position());
    (what, how).prop_map(
        |(
            (claim, creditor, currency, due_at, balance),
            (settled, closed, disputes, level, progress, recorded_at),
        )| {
            Claim {
                claim,
                creditor,
                currency,
                due_at,
                balance,
                settled,
                closed,
                disputes,
                level,
                progress,
                recorded_at,
            }
        },
    )
}

fn attempt_state() -> impl Strategy<Value = AttemptState> {
    prop_oneof![
        instant().prop_map(|expires_at| AttemptState::Emitted { expires_at }),
        (instant(), id(RequestId::new), instant(), position()).prop_map(
            |(at, request, outcome_by, recorded_at)| AttemptState::Started {
                at,
                request,
                outcome_by,
                recorded_at
            }
        ),
        (instant(), id(RequestId::new), outcome(), position()).prop_map(
            |(at, request, outcome, recorded_at)| {
                AttemptState::Done { at, request, outcome, recorded_at }
            }
        ),
        Just(AttemptState::Ended),
    ]
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let what =
        (any::<u32>(), name(CreditorId::new), channel(), point(), name(StepId::new), name(TemplateId::new));
    let legs = (vec(leg(), 0..3), vec(of(any::<u16>()), 0..3));
    (what, language(), legs, any::<i32>(), instant(), attempt_state()).prop_map(
        |(
            (number, creditor, channel, point, step, template),
            language,
            (legs, levels_before),
            priority,
            at,
            state,
        )| {
            Attempt {
                number,
                creditor,
                channel,
                point,
                step,
                template,
                language,
                legs,
                levels_before,
                priority,
                emitted_at: at,
                state,
            }
        },
    )
}

fn promise() -> impl Strategy<Value = Promise> {
    let states =
        select(vec![PromiseState::Open, PromiseState::Kept, PromiseState::Broken, PromiseState::Superseded]);
    (id(PromiseId::new), claim(), amount(), amount(), instant(), states).prop_map(
        |(promise, claim, amount, paid_before, due_at, state)| Promise {
            promise,
            claim,
            amount,
            paid_before,
            due_at,
            state,
        },
    )
}

fn hold() -> impl Strategy<Value = Hold> {
    (id(HoldId::new), of(claim()), label(), label(), instant(), maybe_instant()).prop_map(
        |(hold, claim, reason, actor, since, until)| Hold { hold, claim, reason, actor, since, until },
    )
}

fn parked() -> impl Strategy<Value = ParkedFact> {
    (fact(), instant(), position()).prop_map(|(fact, occurred_at, recorded_at)| ParkedFact {
        fact,
        occurred_at,
        recorded_at,
    })
}

fn preferences() -> impl Strategy<Value = Preferences> {
    let one = (scope(), any::<bool>(), instant()).prop_map(|(scope, wanted, occurred_at)| Preference {
        scope,
        wanted,
        occurred_at,
    });
    vec(one, 0..4).prop_map(Preferences::from_parts)
}

fn outside() -> impl Strategy<Value = OutsideContact> {
    (channel(), instant()).prop_map(|(channel, at)| OutsideContact { channel, at })
}

fn open_task() -> impl Strategy<Value = OpenTask> {
    (task(), of(claim()), instant()).prop_map(|(task, claim, since)| OpenTask { task, claim, since })
}

pub(crate) fn debtor() -> impl Strategy<Value = Debtor> {
    let who = (name(TenantId::new), any::<u64>(), of(profile()), vec(contact_point(), 0..3), preferences());
    let owes =
        (maybe_instant(), vec(owed(), 0..3), vec(parked(), 0..3), vec(hold(), 0..3), vec(promise(), 0..3));
    let was = (vec(attempt(), 0..3), vec(outside(), 0..3), maybe_instant(), any::<u32>());
    (who, owes, was, vec(open_task(), 0..3), any::<bool>()).prop_map(
        |(
            (tenant, version, profile, points, preferences),
            (ceased_at, claims, parked, holds, promises),
            (attempts, outside_contacts, heard_at, last_number),
            tasks,
            quarantined,
        )| Debtor {
            tenant,
            version,
            profile,
            points,
            preferences,
            ceased_at,
            claims,
            parked,
            holds,
            promises,
            attempts,
            outside_contacts,
            heard_at,
            last_number,
            tasks,
            quarantined,
        },
    )
}
