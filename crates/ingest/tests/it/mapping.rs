//! Every kind of fact, from a row.

use contract::personal::Personal;
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

const HEAD: &str = r#"
tenant = "stadt"
source = "erp"
separator = ";"
decimal = ","
instant = { column = "on", format = "%d.%m.%Y", zone = "Europe/Berlin" }
currency = "EUR"
debtor = { column = "debtor" }
claim = { column = "claim" }
"#;

const HEADER: &str = "on;debtor;claim;x;y;z";

/// What a mapping makes of rows, now being 2030.
fn rows(mapping: &str, table: &str) -> Vec<Result<Vec<FactMessage>, RowProblem>> {
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
fn one(block: &str, row: &str) -> FactMessage {
    let made = rows(&format!("{HEAD}[[fact]]\n{block}"), &format!("{HEADER}\n17.05.2024;D1;C1;{row}\n"));
    let mut facts = made.into_iter().next().unwrap().unwrap();
    assert_eq!(facts.len(), 1);
    facts.pop().unwrap()
}

fn tenant() -> TenantId {
    TenantId::new("stadt").unwrap()
}

fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

/// A block, a row's last three cells, and the fact that they make.
type Case = (&'static str, &'static str, Fact);

fn claim() -> ClaimId {
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
            Fact::ClaimAmended { claim, principal: amount },
        ),
        (
            "kind = 'charge_added'\ncomponent = {column = 'y', map = {Zins = 'interest', Geb = 'costs'}}\n\
             amount = {column = 'x'}",
            "1234,50;Zins;",
            Fact::ChargeAdded { claim, component: Component::Interest, amount },
        ),
        (
            "kind = 'payment_received'\namount = {column = 'x'}",
            "1234,50;;",
            Fact::PaymentReceived { claim, amount },
        ),
        (
            "kind = 'payment_reversed'\namount = {column = 'x'}\ncurrency = 'JPY'",
            "1.234;;",
            Fact::PaymentReversed { claim, amount: Minor(1234) },
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
                due_at: at("2024-05-30T22:00:00Z"),
                source: label("desk"),
            },
        ),
    ]);
}

fn phone() -> PointId {
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

#[test]
fn what_is_personal_stands_in_the_personal_part() {
    let cases = [
        (
            "kind = 'debtor_described'\nzones = 'Europe/Rome'\nname = [{column = 'x'}, {column = 'y'}]",
            "Anna;Muster;",
            Personal::Debtor { reference: "D1".into(), name: "Anna Muster".into() },
        ),
        (
            "kind = 'contact_point_added'\npoint_kind = 'postal'\nconfidence = 50\n\
             value = [{column = 'x'}, {column = 'y'}, {column = 'z'}]",
            "Anna;Weg 1;8000 Z",
            Personal::Point { value: "Anna\nWeg 1\n8000 Z".into() },
        ),
        (
            "kind = 'claim_registered'\ncreditor = 'w'\nprincipal = '1'\ndue_after = '1d'\ndescription = {column = 'x'}",
            "Water 2023;;",
            Personal::Claim { reference: "C1".into(), description: "Water 2023".into() },
        ),
        (
            "kind = 'dispute_opened'\nground = 'other'\ntext = {column = 'x'}",
            "I never had it;;",
            Personal::Text { text: "I never had it".into() },
        ),
    ];
    for (block, row, personal) in cases {
        let message = one(block, row);
        assert_eq!(message.personal, Some(personal), "{block}");
        assert!(!format!("{message:?}").contains("Anna"), "Debug shows nobody");
    }
    assert_eq!(one("kind = 'cease_requested'\ntext = {column = 'x'}", ";;").personal, None);
}

#[test]
fn conditions_choose_rows_and_a_row_may_state_several_facts() {
    let mapping = format!(
        "{HEAD}
        [[fact]]
        kind = 'claim_withdrawn'
        when = [{{column = 'x', in = ['a', 'b']}}, {{column = 'y', not_in = ['', 'NIL']}}]
        reason = 'one'
        [[fact]]
        kind = 'claim_withdrawn'
        when = {{column = 'x', equals = 'a'}}
        reason = 'two'
        [[fact]]
        kind = 'claim_withdrawn'
        when = {{column = 'z', empty = true}}
        reason = 'three'
        [[fact]]
        kind = 'claim_withdrawn'
        when = {{column = 'z', not_empty = true}}
        reason = 'four'"
    );
    let cells = ["a;G;", "a;NIL; ", "b; G ;1", "c;G;1", "a;;1"];
    let table: String = cells.iter().map(|cells| format!("17.05.2024;D;C;{cells}\n")).collect();
    let reasons: Vec<String> = rows(&mapping, &format!("{HEADER}\n{table}"))
        .into_iter()
        .map(|facts| {
            let reason = |message: &FactMessage| {
                let Fact::ClaimWithdrawn { reason, .. } = &message.fact else { panic!("only withdrawals") };
                reason.to_string()
            };
            facts.unwrap().iter().map(reason).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(reasons, ["one two three", "two three", "one four", "four", "two four"]);
}

#[test]
fn without_a_debtor_a_fact_goes_to_the_owner_of_the_claim() {
    let mapping = "tenant = 'stadt'\nsource = 'bank'\ninstant = 'now'\n\
        [[fact]]\nkind = 'payment_received'\nclaim = {column = 'ref'}\namount = {column = 'amount'}\n\
        currency = {column = 'currency'}";
    let made = rows(mapping, "ref,amount,currency\nC1,5,CHF\n");
    let message = &made[0].as_ref().unwrap()[0];
    let claim = keyring().claim_id(&tenant(), "C1");
    assert_eq!(message.addressee, Addressee::OwnerOf(claim));
    assert_eq!(message.fact, Fact::PaymentReceived { claim, amount: Minor(500) });
    assert_eq!(message.occurred_at, at("2030-01-01T00:00:00Z"));
}

#[test]
fn a_fact_is_recognised_by_its_row_or_its_id_columns_and_its_block() {
    let with = |head: &str| {
        format!(
            "tenant = 'stadt'\nsource = 'erp'\ninstant = {{column = 'on', format = 'rfc3339'}}\n{head}\n\
             debtor = {{column = 'd'}}\nclaim = {{column = 'c'}}\n\
             [[fact]]\nkind = 'dispute_opened'\nground = 'a'\n[[fact]]\nkind = 'dispute_opened'\nground = 'b'\n\
             [[fact]]\nkind = 'claim_handed_over'\nto = 'x'"
        )
    };
    let on = "2024-01-01T00:00:00Z";
    let keys = |mapping: &str, table: &str| -> Vec<_> {
        rows(mapping, table).into_iter().flat_map(Result::unwrap).map(|m| (m.key, m.content)).collect()
    };
    let by_line = keys(&with(""), &format!("on,d,c\n{on},D,C\n{on},D,C\n"));
    let mut distinct: Vec<_> = by_line.iter().map(|(key, _)| *key).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 6, "each block of each row has a key of its own");

    let by_id = keys(&with("id = ['c', 'n']"), &format!("on,d,c,n\n{on},D,C,1\n{on},D,C,2\n{on},D2,C,1\n"));
    assert_eq!(by_id[0].0, by_id[6].0, "the same id");
    assert_ne!(by_id[0].1, by_id[6].1, "but other content");
    assert_ne!(by_id[0].0, by_id[3].0);

    let moved = with("id = ['c', 'n']").replace(
        "[[fact]]\nkind = 'dispute_opened'\nground = 'a'",
        "[[fact]]\nkind = 'cease_requested'\n[[fact]]\nkind = 'dispute_opened'\nground = 'a'",
    );
    let after = keys(&moved, &format!("on,d,c,n\n{on},D,C,1\n"));
    assert_eq!(after[1..], by_id[..3], "a block of another kind changes no key");
}

#[test]
fn importing_again_later_gives_the_same_content_although_now_is_later() {
    let mapping = Mapping::parse(
        "m",
        "tenant = 'stadt'\nsource = 'erp'\ninstant = 'now'\ncurrency = 'EUR'\ndebtor = {column = 'd'}\n\
         claim = {column = 'd'}\n[[fact]]\nkind = 'claim_registered'\ncreditor = 'w'\nprincipal = '1'\n\
         due_after = '30d'",
    )
    .unwrap();
    let file = file("d\n1\n");
    let import = |now: &str| {
        let mut table = mapping.open(file.path()).unwrap();
        let mut row = Row::default();
        assert_eq!(table.next(&mut row).unwrap(), Step::Row);
        mapping.facts(&row, table.places(), at(now), &keyring()).unwrap().pop().unwrap()
    };
    let (first, second) = (import("2024-01-01T00:00:00Z"), import("2024-02-01T00:00:00Z"));
    assert_eq!((first.key, first.content), (second.key, second.content));
    assert_ne!(first.fact, second.fact, "the due date is counted from the import");
}

#[test]
fn bad_cells_are_named_by_row_and_column_and_never_repeated() {
    let block = "kind = 'claim_registered'\ncreditor = {column = 'z'}\nprincipal = {column = 'x'}\ndue_after = '1d'\n\
                 currency = {column = 'y'}";
    for (row, column, said) in [
        ("17.05.2024;D;C;-7,77;EUR;w", "x", "is negative"),
        ("17.05.2024;D;C;7.77;EUR;w", "x", "no amount in EUR"),
        ("17.05.2024;D;C;7,777;EUR;w", "x", "no amount in EUR"),
        ("17.05.2024;D;C;10000000000,01;EUR;w", "x", "larger"),
        ("17.05.2024;D;C;;EUR;w", "x", "is empty"),
        ("17.05.2024;D;C;7;EURO;w", "y", "no currency in use"),
        ("2024-05-17;D;C;7;EUR;w", "on", "is no date"),
        (";D;C;7;EUR;w", "on", "is no date"),
        ("17.05.2024;;C;7;EUR;w", "debtor", "is empty"),
        ("17.05.2024;D;;7;EUR;w", "claim", "is empty"),
        ("17.05.2024;D;C;7;EUR;Water Works", "z", "no short name"),
    ] {
        let made = rows(&format!("{HEAD}[[fact]]\n{block}"), &format!("{HEADER}\n{row}\n"));
        let problem = made[0].as_ref().expect_err(row);
        assert_eq!((problem.row, problem.column.as_deref()), (2, Some(column)), "{row}");
        assert!(problem.what.contains(said), "{problem}");
        for value in ["7,77", "7.77", "EURO", "Water Works", "2024-05-17"] {
            assert!(!problem.to_string().contains(value), "{problem}");
        }
    }
    let mapped = "kind = 'dispute_opened'\nground = {column = 'x', map = {A = 'a'}}";
    let made = rows(&format!("{HEAD}[[fact]]\n{mapped}"), &format!("{HEADER}\n17.05.2024;D;C;Q;;\n"));
    assert!(made[0].as_ref().unwrap_err().what.contains("the map of `ground` does not name"));
    let personal =
        "kind = 'contact_point_added'\npoint_kind = 'email'\nvalue = {column = 'x'}\nconfidence = 1";
    let made =
        rows(&format!("{HEAD}[[fact]]\n{personal}"), &format!("{HEADER}\n17.05.2024;D;C;anna.muster;;\n"));
    let problem = made[0].as_ref().unwrap_err().to_string();
    assert!(problem.contains("no e-mail address") && !problem.contains("muster"), "{problem}");
}
