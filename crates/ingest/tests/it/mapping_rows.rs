//! Rows under a mapping: conditions, keys, personal parts, and cells that can't be read.

use contract::personal::Personal;
use contract::wire::{Addressee, FactMessage};
use domain::fact::Fact;
use domain::money::Minor;
use ingest::mapping::Mapping;
use ingest::table::{Row, Step};

use crate::mapping::{HEAD, HEADER, one, rows, tenant};
use crate::support::{at, file, keyring};

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
    assert_eq!(
        message.fact,
        Fact::PaymentReceived { claim, amount: Minor(500), currency: domain::money::Currency::CHF }
    );
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
