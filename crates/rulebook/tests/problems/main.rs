//! Bad rulebooks, one change each: what is reported, where, and what would be right.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod bench;
mod inbound;

use bench::{LADDER, MAIL, MAIN, SMS, SOCIAL, check, good, line_of, load, with};
use rulebook::{Report, load_dir};

#[test]
fn what_is_not_of_the_shape_is_refused() {
    check(
        r#"
        LADDER | priority = 30 | prioritty = 30 | prioritty | no field `prioritty` | did you mean `priority`?
        MAIN | promise_grace | promise-grace | promise-grace | no field `promise-grace` | did you mean `promise_grace`?
        MAIN | start_within = "10s" | start_within = 10 | start_within | of type integer | a text in quotes
        MAIN | start_within = "10s" | start_within = "10 s" | start_within | no span | from "1s" to "1m"
        MAIN | start_within = "10s" | start_within = "61s" | start_within | 61s is too long | from "1s" to "1m"
        MAIN | start_within = "10s" | start_within = "0s" | start_within | 0s is too short | from "1s"
        MAIN | clock_bound = "2s" | clock_bound = "2s | clock_bound | no TOML | texts stand in quotes
        MAIN | id = "gemeinde-musterwil" | id = "Gemeinde Musterwil" | ~id = ~ | has 'G' | a-z, 0-9
        MAIN | default_language = "de" | default_language = "deutsch" | default_language | no language | two lower-case letters
        MAIN | min_confidence = 60 | min_confidence = 101 | min_confidence | 101 is out of range | from 0 to 100
        MAIN | consent = ["social"] | consent = ["socail"] | socail | no channel `socail` | did you mean `social`?
        MAIN | number = "+41 44 555 01 00" | number = "ring us" | ring us | no number to call | as people dial it
        "#,
    );
}

#[test]
fn windows_and_caps_are_checked() {
    check(
        r#"
        MAIN | "08:00-20:00" }\nclosed | "20:00-08:00" }\nclosed | 20:00-08:00 | the window is empty | the earlier time first
        MAIN | hours = { mon-sat = "08:00-20:00" } | hours = { } | hours = { } | the window is empty | add hours
        MAIN | ~{ mon-sat = ~ | ~{ mon-sta = ~ | mon-sta | no day of the week | did you mean `mon-sat`?
        MAIN | ~{ mon-sat = ~ | ~{ fri = "08:00-09:00", mon-sat = ~ | ~mon-sat = ~ | Friday has its hours twice | each day once
        MAIN | mon-sat = "08:00-20:00" | mon-sat = "8-20" | "8-20" | no hours | 08:00-20:00
        MAIN | "*-12-31" | "*-13-31" | *-13-31 | no date | 2025-12-25
        MAIN | ["call", "sms", "email", "social", "letter"] | ["call", "sms", "email"] | [tenant.policy] | uses social, but no window allows it | names "social"
        MAIN | hours = { mon-fri = "17:00-20:00", sat = "09:00-12:00" } | hours = { sun = "10:00-12:00" } | [tenant.policy] | no hour in common | overlap on some day
        MAIN | hours = { mon-fri = "17:00-20:00", sat = "09:00-12:00" } | hours = { mon-fri = "20:00-22:00" } | [tenant.policy] | no hour in common | overlap on some day
        MAIN | max = 1\nwithin = "24h" | max = 0\nwithin = "24h" | max = 0 | 0 is out of range | from 1 to 60
        MAIN | max = 1\nwithin = "24h" | max = 61\nwithin = "24h" | max = 61 | 61 is out of range | from 1 to 60
        MAIN | within = "24h" | within = "367d" | 367d | 367d is too long | "366d"
        "#,
    );
    let twice = load(&with(MAIN, "name = \"three-a-week\"", "name = \"once-a-day\"")).unwrap_err();
    assert!(twice[0].what.contains("two rules `once-a-day`") && twice.len() == 1);
    let origin =
        load(&with(MAIN, "source = \"house rule: nobody hears", "origin = \"house rule: nobody hears"))
            .unwrap_err();
    let whats: Vec<&str> = origin.iter().map(|p| p.what.as_str()).collect();
    assert_eq!(whats, ["`source` is missing", "there is no field `origin` here"]);
}

#[test]
fn ladders_are_checked() {
    check(
        r#"
        LADDER | tries = 3 | tries = 0 | tries = 0 | 0 is out of range | from 1 to 20
        LADDER | then_wait = "2d" | then_wait = "-2d" | -2d | -2d is too short | from "0s"
        LADDER | patience = "7d" | patience = "61d" | 61d | 61d is too long | to "60d"
        LADDER | outcome_within = "4h" | outcome_within = "0s" | outcome_within = "0s" | 0s is too short | from "1m"
        LADDER | retry_after = "2d" | retry_after = "0s" | [[scenario.step]] | tried again at once | an hour or more
        LADDER | cost = "0.10" | cost = "0,10" | 0,10 | no cost | "0.10"
        LADDER | cost = "0.10" | cost = 0.10 | cost = 0.10 | of type float | a text in quotes
        LADDER | begins_after_due = "5d" | begins_after_due = "15d" | 15d | tenant gemeinde-musterwil allows 14d | first_contact_within
        LADDER | begins_after_due = "5d" | begins_after_due = "-61d" | -61d | too short | "-60d"
        LADDER | cost = "0.05" | cost = "0.05"\nthen = "call" | then = "call" | in a circle: call -> sms -> email -> social -> call | "end"
        LADDER | cost = "0.05" | cost = "0.05"\nthen = "social" | then = "social" | in a circle: social -> social | "end"
        LADDER | cost = "0.05" | cost = "0.05"\nthen = "emial" | emial | no step `emial` | did you mean `email`?
        "#,
    );
    let overflow = load(&with(LADDER, "cost = \"0.10\"", "cost = \"0.10\"\noverflow = true")).unwrap_err();
    assert!(overflow[0].what.contains("only a call can overflow") && overflow.len() == 1);
}

#[test]
fn steps_have_names_of_their_own_and_press_no_less() {
    let twice = load(&with(LADDER, "name = \"email\"", "name = \"sms\"")).unwrap_err();
    assert!(twice.iter().any(|p| p.what == "there are two steps `sms`"), "{}", Report(&twice));
    let skipped = load(&with(LADDER, "cost = \"6.00\"", "cost = \"6.00\"\nthen = \"email\"")).unwrap_err();
    assert_eq!(skipped[0].what, "step `sms` is never reached");
    let files = with(LADDER, "cost = \"0.10\"", "cost = \"0.10\"\nintensity = 5");
    let softer = load(&files).unwrap_err();
    assert!(softer[0].what.starts_with("step `sms` (sms) presses less than `call` (call)"), "{}", softer[0]);
    assert!(softer[0].remedy.contains("call, sms, email, social, letter"));
    let on_purpose = load(&with(LADDER, "cost = \"6.00\"", "cost = \"6.00\"\nintensity = 15"));
    assert!(on_purpose.is_ok());
}

#[test]
fn a_ladder_has_at_most_64_steps() {
    let step = |i: usize| {
        format!(
            "\n[[scenario.step]]\nname = \"s{i}\"\nchannel = \"social\"\ntemplate = \"social-callback\"\nthen_wait = \"1d\"\n"
        )
    };
    let mut files = good();
    let ladder = String::from_utf8(files[LADDER].clone()).unwrap();
    let more: String = (0..60).map(step).collect();
    files.insert(LADDER.to_owned(), format!("{ladder}{more}").into_bytes());
    assert!(load(&files).is_ok());
    files.insert(LADDER.to_owned(), format!("{ladder}{more}{}", step(60)).into_bytes());
    let problems = load(&files).unwrap_err();
    assert!(problems.iter().any(|p| p.what == "the ladder has 65 steps"), "{}", Report(&problems));
    files.insert(
        LADDER.to_owned(),
        b"[[scenario]]\nid = \"standard\"\nbegins_after_due = \"1d\"\nstep = []\n".to_vec(),
    );
    let problems = load(&files).unwrap_err();
    assert!(problems.iter().any(|p| p.what == "the ladder has 0 steps"), "{}", Report(&problems));
}

#[test]
fn steps_go_in_the_order_that_then_names() {
    let mut files = with(LADDER, "cost = \"6.00\"", "cost = \"6.00\"\nthen = \"sms-2\"");
    let ladder = String::from_utf8(files[LADDER].clone()).unwrap();
    let last = "\n[[scenario.step]]\nname = \"sms-2\"\nchannel = \"sms\"\ntemplate = \"sms-callback\"\nthen_wait = \"1d\"\nthen = \"sms\"\n";
    let ladder = ladder.replace("cost = \"0.05\"", "cost = \"0.05\"\nthen = \"end\"");
    files.insert(LADDER.to_owned(), format!("{ladder}{last}").into_bytes());
    let rules = load(&files).unwrap_or_else(|problems| panic!("{}", Report(&problems))).rules;
    let scenario = rules.scenarios.values().next().unwrap();
    let steps: Vec<&str> = scenario.steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(steps, ["call", "sms-2", "sms", "email", "social"]);
}

#[test]
fn tenants_are_checked() {
    check(
        r#"
        MAIN | default_scenario = "standard" | default_scenario = "standart" | standart | no scenario `standart` | did you mean `standard`?
        MAIN | default_scenario = "standard" | default_scenario = "standard"\nscenarios = ["standrad"] | standrad | no scenario `standrad` | did you mean `standard`?
        MAIN | sms = "+41795550100"\n | ~~ | [tenant.sender] | no sender for it | ~add `sms = ~
        MAIN | mon-fri = "08:00-20:00", sat = "09:00-13:00" } | mon-fri = "09:00-12:00" } | mon-fri = "09:00-12:00" | wholly inside ordinary office hours | (R19)
        "#,
    );
    let without_creditor = String::from_utf8(good()[MAIN].clone()).unwrap();
    let (head, rest) = without_creditor.split_once("[tenant.creditors]").unwrap();
    let (_, tail) = rest.split_once("[tenant.policy]").unwrap();
    for (text, what) in [
        (format!("{head}[tenant.creditors]\n[tenant.policy]{tail}"), "the tenant acts for no creditor"),
        (format!("{head}[tenant.policy]{tail}"), "`creditors` is missing"),
    ] {
        let mut files = good();
        files.insert(MAIN.to_owned(), text.into_bytes());
        let problems = load(&files).unwrap_err();
        assert_eq!(problems.len(), 1, "{}", Report(&problems));
        assert_eq!(problems[0].what, what);
    }
}

#[test]
fn a_tenant_without_opt_out_wording_is_told_for_each_template() {
    let problems = load(&with(MAIN, "fr = \"Plus de SMS? Répondez STOP.\"\n", "")).unwrap_err();
    assert_eq!(problems.len(), 1, "{}", Report(&problems));
    assert_eq!(problems[0].file, "templates/shared/sms-callback.fr.txt");
    assert!(problems[0].what.contains("has no `opt_out` in fr for sms"), "{}", problems[0]);
    assert!(problems[0].remedy.contains("add it to the tenant, in fr"));
}

#[test]
fn templates_are_found_or_missed_by_name_and_language() {
    let mut files = good();
    files.remove(SMS);
    let problems = load(&files).unwrap_err();
    assert_eq!(problems.len(), 1, "{}", Report(&problems));
    assert!(problems[0].what.contains("`sms-callback` is not written in de, the default language"));
    assert!(problems[0].remedy.contains("add templates/shared/sms-callback.de.txt"));
    assert_eq!(
        (problems[0].file.as_str(), problems[0].path.as_str()),
        (LADDER, "scenario[0].step[1].template")
    );

    let problems =
        load(&with(LADDER, "template = \"sms-callback\"", "template = \"sms-calback\"")).unwrap_err();
    assert_eq!(problems.len(), 1, "{}", Report(&problems));
    assert!(problems[0].what.contains("no template `sms-calback` for tenant gemeinde-musterwil"));
    assert!(problems[0].remedy.contains("did you mean `sms-callback`?"));

    let wrong =
        load(&with(LADDER, "template = \"sms-callback\"", "template = \"email-callback\"")).unwrap_err();
    assert!(wrong[0].what.contains("`email-callback` is for email, the step for sms"), "{}", wrong[0]);
}

#[test]
fn templates_are_proved() {
    check(
        r#"
        SMS | tone: polite | tonne: polite | tonne | no entry `tonne` | did you mean `tone`?
        SMS | channel: sms | channel: smss | smss | no channel `smss` | did you mean `sms`?
        SMS | {{ callback_number }} | 044 555 01 00 | ~~ | `callback_number` is missing | {{ callback_number }}
        SMS | {{ opt_out }} | ~~ | ~~ | `opt_out` is missing | {{ opt_out }}
        SMS | {{ opt_out }} | {% if debtor_name %}{{ opt_out }}{% endif %} | ~~ | or from one of its branches | every reader
        SMS | {{ sender_name }} | Ihre Gemeinde | ~~ | `sender_name` is missing | {{ sender_name }}
        SMS | {{ sender_name }} | {{ sendername }} | sendername | no field `sendername` | the fields are
        SMS | Vielen Dank. | Es geht um Ihre Schulden. | Schulden | `*schuld*` | only asks for a conversation
        SMS | Vielen Dank. | Bitte 35.- mitnehmen. | 35.- | looks like an amount | only asks for a conversation
        SMS | Vielen Dank. | Das ist Ihre letzte Chance! | letzte Chance | list of threats | kindly
        CALL | Vielen Dank für das Gespräch. | Sie sind ein Betrüger. | Betrüger | list of threats | kindly
        CALL | 1. WER IST AM TELEFON? | 1. {{ amount }} | {{ amount }} | tells `amount` before it asks for the person | verify the person first
        MAIL | Bitte um Ihren Rückruf | Bitte um Ihren Rückruf, wir möchten sehr gern persönlich mit Ihnen sprechen | ~~ | the subject has | shorten
        MAIL | Bitte um Ihren Rückruf | Ihre Mahnung | Ihre Mahnung | `*mahn*` | only asks for a conversation
        MAIL | Bitte um Ihren Rückruf | {{ amount }} | {{ amount }} | shows `amount` | take it out
        SOCIAL | ~parameters: debtor_name, ~ | ~parameters: ~ | ~parameters: ~ | `debtor_name` is in the text, but no parameter | add it
        SOCIAL | ~parameters: ~ | ~parameters: postal_address, ~ | ~parameters: ~ | no field that can be a parameter | debtor_name
        SOCIAL | provider_template: callback_request\n | ~~ | parameters: | without a provider's template | provider_template
        "#,
    );
}

#[test]
fn a_level_above_the_channel_s_is_refused() {
    let problems = load(&with(SMS, "tone: polite", "disclosure: full")).unwrap_err();
    let problem = problems.iter().find(|p| p.what.contains("above what sms may ever show")).unwrap();
    assert_eq!((problem.file.as_str(), problem.line), (SMS, Some(4)));
    let as_parameter = load(&with(SOCIAL, "parameters: ", "parameters: amount, ")).unwrap_err();
    let problem = as_parameter.iter().find(|p| p.what.contains("shows `amount`")).unwrap();
    assert_eq!(problem.line, Some(line_of(&good(), SOCIAL, "parameters: ")));
}

#[test]
fn an_e_mail_is_short() {
    let long = format!("Vielen Dank {}und", "und nochmals Dank ".repeat(30));
    let problems = load(&with(MAIL, "Vielen Dank und", &long)).unwrap_err();
    assert!(problems[0].what.contains("words"), "{}", problems[0]);
    let sms = load(&with(SMS, "Vielen Dank.", &"Danke sehr. ".repeat(9))).unwrap_err();
    assert!(sms[0].what.contains("needs 3 parts, at most 2"), "{}", sms[0]);
    let wide = load(&with(SMS, "Vielen Dank.", "Vielen Dank – à bientôt.")).unwrap_err();
    assert!(wide[0].what.contains("outside the GSM alphabet"), "{}", wide[0]);
}

#[test]
fn files_that_are_no_part_of_it_are_named() {
    for (path, content, what) in [
        ("templates/shared/sms.txt", &b"channel: sms\n---\nx"[..], "the file's name has no language"),
        ("templates/shared/sms.DE.txt", b"channel: sms\n---\nx", "`DE` is no language"),
        ("templates/sms.de.txt", b"channel: sms\n---\nx", "belongs to no tenant"),
        ("templates/gemeinde/sms.de.txt", b"channel: sms\n---\nx\n", "there is no tenant `gemeinde`"),
        ("templates/shared/sms.de.txt", b"channel: sms\nno end", "the header does not end"),
        ("templates/shared/sms.de.txt", b"channel sms\n---\nx\n", "no entry of a header"),
        ("templates/shared/sms.de.txt", b"tone: kind\n---\nx\n", "`channel` is missing"),
        ("templates/shared/a/b/sms.de.txt", b"", "lies too deep"),
        ("notes.md", b"x", "no file of a rulebook"),
        ("extra.toml", b"x = 1", "there is no field `x` here"),
        ("extra.toml", b"# \xff", "not UTF-8"),
        ("extra.toml", b"a = \nb = 'x\n", "this is no TOML"),
    ] {
        let mut files = good();
        files.insert(path.to_owned(), content.to_vec());
        let problems = load(&files).unwrap_err();
        let found = problems
            .iter()
            .any(|p| p.what.contains(what) && path.starts_with(&p.file) && !p.remedy.is_empty());
        assert!(found, "{path}: {}", Report(&problems));
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let mut files = with(LADDER, "tries = 3", "tries = 0");
    files.insert("extra.toml".to_owned(), b"one = 1\ntwo = 2\n".to_vec());
    files.insert(SMS.to_owned(), b"channel: sms\n---\n{{ amount }} {{ nothing }}\n".to_vec());
    let problems = load(&files).unwrap_err();
    let places: Vec<_> = problems.iter().map(|p| (p.file.as_str(), p.line)).collect();
    for place in [
        ("extra.toml", Some(1)),
        ("extra.toml", Some(2)),
        (LADDER, Some(line_of(&files, LADDER, "tries = 0"))),
        (SMS, Some(3)),
    ] {
        assert!(places.contains(&place), "{place:?}\n{}", Report(&problems));
    }
    assert!(places.is_sorted());
}

#[test]
fn an_empty_or_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert!(load_dir(folder.path()).unwrap_err()[0].what.contains("there is no tenant"));
    let missing = load_dir(&folder.path().join("nothing")).unwrap_err();
    assert!(missing[0].what.contains("can't be read") && missing[0].remedy.contains("name a folder"));
    for bytes in [&b""[..], b"nonsense", b"mahnwerk rulebook sources 1\n"] {
        assert!(rulebook::compile_sources(bytes).unwrap_err()[0].what.contains("damaged"));
    }
}

#[test]
fn what_editors_leave_behind_is_passed_over() {
    let mut files = good();
    for path in [".hidden", "mahnwerk.toml~", "README.md", "templates/readme.txt"] {
        files.insert(path.to_owned(), b"x".to_vec());
    }
    let mut windows = good();
    let text = String::from_utf8(windows[SMS].clone()).unwrap().replace('\n', "\r\n");
    windows.insert(SMS.to_owned(), format!("\u{feff}{text}").into_bytes());
    assert!(load(&files).is_ok() && load(&windows).is_ok());
}
