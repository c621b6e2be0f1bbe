//! Mistakes in mapping files: each is named with its line and with what would be right.

use ingest::IngestError;
use ingest::mapping::Mapping;
use ingest::problem::MappingProblem;

use crate::support::file;

const GOOD: &str = r#"tenant = "stadt"
source = "erp"
separator = ";"
instant = { column = "on", format = "rfc3339" }
currency = "EUR"
debtor = { column = "d" }
claim = { column = "c" }
[[fact]]
kind = "payment_received"
when = { column = "t", equals = "x" }
amount = { column = "a" }
"#;

fn problems(text: &str) -> Vec<MappingProblem> {
    match Mapping::parse("m.toml", text) {
        Err(IngestError::Mapping { file, problems }) if file == "m.toml" => problems,
        other => panic!("must be refused: {text}: {other:?}"),
    }
}

#[test]
fn each_mistake_is_named_with_its_line_and_its_remedy() {
    assert!(Mapping::parse("m.toml", GOOD).is_ok());
    let rome = r#"format = "%d.%m.%Y", zone = "Europe/Rome" }"#;
    for (from, to, line, what, remedy) in [
        ("tenant = \"stadt\"", "tenat = \"stadt\"", 1, "`tenat` does not belong", "did you mean `tenant`?"),
        ("tenant = \"stadt\"", "tenant = \"Stadt\"", 1, "`tenant` is no short name", "a-z"),
        ("tenant = \"stadt\"", "tenant = 5", 1, "`tenant` is no text", "write tenant"),
        ("source = \"erp\"\n", "", 1, "has no `source`", "add source"),
        ("\";\"", "\"::\"", 3, "`separator` is none", "\\t"),
        ("\"rfc3339\" }", "\"%H:%M\" }", 4, "`format` names no day", "rfc3339"),
        ("\"rfc3339\" }", "\"%d.%m.%Y\" }", 4, "without a zone", "zone = "),
        (
            "format = \"rfc3339\" }",
            &rome.replace("Rome", "Roma"),
            4,
            "`zone` does not exist",
            "Europe/Zurich",
        ),
        ("\"rfc3339\" }", "\"rfc3339\", zone = \"Europe/Rome\" }", 4, "`zone` means nothing", "leave it out"),
        (", format = \"rfc3339\"", "", 4, "`instant` has no `format`", "rfc3339"),
        ("instant = {", "instant = 'then' #", 4, "neither \"now\" nor a column", "instant = \"now\""),
        ("\"EUR\"", "\"EURO\"", 5, "`currency` is no currency", "ISO 4217"),
        ("currency = \"EUR\"\n", "", 7, "has no `currency`", "add currency"),
        (
            "debtor = { column = \"d\" }",
            "debtor = { colum = \"d\" }",
            6,
            "`colum` does not belong",
            "`column`",
        ),
        ("debtor = { column = \"d\" }", "debtor = 1.5", 6, "neither a constant nor a column", "column ="),
        ("claim = { column = \"c\" }\n", "", 7, "has no `claim`", "once for all"),
        ("payment_received", "payment_recieved", 9, "no kind of fact", "did you mean `payment_received`?"),
        ("kind = \"payment_received\"\n", "", 8, "has no `kind`", "add kind"),
        ("equals = \"x\"", "equal = \"x\"", 10, "`equal` does not belong", "`equals`"),
        ("equals = \"x\"", "equals = \"x\", empty = true", 10, "tests one thing", "not_empty"),
        ("equals = \"x\"", "empty = false", 10, "`empty` is not true", "empty = true"),
        ("equals = \"x\"", "in = \"x\"", 10, "no list of texts", "[\"a\", \"b\"]"),
        ("amount = {", "amonut = {", 11, "`amonut` does not belong", "did you mean `amount`?"),
        ("amount = {", "amonut = {", 8, "has no `amount`", "add amount"),
        ("amount = {", "principal = {", 11, "`principal` does not belong", "other kinds of facts have it"),
        ("amount = { column = \"a\" }", "amount = \"-5\"", 11, "`amount` is negative", "payment_reversed"),
        ("amount = { column = \"a\" }", "amount = \"5,5\"", 11, "no amount in EUR", "decimal"),
        ("amount = { column = \"a\" }", "amount = [\"5\"]", 11, "neither a constant", "column"),
        ("amount = { column = \"a\" }", "amount = \" \"", 11, "`amount` is empty", "leave the field out"),
        ("\"a\" }", "\"a\", map = { x = 1.5 } }", 11, "mapped to no text", "\"name\""),
        ("\"a\" }", "\"a\", format = \"rfc3339\" }", 11, "`format` does not belong", "map"),
        ("[[fact]]", "[fact]", 8, "`fact` is no list", "[[fact]]"),
        ("[[fact]]", "[[fact]", 8, "is no TOML", "toml.io"),
    ] {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{from}");
        let found = problems(&text);
        let hit = found.iter().any(|p| p.line == line && p.what.contains(what) && p.remedy.contains(remedy));
        assert!(hit, "{to}: {found:?}");
    }
    assert_eq!(problems("").len(), 4, "{:?}", problems(""));
}

#[test]
fn what_a_kind_needs_is_asked_for() {
    let head = "tenant = 't'\nsource = 's'\ninstant = 'now'\ncurrency = 'EUR'\n";
    let with = |block: &str| {
        problems(&format!("{head}debtor = {{column = 'd'}}\nclaim = {{column = 'c'}}\n[[fact]]\n{block}"))
    };
    for (block, what) in [
        (
            "kind = 'claim_registered'\ncreditor = 'c'\nprincipal = '1'",
            "both or none of `due_at` and `due_after`",
        ),
        (
            "kind = 'claim_registered'\ncreditor = 'c'\nprincipal = '1'\ndue_after = '1d'\ndue_at = {column = 'x'}",
            "both or none of `due_at` and `due_after`",
        ),
        (
            "kind = 'claim_registered'\ncreditor = 'c'\nprincipal = '1'\ndue_after = '60'",
            "`due_after` is no span",
        ),
        (
            "kind = 'promise_made'\npromise = {column = 'p'}\namount = '1'\ndue_at = 'soon'",
            "no RFC 3339 instant",
        ),
        ("kind = 'opted_out'\nscope = {column = 'x'}", "`scope` is no constant"),
        ("kind = 'opted_out'\nscope = 'channel'", "of this scope has no `channel`"),
        ("kind = 'consent_given'\nscope = 'point'\npoint_kind = 'phone'", "of this scope has no `value`"),
        ("kind = 'consent_given'\nscope = 'everything'", "`scope` is none of the known words"),
        (
            "kind = 'contact_point_invalidated'\npoint_kind = 'phone'\nvalue = {column = 'v'}\nreason = 'old'",
            "`reason`",
        ),
        (
            "kind = 'contact_point_added'\npoint_kind = 'fax'\nvalue = {column = 'v'}\nconfidence = 101",
            "`confidence`",
        ),
        (
            "kind = 'debtor_described'\nname = {column = 'n'}\nzones = 'Europe/Roma'",
            "a zone that does not exist",
        ),
    ] {
        let found = with(block);
        assert!(found.iter().any(|p| p.what.contains(what)), "{block}: {found:?}");
    }
    let nobody = problems(&format!("{head}[[fact]]\nkind = 'cease_requested'"));
    assert!(nobody[0].what.contains("has no `debtor`"), "{nobody:?}");
    let two =
        with("kind = 'contact_point_added'\npoint_kind = 'fax'\nvalue = {column = 'v'}\nconfidence = 101");
    assert_eq!(two.iter().map(|p| p.line).collect::<Vec<_>>(), [9, 11], "all are named, in order");
}

#[test]
fn a_file_that_is_missing_or_huge_is_refused() {
    let missing = Mapping::load(std::path::Path::new("/nowhere/m.toml")).unwrap_err().to_string();
    assert!(missing.contains("/nowhere/m.toml") && missing.contains("check the path"), "{missing}");
    let huge = file(&"#".repeat(1024 * 1024 + 1));
    assert!(Mapping::load(huge.path()).unwrap_err().to_string().contains("1048577 bytes"));
    let good = file(GOOD);
    assert_eq!(Mapping::load(good.path()).unwrap().tenant().as_str(), "stadt");
}
