//! Every kind of fact, from a row.

use contract::wire::{Addressee, FactMessage};
use domain::channel::{Channel, PointKind};
use domain::fact::{Component, DebtorKind, Direction, DisputeEnd, Fact, Invalidity, Scope, TaskKind};
use domain::ids::{ClaimId, PointId};
use domain::label::{Country, CreditorId, Label, Language, ScenarioId, TenantId};
use domain::money::{Currency, Minor};
use domain::zone::ZoneName;
use ingest::mapping::Mapping;
use ingest::problem::RowProblem;
use ingest::table::{Row, Step};

use crate::support::{at, file, keyring};

pub(crate) const HEAD: &str = r#"
tenant = "stadt"
source = "erp"
separator = ";"
decimal = ","
instant = { column = "on", format = "%d.%m.%Y", zone = "Europe/Berlin" }
currency = "EUR"
debtor = { column = "debtor" }
claim = { column = "claim" }
"#;

pub(crate) const HEADER: &str = "on;debtor;claim;x;y;z";

/// What a mapping makes of rows, now being 2030.
pub(crate) fn rows(mapping: &str, table: &str) -> Vec<Result<Vec<FactMessage>, RowProblem>> {
    let mapping = Mapping::parse("test.toml", mapping).unwrap();
    let file = file(table);
    let mut table = mapping.open(file.path()).unwrap();
    let (mut row, mut all) = (Row::default(), Vec::new());
    loop {
        match table.next(&mut row).unwrap() {
            Step::Row => {
                all.push(mapping.facts(&row, table.places(), at("2030-01-01T00:00:00Z"), &keyring()))
            }
            Step::Problem(problem) => all.push(Err(problem)),
            Step::End => return all,
        }
    }
}

/// The one fact that a block makes of one row.
pub(crate) fn one(block: &str, row: &str) -> FactMessage {
    let made = rows(&format!("{HEAD}[[fact]]\n{block}"), &format!("{HEADER}\n17.05.2024;D1;C1;{row}\n"));
    let mut facts = made.into_iter().next().unwrap().unwrap();
    assert_eq!(facts.len(), 1);
    facts.pop().unwrap()
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("stadt").unwrap()
}

pub(crate) fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

/// A block, a row's last three cells, and the fact that they make.
type Case = (&'static str, &'static str, Fact);

pub(crate) fn claim() -> ClaimId {
    keyring().claim_id(&tenant(), "C1")
}

fn assert_facts(cases: Vec<Case>) {
    for (block, row, fact) in cases {
        let message = one(block, row);
        assert_eq!(message.fact, fact, "{block}");
        assert_eq!(message.addressee, Addressee::Debtor(keyring().stream_id(&tenant(), "D1")));
        assert_eq!((message.tenant, message.occurred_at), (tenant(), at("2024-05-16T22:00:00Z")));
    }
}

#[test]
fn facts_that_change_what_is_owed() {
    let (claim, amount) = (claim(), Minor(123_450));
    assert_facts(vec![
        (
            "kind = 'claim_registered'\ncreditor = 'wasser'\nprincipal = {column = 'x'}\ncosts = {column = 'y'}\n\
             due_at = {column = 'z'}\nscenario = 'soft'\ndescription = 'Water'",
            "1.234,50;5;31.05.2024",
            Fact::ClaimRegistered {
                claim,
                creditor: CreditorId::new("wasser").unwrap(),
                currency: Currency::new("EUR").unwrap(),
                principal: amount,
                interest: Minor::ZERO,
                costs: Minor(500),
                due_at: at("2024-05-30T22:00:00Z"),
                scenario: Some(ScenarioId::new("soft").unwrap()),
            },
        ),
        (
            "kind = 'claim_amended'\nprincipal = {column = 'x'}",
            "1234,5;;",
            Fact::ClaimAmended { claim, principal: amount, currency: Currency::EUR },
        ),
        (
            "kind = 'charge_added'\ncomponent = {column = 'y', map = {Zins = 'interest', Geb = 'costs'}}\n\
             amount = {column = 'x'}",
            "1234,50;Zins;",
            Fact::ChargeAdded { claim, component: Component::Interest, amount, currency: Currency::EUR },
        ),
        (
            "kind = 'payment_received'\namount = {column = 'x'}",
            "1234,50;;",
            Fact::PaymentReceived { claim, amount, currency: Currency::EUR },
        ),
        (
            "kind = 'payment_reversed'\namount = {column = 'x'}\ncurrency = 'JPY'",
            "1.234;;",
            Fact::PaymentReversed { claim, amount: Minor(1234), currency: Currency::new("JPY").unwrap() },
        ),
    ]);
}

#[test]
fn facts_that_change_how_a_claim_stands() {
    let claim = claim();
    assert_facts(vec![
        (
            "kind = 'claim_withdrawn'\nreason = {column = 'x', default = 'none-given'}",
            ";;",
            Fact::ClaimWithdrawn { claim, reason: label("none-given") },
        ),
        (
            "kind = 'claim_handed_over'\nto = 'court'",
            ";;",
            Fact::ClaimHandedOver { claim, to: label("court") },
        ),
        (
            "kind = 'dispute_opened'\nground = {column = 'x'}",
            "goods-missing;;",
            Fact::DisputeOpened { claim, ground: label("goods-missing") },
        ),
        (
            "kind = 'dispute_resolved'\nend = 'upheld'",
            ";;",
            Fact::DisputeResolved { claim, end: DisputeEnd::Upheld },
        ),
        (
            "kind = 'promise_made'\npromise = {column = 'x'}\namount = '10,00'\ndue_after = '14d'\nsource = 'desk'",
            "P1;;",
            Fact::PromiseMade {
                promise: keyring().promise_id(&tenant(), "P1"),
                claim,
                amount: Minor(1000),
                currency: Some(Currency::EUR),
                due_at: at("2024-05-30T22:00:00Z"),
                source: label("desk"),
            },
        ),
    ]);
}

pub(crate) fn phone() -> PointId {
    keyring().point_id(&tenant(), PointKind::Phone, "+41791234567")
}

#[test]
fn facts_about_who_the_debtor_is_and_where() {
    let point = phone();
    assert_facts(vec![
        (
            "kind = 'debtor_described'\nzones = {column = 'x'}\nname = {column = 'y'}\nlanguage = 'de'\n\
             debtor_kind = {column = 'z', map = {GmbH = 'company'}}\ncountry = 'CH'",
            "Europe/Zurich, Europe/Berlin;Muster AG;GmbH",
            Fact::DebtorDescribed {
                zones: ["Europe/Zurich", "Europe/Berlin"].map(|z| ZoneName::new(z).unwrap()).to_vec(),
                language: Language::new("de"),
                kind: DebtorKind::Company,
                country: Country::new("CH"),
            },
        ),
        (
            "kind = 'contact_point_added'\npoint_kind = 'phone'\nvalue = {column = 'x'}\nconfidence = 80\n\
             verified_at = {column = 'y', format = 'rfc3339'}",
            "0041 79 123 45 67;2024-01-01T00:00:00+01:00;",
            Fact::ContactPointAdded {
                point,
                kind: PointKind::Phone,
                source: label("erp"),
                confidence: 80,
                verified_at: Some(at("2023-12-31T23:00:00Z")),
            },
        ),
        (
            "kind = 'contact_point_invalidated'\npoint_kind = 'phone'\nvalue = {column = 'x'}\n\
             reason = 'wrong_person'",
            "+41 79 1234567;;",
            Fact::ContactPointInvalidated { point, reason: Invalidity::WrongPerson },
        ),
    ]);
}

#[test]
fn facts_that_hold_contact() {
    let hold = keyring().hold_id(&tenant(), "H1");
    let placed = |claim, until| Fact::HoldPlaced {
        hold,
        claim,
        reason: label("illness"),
        actor: label("anna"),
        until,
    };
    assert_facts(vec![
        (
            "kind = 'hold_placed'\nhold = {column = 'x'}\nreason = 'illness'\nactor = 'anna'\nuntil_after = '1d'",
            "H1;;",
            placed(Some(claim()), Some(at("2024-05-17T22:00:00Z"))),
        ),
        (
            "kind = 'hold_placed'\nhold = {column = 'x'}\nreason = 'illness'\nactor = 'anna'\ncovers = 'debtor'\n\
             until = {column = 'y'}",
            "H1;;",
            placed(None, None),
        ),
        (
            "kind = 'hold_released'\nhold = {column = 'x'}\nactor = 'anna'",
            "H1;;",
            Fact::HoldReleased { hold, actor: label("anna") },
        ),
    ]);
}

#[test]
fn facts_about_what_the_debtor_wants_and_what_agents_did() {
    let point = phone();
    assert_facts(vec![
        (
            "kind = 'consent_given'\nscope = 'point'\npoint_kind = 'phone'\nvalue = {column = 'x'}",
            "+41791234567;;",
            Fact::ConsentGiven { scope: Scope::Point(point), source: label("erp") },
        ),
        (
            "kind = 'opted_out'\nscope = 'channel'\nchannel = {column = 'x'}\nsource = 'letter'",
            "sms;;",
            Fact::OptedOut { scope: Scope::Channel(Channel::Sms), source: label("letter") },
        ),
        (
            "kind = 'opted_out'\nscope = 'all'",
            ";;",
            Fact::OptedOut { scope: Scope::All, source: label("erp") },
        ),
        ("kind = 'cease_requested'", ";;", Fact::CeaseRequested { source: label("erp") }),
        (
            "kind = 'contact_made'\nchannel = 'call'\ndirection = {column = 'x'}\nright_party = {column = 'y'}",
            "inbound;true;",
            Fact::ContactMade { channel: Channel::Call, direction: Direction::Inbound, right_party: true },
        ),
        (
            "kind = 'task_done'\ntask = 'review'\nactor = {column = 'x'}",
            "anna;;",
            Fact::TaskDone { task: TaskKind::Review, actor: label("anna") },
        ),
    ]);
}
