//! The example rulebooks: what their messages say, to whom, in each language, and what the proof makes of changed ones.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use content::proof::Place;
use content::{ClaimFields, Field, Fields, Rule, TemplateSource, TemplatesBuilder};
use domain::calendar::CivilDate;
use domain::channel::{Channel, Disclosure};
use domain::inbound::{HoldLength, InboundClass, InboundRules, StopCovers};
use domain::label::{CreditorId, Language, TemplateId, TenantId};
use domain::money::{Currency, Minor};
use domain::time::Span;
use proptest::prelude::*;
use rulebook::{BUNDLED, Compiled, Report, Summary, bundled, bundled_files, compile_sources, load_dir};

/// What only a message above `Callback` may show of the person in [`person`].
const SECRETS: [&str; 7] =
    ["STEU-77-41", "Quellensteuer", "1'234", "1.234", "1,234", "Steueramt", "13.03.2031"];

fn compiled(name: &str) -> Compiled {
    compile_sources(&bundled(name).unwrap()).unwrap_or_else(|problems| panic!("{}", Report(&problems)))
}

fn language(text: &str) -> Language {
    Language::new(text).unwrap()
}

fn person(name: &str) -> Fields {
    let claim = |reference: &str| ClaimFields {
        creditor: CreditorId::new("steueramt").unwrap(),
        reference: reference.to_owned(),
        description: "Quellensteuer".to_owned(),
        owed: Minor(123_450),
        currency: Currency::new("CHF").unwrap(),
        due_on: CivilDate::new(2031, 3, 13).unwrap(),
    };
    Fields {
        debtor_name: name.to_owned(),
        claims: vec![claim("STEU-77-41"), claim("STEU-77-42")],
        dossier: vec!["2031-04-01 Anruf: nicht erreicht".to_owned(), "Zusage über\nCHF 100".to_owned()],
    }
}

#[test]
fn every_message_of_the_examples_says_who_writes_and_keeps_to_its_level() {
    for name in BUNDLED {
        let book = compiled(name);
        for source in book.templates.sources() {
            let identity = book.tenants.get(&source.tenant).unwrap();
            let place = format!("{name} {} {}", source.template, source.language);
            let message = book
                .templates
                .render(&source.tenant, &source.template, source.language, &person("Anna Muster"))
                .unwrap_or_else(|refused| panic!("{place}: {refused}"));
            assert_eq!(message.sender, identity.sender[&source.channel], "{place}");
            assert_eq!(Some(message.sender_name.as_str()), identity.display_name.get(source.language));
            assert_eq!(message.language, source.language.as_str());
            for needed in [message.sender_name.as_str(), "Anna Muster", &identity.callback_number] {
                assert!(message.body.contains(needed), "{place} lacks {needed}");
            }
            let all = format!("{} {} {}", message.subject, message.body, message.parameters.join(" "));
            let shown = SECRETS.iter().any(|secret| all.contains(secret));
            assert_eq!(shown, source.disclosure == Disclosure::Full, "{place}");
            assert_eq!(message.dossier.len(), if source.channel == Channel::Call { 2 } else { 0 }, "{place}");
            assert_eq!(message.subject.is_empty(), source.channel != Channel::Email, "{place}");
            assert_eq!(message.provider_template.is_empty(), source.channel != Channel::Social, "{place}");
            assert!(!message.body.contains("{{") && !message.body.contains("{%"), "{place}");
        }
    }
}

#[test]
fn the_german_text_message_reads_so() {
    let message = render("sms-callback", "de", &person("Anna Muster")).unwrap();
    let expected = "Guten Tag Anna Muster. Hier schreibt Gemeinde Musterwil. Wir möchten gern persönlich mit Ihnen \
                    sprechen. Bitte rufen Sie uns an: +41 44 555 01 00, Mo-Fr 8-20 Uhr, Sa 9-13 Uhr. Vielen Dank. \
                    Keine SMS mehr? Antworten Sie STOPP.";
    assert_eq!(message.body, expected);
    assert_eq!(content::segments::count(&message.body), 2);
    let nameless = render("sms-callback", "de", &person("")).unwrap();
    assert!(nameless.body.starts_with("Guten Tag. Hier schreibt"));
}

#[test]
fn the_italian_script_lists_what_is_owed_in_the_italian_way() {
    let message = render("call", "it", &person("Anna Muster")).unwrap();
    assert!(message.body.contains("Ufficio delle imposte di Musterwil, numero STEU-77-41: Quellensteuer"));
    assert!(message.body.contains("Restano CHF 1'234.50, con scadenza il 13/03/2031"));
    assert!(message.body.contains("\n- Ufficio delle imposte di Musterwil, numero STEU-77-42: CHF 1'234.50"));
    assert!(message.body.contains("\nAllo sportello dell'amministrazione delle finanze"));
    assert_eq!(message.dossier[1], "Zusage über CHF 100", "a line stays a line");
}

#[test]
fn the_whatsapp_message_carries_its_parameters_in_order() {
    let message = render("social-callback", "fr", &person("Anna Muster")).unwrap();
    assert_eq!(message.provider_template, "callback_request");
    let expected = ["Anna Muster", "Commune de Musterwil", "+41 44 555 01 00", "lu-ve 8h-20h, sa 9h-13h"]
        .map(str::to_owned);
    assert_eq!(message.parameters, expected);
}

fn render(
    template: &str,
    spoken: &str,
    fields: &Fields,
) -> Result<contract::personal::Message, content::RenderRefused> {
    static BOOK: LazyLock<Compiled> = LazyLock::new(|| compiled("municipality"));
    let book = &*BOOK;
    let tenant = TenantId::new("gemeinde-musterwil").unwrap();
    book.templates.render(&tenant, &TemplateId::new(template).unwrap(), language(spoken), fields)
}

#[test]
fn what_can_t_be_rendered_is_refused_by_name_and_without_a_personal_value() {
    let long = "Geheim ".repeat(80);
    for (template, spoken, name, rule) in [
        ("nothing", "de", "Geheim", "content.unknown_template"),
        ("call", "es", "Geheim", "content.unknown_language"),
        ("call", "de", "", "content.missing_value"),
        ("social-callback", "de", "\u{200b}", "content.missing_value"),
        ("sms-callback", "de", "Geheim CHF 35", "content.amount"),
        ("sms-callback", "de", "Geheim CH93 0076 2011 6238 5295 7", "content.iban"),
        ("email-callback", "en", "Geheim https://x.example", "content.link"),
        ("email-callback", "en", "Geheim WWW.x.example", "content.link"),
        ("sms-callback", "fr", &long, "content.too_long"),
        ("sms-callback", "de", &long[..420], "content.too_long"),
    ] {
        let refused = render(template, spoken, &person(name)).unwrap_err();
        assert_eq!(refused.rule.as_str(), rule, "{template} {spoken}: {}", refused.detail);
        assert!(!refused.to_string().contains("Geheim"), "{}", refused.detail);
    }
}

#[test]
fn a_person_may_be_called_anything() {
    for name in
        ["Anna Schuldt", "Inkasso Muster GmbH", "Dumm", "Mahn", "O'Brien", "José Peña", "Zoë 李", "3M AG"]
    {
        for template in ["sms-callback", "email-callback", "social-callback", "call"] {
            assert!(render(template, "de", &person(name)).is_ok(), "{template} {name}");
        }
    }
}

#[test]
fn a_name_can_break_neither_a_subject_nor_a_line() {
    let message = render("email-callback", "de", &person("Anna\r\nBcc: x@y\n\nMuster")).unwrap();
    assert!(message.body.starts_with("Guten Tag Anna Bcc: x@y Muster\n"));
    assert!(!message.subject.contains(['\r', '\n']));
}

/// A shown field, in each way in which the language can reach it.
fn ways(field: Field) -> Vec<String> {
    let name = field.as_str();
    match field.shape() {
        content::fields::Shape::Text => vec![
            format!("{{{{ {name} }}}}"),
            format!("{{{{ {name}|upper }}}}"),
            format!("{{{{- {name}|lower|capitalize -}}}}"),
            format!("{{% if {name} %}}.{{% endif %}}"),
            format!("{{% if not {name} %}}{{{{ {name} }}}}{{% endif %}}"),
            format!("{{% if debtor_name %}}{{% else %}}{{{{ {name} }}}}{{% endif %}}"),
        ],
        content::fields::Shape::Lines => vec![
            format!("{{{{ {name}|lines }}}}"),
            format!("{{{{ {name}|inline|upper }}}}"),
            format!("{{% for entry in {name} %}}{{{{ entry|lower }}}}{{% endfor %}}"),
            format!("{{% for entry in {name} %}}.{{% endfor %}}"),
        ],
        content::fields::Shape::Claims => content::fields::CLAIM_PARTS
            .iter()
            .map(|part| format!("{{% for c in {name} %}}{{{{ c.{part} }}}}{{% endfor %}}"))
            .collect(),
    }
}

/// The files of an example as a map, to be changed.
fn files(name: &str) -> BTreeMap<String, String> {
    bundled_files(name).unwrap().iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect()
}

fn load(files: &BTreeMap<String, String>) -> Result<Compiled, Vec<rulebook::Problem>> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    load_dir(folder.path())
}

#[test]
fn no_template_takes_a_field_above_its_level_in_any_way() {
    let mut tried = 0;
    for name in BUNDLED {
        let book = compiled(name);
        for source in book.templates.sources().filter(|s| s.channel.ceiling() == Disclosure::Callback) {
            for field in Field::ALL.iter().filter(|field| field.level() > source.disclosure) {
                for way in ways(*field) {
                    let line = source.body.lines().count() + 1;
                    let changed =
                        TemplateSource { body: format!("{}{way}\n", source.body), ..source.clone() };
                    let faults = TemplatesBuilder::new(book.tenants.clone()).add(changed).unwrap_err();
                    let fault = faults.iter().find(|f| f.rule == Rule::Disclosure).unwrap();
                    assert!(fault.what.contains(&format!("`{}`", field.as_str())), "{way}: {}", fault.what);
                    let placed = fault.place == Place::Body(line) || fault.what.contains("asks for");
                    assert!(placed, "{} {way}: {fault:?}", source.template);
                    tried += 1;
                }
            }
        }
    }
    // 15 restricted templates; of the debt 6 texts in 6 ways each, a list in 4, the claims' 6 parts.
    assert_eq!(tried, 15 * (6 * 6 + 4 + 6));
}

#[test]
fn every_field_within_the_level_may_be_shown() {
    let book = compiled("municipality");
    for source in book.templates.sources().filter(|s| s.channel != Channel::Sms) {
        let own = |field: &&Field| source.channel != Channel::Call || **field != Field::OptOut;
        for field in Field::ALL.iter().filter(|field| field.level() <= source.disclosure).filter(own) {
            let way = ways(*field).swap_remove(0);
            let changed = TemplateSource { body: format!("{}{way}\n", source.body), ..source.clone() };
            let result = TemplatesBuilder::new(book.tenants.clone()).add(changed);
            assert!(result.is_ok(), "{} {way}: {result:?}", source.template);
        }
    }
}

#[test]
fn the_hash_is_the_sources_and_the_version_the_scenario_s() {
    let whole = compiled("municipality");
    let again = compile_sources(&whole.sources).unwrap();
    assert_eq!(again.rules, whole.rules);
    let changed = |path: &str, from: &str, to: &str| {
        let mut files = files("municipality");
        let text = files.get_mut(path).unwrap();
        assert!(text.contains(from));
        *text = text.replacen(from, to, 1);
        load(&files).unwrap_or_else(|problems| panic!("{}", Report(&problems))).rules
    };
    let versions = |rules: &domain::rulebook::Rulebook| rules.scenarios.keys().cloned().collect::<Vec<_>>();
    let comment = changed("scenarios.toml", "# The ladder", "# A ladder");
    assert!(comment.hash != whole.rules.hash && versions(&comment) == versions(&whole.rules));
    let wait = changed("scenarios.toml", "then_wait = \"4d\"", "then_wait = \"3d\"");
    assert!(wait.hash != whole.rules.hash && versions(&wait) != versions(&whole.rules));
    let reply = changed("mahnwerk.toml", "FUNKSTILLE", "RUHE JETZT");
    assert!(reply.hash != whole.rules.hash && versions(&reply) == versions(&whole.rules));
    let word = changed("templates/shared/sms-callback.de.txt", "Vielen Dank", "Danke");
    assert!(word.hash != whole.rules.hash && versions(&word) == versions(&whole.rules));
}

#[test]
fn replies_are_put_into_classes_by_the_tenant_s_own_words_too() {
    let town = TenantId::new("gemeinde-musterwil").unwrap();
    let book = compiled("municipality");
    for (text, class) in [
        ("STOPP", InboundClass::Stop),
        ("Funkstille bitte", InboundClass::Stop),
        ("Ich beziehe Zusatzleistungen", InboundClass::Hardship),
        ("ho già pagato", InboundClass::PaymentClaimed),
        ("ok", InboundClass::Unclear),
    ] {
        assert_eq!(book.classify(&town, text), Some(class), "{text}");
    }
    assert_eq!(book.explain(&town, "Funkstille").unwrap().phrase, Some("FUNKSTILLE"));
    assert_eq!(book.classify(&TenantId::new("nobody").unwrap(), "STOPP"), None);
    assert_eq!(
        compiled("fines").classify(&TenantId::new("comune").unwrap(), "Funkstille bitte"),
        Some(InboundClass::Unclear)
    );
}

#[test]
fn what_the_section_leaves_out_takes_the_strict_default() {
    let rules = |text: &str| {
        let mut files = files("fines");
        let main = files.get_mut("mahnwerk.toml").unwrap();
        let (head, rest) = main.split_once("[tenant.inbound]").unwrap();
        let (_, tail) = rest.split_once("[tenant.policy]").unwrap();
        *main = format!("{head}{text}\n[tenant.policy]{tail}");
        let book = load(&files).unwrap_or_else(|problems| panic!("{}", Report(&problems)));
        book.rules.tenants.into_values().next().unwrap().inbound
    };
    let strict = InboundRules::strict();
    assert_eq!(rules(""), strict);
    assert_eq!(rules("[tenant.inbound]"), strict);
    let all = rules(
        "[tenant.inbound]\nstop_covers = \"all\"\nhold = { dispute = \"30d\", unclear = \"until_released\" }",
    );
    assert_eq!(all.stop_covers, StopCovers::All);
    assert_eq!(all.hold(InboundClass::Dispute), HoldLength::For(Span::days(30)));
    assert_eq!(all.hold(InboundClass::Unclear), HoldLength::UntilReleased);
    assert_eq!(all.hold(InboundClass::Question), strict.hold(InboundClass::Question));
}

#[test]
fn the_summary_says_what_is_in_it() {
    let book = compiled("fines");
    let summary = Summary(&book).to_string();
    for line in [
        "tenant    comune",
        "  words     4 (4 templates in it)",
        "  inbound   a stop covers all contact; hold 7d after question, promise, unclear; hold until released after \
         dispute, hardship, abuse; hold 10d after payment_claimed",
        "  scenario  fines (default): due +3d: call x2, then +2d sms, then +4d email, then +5d social",
    ] {
        assert!(summary.lines().any(|l| l == line), "{summary}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the names, references and amounts: a restricted message never shows a value above its level.
    #[test]
    fn rendering_never_shows_what_lies_above_the_level(
        name in "\\PC{0,40}",
        reference in "[A-Z]{3}-[0-9]{6}",
        reason in "[A-Za-zäöü]{12,40}",
        owed in 100_000_i64..=9_999_999,
        others in 0_usize..60,
    ) {
        static BOOK: LazyLock<Compiled> = LazyLock::new(|| compiled("municipality"));
        let claim = ClaimFields {
            creditor: CreditorId::new("steueramt").unwrap(),
            reference: reference.clone(),
            description: reason.clone(),
            owed: Minor(owed),
            currency: Currency::new("CHF").unwrap(),
            due_on: CivilDate::new(2031, 3, 13).unwrap(),
        };
        let fields = Fields { debtor_name: name, claims: vec![claim; others + 1], dossier: vec![reason.clone()] };
        {
            for source in BOOK.templates.sources().filter(|s| s.disclosure == Disclosure::Callback) {
                let result = BOOK.templates.render(&source.tenant, &source.template, source.language, &fields);
                let Ok(message) = result else { continue };
                let all = format!("{} {} {}", message.subject, message.body, message.parameters.join(" "));
                let amount = content::format::amount(Minor(owed), Currency::new("CHF").unwrap(), source.language);
                for secret in [&reference, &reason, &amount, "2031", "CHF", "Steueramt"] {
                    assert!(!all.contains(secret) || fields.debtor_name.contains(secret));
                }
                assert!(message.dossier.is_empty());
            }
        }
    }

    /// Rendering neither panics nor leaks through its refusals.
    #[test]
    fn a_refusal_never_quotes_what_it_was_given(name in "Zq[0-9a-z:/.' ]{0,60}", language_at in 0_usize..4) {
        let spoken = ["de", "fr", "it", "en"][language_at];
        if let Err(refused) = render("sms-callback", spoken, &person(&name)) {
            assert!(!refused.to_string().contains("Zq"));
        }
    }
}

#[test]
fn the_guide_names_every_field_filter_and_header() {
    let guide = include_str!("../../../rulebook/README.md");
    let fields = Field::ALL.iter().map(|field| field.as_str());
    let filters = content::dialect::FILTERS.iter().map(|(name, _)| *name);
    let headers = ["channel", "tone", "disclosure", "subject", "provider_template", "parameters"];
    for name in fields.chain(filters).chain(headers) {
        assert!(guide.contains(&format!("`{name}`")), "{name}");
    }
}
