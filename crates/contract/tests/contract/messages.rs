//! Strategies for personal parts and for what goes over the bus.

use core::time::Duration;

use contract::envelope::Envelope;
use contract::personal::{Message, Personal};
use contract::wire::{
    About, Addressee, Command, CommandAnswer, Credit, EscalationNotice, FactMessage, Filed, Order,
    OutcomeMessage, Ownership, PermitAnswer, PermitQuestions, PublishedHead, Reach, Receipt, RefusedClaim,
    TraceContext,
};
use domain::ids::{EscalationId, InputId, PointId, Position, ProviderMessageId, RequestId};
use domain::input::{Cause, CauseKind};
use domain::label::TenantId;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::events::{event, refusal, report};
use crate::facts::fact;
use crate::values::{channel, claim, hash, id, instant, label, name, stream};

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,12}"
}

fn message() -> impl Strategy<Value = Message> {
    (text(), text(), text(), text(), vec(text(), 0..3), text(), text(), vec(text(), 0..3)).prop_map(
        |(sender, sender_name, subject, body, dossier, language, provider_template, parameters)| Message {
            sender,
            sender_name,
            subject,
            body,
            dossier,
            language,
            provider_template,
            parameters,
        },
    )
}

pub(crate) fn personal() -> impl Strategy<Value = Personal> {
    prop_oneof![
        (text(), text()).prop_map(|(reference, name)| Personal::Debtor { reference, name }),
        text().prop_map(|value| Personal::Point { value }),
        (text(), text()).prop_map(|(reference, description)| Personal::Claim { reference, description }),
        (text(), message()).prop_map(|(address, message)| Personal::Words { address, message }),
        text().prop_map(|text| Personal::Text { text }),
    ]
}

fn trace() -> impl Strategy<Value = TraceContext> {
    of((any::<[u8; 16]>(), any::<[u8; 8]>(), any::<u8>()))
}

pub(crate) fn fact_message() -> impl Strategy<Value = FactMessage> {
    let addressee = prop_oneof![
        stream().prop_map(Addressee::Debtor),
        claim().prop_map(Addressee::OwnerOf),
        id(PointId::new).prop_map(Addressee::UsersOf),
    ];
    let named = (name(TenantId::new), addressee, id(InputId::new), any::<[u8; 16]>());
    (named, instant(), fact(), of(personal()), trace()).prop_map(
        |((tenant, addressee, key, content), occurred_at, fact, personal, trace)| FactMessage {
            tenant,
            addressee,
            key,
            content,
            occurred_at,
            fact,
            personal,
            trace,
        },
    )
}

pub(crate) fn receipt() -> impl Strategy<Value = Receipt> {
    prop_oneof![
        select(vec![Receipt::Recorded, Receipt::Duplicate, Receipt::Parked]),
        (label(), text()).prop_map(|(reason, detail)| Receipt::Refused { reason, detail }),
    ]
}

fn escalation_id() -> impl Strategy<Value = EscalationId> {
    (stream(), any::<u32>()).prop_map(|(stream, number)| EscalationId { stream, number })
}

pub(crate) fn notice() -> impl Strategy<Value = EscalationNotice> {
    let what = (escalation_id(), name(TenantId::new), channel(), any::<u16>());
    (what, any::<u32>(), any::<i32>(), instant(), trace()).prop_map(
        |((id, tenant, channel, partition), emission, priority, expires_at, trace)| EscalationNotice {
            id,
            tenant,
            channel,
            partition,
            emission,
            priority,
            expires_at,
            trace,
        },
    )
}

pub(crate) fn questions() -> impl Strategy<Value = PermitQuestions> {
    let one = (escalation_id(), id(RequestId::new));
    (any::<u16>(), vec(one, 0..5)).prop_map(|(partition, questions)| PermitQuestions { partition, questions })
}

fn duration() -> impl Strategy<Value = Duration> {
    any::<u64>().prop_map(Duration::from_millis)
}

pub(crate) fn answer() -> impl Strategy<Value = PermitAnswer> {
    prop_oneof![
        (text(), message(), duration()).prop_map(|(address, message, start_within)| PermitAnswer::Granted {
            address,
            message,
            start_within
        }),
        refusal().prop_map(PermitAnswer::Refused),
        label().prop_map(|reason| PermitAnswer::AskAgain { reason }),
        label().prop_map(|reason| PermitAnswer::NotNow { reason }),
    ]
}

pub(crate) fn outcome_message() -> impl Strategy<Value = OutcomeMessage> {
    let about = (stream(), of(id(ProviderMessageId::new)), of(name(TenantId::new)));
    (about, report(), of(personal()), trace()).prop_map(
        |((stream, message, tenant), mut report, personal, trace)| {
            let about = match message {
                Some(message) => {
                    report.number = 0;
                    About::Message(message)
                }
                None => About::Attempt(EscalationId { stream, number: report.number }),
            };
            OutcomeMessage { about, tenant, report, personal, trace }
        },
    )
}

pub(crate) fn credit() -> impl Strategy<Value = Credit> {
    (any::<[u8; 16]>(), name(TenantId::new), channel(), any::<u32>(), duration(), any::<bool>()).prop_map(
        |(worker, tenant, channel, amount, expires_in, outage)| Credit {
            worker,
            tenant,
            channel,
            amount,
            expires_in,
            outage,
        },
    )
}

pub(crate) fn envelope() -> impl Strategy<Value = Envelope> {
    let causes = select(vec![
        CauseKind::Fact,
        CauseKind::Outcome,
        CauseKind::Permit,
        CauseKind::RenderRefused,
        CauseKind::Due,
        CauseKind::Operator,
    ]);
    let place = (any::<[u8; 16]>(), name(TenantId::new), stream(), any::<u64>(), any::<u16>());
    let links = (1..u64::MAX, of(1..u64::MAX), any::<[u8; 16]>());
    let decided = (causes, id(InputId::new), instant(), instant(), any::<u32>(), hash());
    let held = (event(), trace(), of(vec(any::<u8>(), 0..9)), any::<[u8; 32]>());
    (place, links, decided, held).prop_map(
        |(
            (history, tenant, stream, version, partition),
            (position, previous, event_id),
            (kind, id, now, occurred_at, decider, rulebook),
            (event, trace, personal, chain),
        )| {
            let cause = Cause { kind, id };
            let (kind, payload) = contract::event::encode(&event);
            Envelope {
                history,
                tenant,
                stream,
                version,
                partition,
                position: Position(position),
                previous: previous.map(Position),
                event_id,
                cause,
                now,
                occurred_at,
                kind,
                schema: contract::event::schema_of(kind),
                decider,
                rulebook,
                trace,
                payload,
                personal,
                chain,
            }
        },
    )
}

pub(crate) fn filed() -> impl Strategy<Value = Filed> {
    select(vec![Filed::Recorded, Filed::NothingNew, Filed::Waits, Filed::Unknown])
}

fn reach() -> impl Strategy<Value = Reach> {
    (of(name(TenantId::new)), of(channel())).prop_map(|(tenant, channel)| Reach { tenant, channel })
}

pub(crate) fn command() -> impl Strategy<Value = Command> {
    let order = prop_oneof![
        (reach(), label()).prop_map(|(reach, reason)| Order::Pause { reach, reason }),
        reach().prop_map(|reach| Order::Resume { reach }),
        id(InputId::new).prop_map(Order::Retry),
        (id(InputId::new), label()).prop_map(|(input, reason)| Order::Drop { input, reason }),
    ];
    (label(), order).prop_map(|(actor, order)| Command { actor, order })
}

pub(crate) fn command_answer() -> impl Strategy<Value = CommandAnswer> {
    prop_oneof![
        select(vec![CommandAnswer::Done, CommandAnswer::NothingToDo, CommandAnswer::UnknownInput]),
        receipt().prop_map(CommandAnswer::Tried),
    ]
}

pub(crate) fn head() -> impl Strategy<Value = PublishedHead> {
    (any::<u16>(), any::<[u8; 16]>(), any::<u64>(), any::<[u8; 32]>()).prop_map(
        |(partition, history, position, chain)| PublishedHead {
            partition,
            history,
            position: Position(position),
            chain,
        },
    )
}

pub(crate) fn ownership() -> impl Strategy<Value = Ownership> {
    (any::<u16>(), any::<u64>()).prop_map(|(partition, epoch)| Ownership { partition, epoch })
}

pub(crate) fn refused() -> impl Strategy<Value = RefusedClaim> {
    (of(name(TenantId::new)), label(), text(), any::<[u8; 16]>())
        .prop_map(|(tenant, reason, detail, reference)| RefusedClaim { tenant, reason, detail, reference })
}
