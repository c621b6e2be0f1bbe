//! Tables and mappings that are not right: what is wrong is named with its place and its remedy, and what is right
//! goes in.

use std::fmt::Write;

use crate::folder::{Folder, HEADER, MAPPING};

const GOOD: &str = "1,claim,D1,C1,Anna,de,+41791112233,,steueramt,100.00,CHF,2026-01-01T00:00:00Z,";

#[test]
fn each_bad_cell_is_named_with_line_and_remedy_and_never_repeated() {
    let cases = [
        ("10,claim,D3,C3,Ida,de,,,werke,-5.00,CHF,2026-01-01T00:00:00Z,", "column amount: is negative"),
        ("10,claim,D3,C3,Ida,de,,,werke,5.00,QQQ,2026-01-01T00:00:00Z,", "column currency: is no currency"),
        (
            "10,claim,D3,C3,Ida,de,,,werke,five,CHF,2026-01-01T00:00:00Z,",
            "column amount: is no amount in CHF",
        ),
        ("10,claim,D3,C3,Ida,de,,,werke,5.001,CHF,2026-01-01T00:00:00Z,", "at most 2 decimals"),
        ("10,claim,D3,C3,Ida,de,,,werke,99999999999999999999,CHF,2026-01-01T00:00:00Z,", "column amount"),
        ("10,claim,D3,C3,Ida,de,,,werke,5.00,CHF,01.01.2026,", "column due: is no RFC 3339 instant"),
        ("10,claim,D3,C3,Ida,xx9,,,werke,5.00,CHF,2026-01-01T00:00:00Z,", "column language"),
        ("10,claim,D3,C3,Ida,de,0791112233,,werke,5.00,CHF,2026-01-01T00:00:00Z,", "column phone"),
        ("10,claim,D3,C3,Ida,de,,no-mail,werke,5.00,CHF,2026-01-01T00:00:00Z,", "column email"),
        ("10,claim,,C3,Ida,de,,,werke,5.00,CHF,2026-01-01T00:00:00Z,", "column debtor: is empty"),
        ("10,claim,D3,,Ida,de,,,werke,5.00,CHF,2026-01-01T00:00:00Z,", "column claim: is empty"),
        ("10,claim,D3,C3,Ida,de", "6 fields where the header has 13"),
    ];
    let folder = Folder::new();
    let rows: Vec<&str> = cases.iter().map(|(row, _)| *row).collect();
    let answer = folder.import(&[&[GOOD], &rows[..]].concat()).ends(1);
    assert!(answer.out.starts_with("13 rows: 3 facts recorded"), "{}", answer.out);
    let named: Vec<&str> = answer.out.lines().filter(|line| line.contains("erp.csv, line ")).collect();
    assert_eq!(named.len(), cases.len(), "{}", answer.out);
    for (number, ((_, problem), named)) in cases.iter().zip(named).enumerate() {
        let place = format!("erp.csv, line {}", number + 3);
        assert!(named.contains(&place) && named.contains(problem) && named.contains("; "), "{named}");
    }
    for value in ["0791112233", "no-mail", "five", "Ida"] {
        assert!(!answer.out.contains(value) && !answer.err.contains(value), "{value} in {}", answer.out);
    }
    folder.run(&["debtor", "show", "D3"]).ends(3).says(&["no debtor with this reference"]);
    folder.must_be_whole();
}

#[test]
fn a_cell_that_is_too_large_is_named_and_the_rest_goes_in() {
    let folder = Folder::new();
    let name = "x".repeat(5_000);
    let row = format!("10,claim,D3,C3,{name},de,,,werke,5.00,CHF,2026-01-01T00:00:00Z,");
    let answer = folder.import(&[GOOD, &row]).ends(1).says(&["line 3, column name: ", "1 to 512 bytes"]);
    assert!(!answer.out.contains("xxx"));
    let row = format!("10,claim,D3,C3,{},de,,,werke,5.00,CHF,2026-01-01T00:00:00Z,", "x".repeat(2_000_000));
    folder.import(&[GOOD, &row]).ends(1).says(&["line 3"]);
    folder.must_be_whole();
}

#[test]
fn what_contradicts_the_log_is_refused_by_name_and_what_is_known_is_recognised() {
    let folder = Folder::new();
    folder.import(&[GOOD]).ends(0).says(&["3 facts recorded"]);
    folder.import(&[GOOD]).ends(0).says(&["0 facts recorded, 3 known before"]);
    let events = folder.events();
    let other_content = GOOD.replace("100.00", "101.00");
    folder.import(&[&other_content]).ends(1).says(&[
        "key_reused: 1",
        "line 2, claim_registered",
        "an id of its own",
    ]);
    let other_debtor = GOOD.replace("1,claim,D1", "2,claim,D2");
    folder.import(&[&other_debtor]).ends(1).says(&["claim_of_another: 1", "withdraw it there first"]);
    let other_creditor = "3,claim,D1,C1,,,,,werke,100.00,CHF,2026-01-01T00:00:00Z,";
    folder.import(&[other_creditor]).ends(1).says(&["refused as "]);
    let claims = folder.run(&["replay", "--claims"]).ends(0).json_lines();
    assert_eq!(claims.len(), 1);
    assert_eq!((&claims[0]["owed_minor"], &claims[0]["claim_reference"]), (&10_000.into(), &"C1".into()));
    assert!(folder.events() > events, "the other debtor is described, though the claim is not theirs");
    folder.must_be_whole();
}

#[test]
fn a_payment_before_its_claim_waits_for_it_and_is_reported_as_waiting() {
    let folder = Folder::new();
    let payment = "9,payment,D1,C1,,,,,,40.00,CHF,,";
    folder.import(&[payment]).ends(0).says(&["0 facts recorded", "1 parked until their claim comes"]);
    folder.import(&[GOOD]).ends(0);
    let claims = folder.run(&["replay", "--claims"]).ends(0).json_lines();
    assert_eq!(claims[0]["owed_minor"], 6_000);
}

#[test]
fn ten_broken_rows_among_a_thousand_are_named_and_the_others_go_in() {
    let folder = Folder::new();
    let mut rows = String::new();
    for n in 2..=1001 {
        let amount = if n % 100 == 0 { "much" } else { "25.00" };
        writeln!(rows, "{n},claim,D{n},C{n},Person {n},de,,,werke,{amount},CHF,2026-01-01T00:00:00Z,")
            .unwrap();
    }
    let answer = folder.import(&[rows.trim_end()]).ends(1);
    assert!(answer.out.starts_with("1000 rows: 1980 facts recorded"), "{}", answer.out);
    for line in (100..=1000).step_by(100) {
        let named =
            format!("erp.csv, line {line}, column amount: is no amount in CHF; write it like 1234.50");
        assert!(answer.out.contains(&named), "{}", answer.out);
    }
    assert_eq!(folder.run(&["replay", "--claims"]).ends(0).out.lines().count(), 990);
    folder.must_be_whole();
    let repaired = rows.replace("much", "25.00");
    folder.import(&[repaired.trim_end()]).ends(0).says(&["20 facts recorded, 1980 known before"]);
}

#[test]
fn a_table_of_another_kind_is_refused_whole_with_the_way_out() {
    let folder = Folder::new();
    let good = format!("{HEADER}\n{GOOD}\n");
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(good.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin1: Vec<u8> = good.replace("Anna", "\u{e4}nna").chars().map(|c| c as u8).collect();
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("utf16.csv", utf16, "iconv -f UTF-16"),
        ("latin1.csv", latin1, "line 2 is not UTF-8"),
        ("semicolons.csv", good.replace(',', ";").into_bytes(), "set separator = \";\" in the mapping"),
        ("empty.csv", Vec::new(), "a table has a header and rows"),
        ("other.csv", good.replace("currency", "waehrung").into_bytes(), "no column \"currency\""),
        ("zeros.csv", good.replace("Anna", "A\0a").into_bytes(), "zeros.csv"),
    ];
    for (name, content, remedy) in cases {
        let table = folder.write(name, content);
        folder.run(&["import", table, "--mapping", folder.beside("erp.toml")]).ends(3).says(&[name, remedy]);
    }
    folder.run(&["import", "none.csv", "--mapping", folder.beside("erp.toml")]).ends(3).says(&["none.csv"]);
    assert_eq!(folder.run(&["replay", "--type", "claim_registered"]).ends(0).out, "");
    folder.must_be_whole();
}

#[test]
fn a_mapping_that_is_not_right_is_refused_with_every_line_of_it() {
    let folder = Folder::new();
    let table = folder.write("erp.csv", format!("{HEADER}\n{GOOD}\n"));
    let typos = MAPPING.replace("principal =", "principle =").replace("payment_received", "payment_recieved");
    let mapping = folder.write("typos.toml", typos);
    folder.run(&["import", table, "--mapping", mapping]).ends(3).says(&[
        "typos.toml",
        "did you mean `principal`?",
        "did you mean `payment_received`?",
    ]);
    let mapping = folder.write("broken.toml", "tenant = ");
    folder.run(&["import", table, "--mapping", mapping]).ends(3).says(&[
        "broken.toml",
        "line 1",
        "is no TOML",
    ]);
    let mapping = folder.write("tenant.toml", MAPPING.replace("gemeinde-musterwil", "gemeinde-nirgendwo"));
    folder
        .run(&["import", table, "--mapping", mapping])
        .ends(1)
        .says(&["unknown_tenant: 3", "check the name"]);
    assert_eq!(folder.run(&["replay", "--type", "claim_registered"]).ends(0).out, "");
    folder.must_be_whole();
}
