//! Bad `[tenant.inbound]` sections.

use rulebook::Report;

use crate::bench::{MAIN, check, load, with};

#[test]
fn what_follows_from_a_message_is_checked() {
    check(
        r#"
        MAIN | stop_covers = "point" | stop_covers = "pont" | stop_covers = "pont" | can't cover `pont` | did you mean `point`?
        MAIN | stop_covers = "point" | stop_covers = "everything" | everything | can't cover `everything` | point, channel, all
        MAIN | stop_covers = "point" | stop_cover = "point" | stop_cover = | no field `stop_cover` | did you mean `stop_covers`?
        MAIN | hold = { question = "7d" | hold = { question = "0d" | question = "0d" | 0s is too short | from "1d" to "366d"
        MAIN | hold = { question = "7d" | hold = { question = "23h" | question = "23h" | 23h is too short | or "until_released"
        MAIN | hold = { question = "7d" | hold = { question = "367d" | question = "367d" | 367d is too long | or "until_released"
        MAIN | hold = { question = "7d" | hold = { question = "always" | question = "always" | no span | or "until_released"
        MAIN | hold = { question = "7d" | hold = { question = 7 | question = 7 | of type integer | a text in quotes
        MAIN | hold = { question = "7d" | hold = { qestion = "7d" | qestion = "7d" | no class `qestion` | did you mean `question`?
        MAIN | hold = { question = "7d" | hold = { stop = "7d" | stop = "7d" | `stop` can't stand here | closes the contact point
        MAIN | hold = { question = "7d" | hold = { wrong_person = "7d" | wrong_person = "7d" | `wrong_person` can't stand here | closes the contact point
        MAIN | ["FUNKSTILLE"] | ["KEINE *"] | KEINE * | has a sign in it | KEINE POST
        MAIN | ["FUNKSTILLE"] | [""] | stop_words | empty or too long | 1 to 120
        MAIN | ["FUNKSTILLE"] | "FUNKSTILLE" | stop_words | of type string | a list in brackets
        MAIN | ["zusatzleistung*" | ["*" | ["*" | no word at its beginning | begin with a word
        MAIN | ["zusatzleistung*" | ["! stop" | ["! stop" | a sign that means nothing here | use words
        MAIN | ["zusatzleistung*" | ["a" | ["a" | nearly every message | two letters or more
        MAIN | hardship = ["zusatz | unclear = ["zusatz | unclear = [ | `unclear` can't stand here | no phrase meets
        MAIN | hardship = ["zusatz | hardshp = ["zusatz | hardshp = [ | no class `hardshp` | did you mean `hardship`?
        "#,
    );
    let many: Vec<String> = (0..=200).map(|number| format!("\"wort{number}\"")).collect();
    let problems = load(&with(MAIN, "[\"FUNKSTILLE\"]", &format!("[{}]", many.join(", ")))).unwrap_err();
    assert!(problems[0].what.contains("too many phrases"), "{}", Report(&problems));
}
