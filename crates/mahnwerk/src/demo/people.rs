//! Made-up people: who they are, how they are reached, what they owe, and how they take it.

use domain::time::{Span, Timestamp};

use crate::demo::draw::Draw;

/// How somebody takes being reminded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Temper {
    /// Pays on the due date without a word.
    Prompt,
    /// Had forgotten: pays soon after the first message that arrives.
    Forgetful,
    /// Promises on the phone, and mostly keeps it.
    Promiser,
    /// Pays a part, and the rest after another contact.
    Stretched,
    /// Says that it is not owed.
    Disputer,
    /// Wants no messages.
    Private,
    /// Is ill or has lost somebody.
    Struck,
    /// Never answers.
    Silent,
}

/// One claim of a person's.
pub(super) struct Debt {
    pub(super) reference: String,
    pub(super) amount_minor: i64,
    pub(super) registered_at: Timestamp,
    pub(super) due_at: Timestamp,
    pub(super) description: &'static str,
}

/// A person.
pub(super) struct Person {
    pub(super) reference: String,
    pub(super) name: String,
    pub(super) language: &'static str,
    pub(super) zones: &'static [&'static str],
    pub(super) phone: Option<String>,
    pub(super) email: Option<String>,
    pub(super) messenger: Option<String>,
    pub(super) temper: Temper,
    pub(super) debts: Vec<Debt>,
}

const FIRST: [&str; 24] = [
    "Anna", "Luca", "Mia", "Noah", "Elena", "Jonas", "Sofia", "Leon", "Lara", "David", "Nina", "Marco",
    "Julia", "Simon", "Emma", "Paul", "Chiara", "Tim", "Léa", "Hugo", "Amélie", "Matteo", "Giulia", "Beat",
];
const LAST: [&str; 24] = [
    "Müller",
    "Meier",
    "Schmid",
    "Keller",
    "Weber",
    "Huber",
    "Frei",
    "Brunner",
    "Baumann",
    "Gerber",
    "Rossi",
    "Bernasconi",
    "Favre",
    "Rochat",
    "Perret",
    "Bianchi",
    "Steiner",
    "Graf",
    "Roth",
    "Widmer",
    "Moser",
    "Zürcher",
    "Jaquet",
    "Monnier",
];
const REASONS: [&str; 5] =
    ["Feuerwehrersatzabgabe", "Kehrichtgebühr", "Parkbusse", "Hundesteuer", "Musikschule, 1. Semester"];

/// Makes so many people, whose claims fall due within the first days after `start`.
pub(super) fn people(seed: u64, count: u32, start: Timestamp) -> Vec<Person> {
    (1..=count).map(|number| person(seed, number, start)).collect()
}

fn person(seed: u64, number: u32, start: Timestamp) -> Person {
    let mut draw = Draw::new(seed, u64::from(number));
    let first = draw.pick(&FIRST).copied().unwrap_or_default();
    let last = draw.pick(&LAST).copied().unwrap_or_default();
    let language = draw.pick(&["de", "de", "de", "fr", "it", "en"]).copied().unwrap_or("de");
    // A few may be abroad: they are contacted only when it is a decent hour in both places.
    let zones: &[&str] =
        if draw.percent(5) { &["Europe/Zurich", "America/New_York"] } else { &["Europe/Zurich"] };
    let known_zone = !draw.percent(1);
    let phone = draw.percent(88).then(|| format!("+4179{number:07}"));
    let messenger = phone.clone().filter(|_| draw.percent(40));
    Person {
        reference: format!("D-{number:05}"),
        name: format!("{first} {last}"),
        language,
        zones: if known_zone { zones } else { &[] },
        email: draw.percent(78).then(|| format!("person{number}@town.example")),
        phone,
        messenger,
        temper: temper(&mut draw),
        debts: debts(&mut draw, number, start),
    }
}

fn temper(draw: &mut Draw) -> Temper {
    match draw.between(1, 100) {
        1..=14 => Temper::Prompt,
        15..=40 => Temper::Forgetful,
        41..=55 => Temper::Promiser,
        56..=66 => Temper::Stretched,
        67..=72 => Temper::Disputer,
        73..=78 => Temper::Private,
        79..=82 => Temper::Struck,
        _ => Temper::Silent,
    }
}

/// One to three claims, one and a half on average.
fn debts(draw: &mut Draw, number: u32, start: Timestamp) -> Vec<Debt> {
    let count = match draw.between(1, 100) {
        1..=62 => 1,
        63..=88 => 2,
        _ => 3,
    };
    (1..=count).map(|index| debt(draw, number, index, start)).collect()
}

fn debt(draw: &mut Draw, number: u32, index: u32, start: Timestamp) -> Debt {
    let registered_at =
        start.plus(Span::days(draw.between(0, 20))).plus(Span::minutes(draw.between(0, 1_000)));
    Debt {
        reference: format!("C-{number:05}-{index}"),
        amount_minor: draw.between(800, 18_000) * 5,
        registered_at,
        due_at: registered_at.plus(Span::days(draw.between(3, 20))),
        description: draw.pick(&REASONS).copied().unwrap_or_default(),
    }
}
