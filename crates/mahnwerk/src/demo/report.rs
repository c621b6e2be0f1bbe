//! What the demo prints at its end.

use std::collections::BTreeMap;

use anyhow::Result;
use domain::money::{Currency, Minor};
use domain::time::Timestamp;
use event_log::store::EventLog;

use crate::cli::DemoArgs;
use crate::demo::stage::Stage;
use crate::demo::summary::{Summary, standing_of};
use crate::house::House;
use crate::why;

/// How many moments each answer to "why" shows; the command itself shows all.
const MOMENTS: usize = 3;

/// Prints the summary, three answers to "why", and what to try next.
pub(super) async fn print(house: &House, stage: &Stage, args: &DemoArgs, until: Timestamp) -> Result<()> {
    let summary = Summary::read(house.log.as_ref() as &dyn EventLog).await?;
    let claims: usize = stage.people().iter().map(|person| person.debts.len()).sum();
    let currency = Currency::new("CHF");
    let money = |amount: Minor| currency.map_or_else(String::new, |c| format!("CHF {}", c.write(amount)));
    say!("{} debtors, {claims} claims, {} days, {} events\n", args.debtors, args.days, summary.events);
    table("Contacts", &summary.contacts);
    table("What became of them", &summary.outcomes);
    table("Not contacted, and why", &summary.not_contacted);
    table("Facts taken in", &summary.facts);
    let mut standing: BTreeMap<&'static str, u64> = BTreeMap::new();
    for person in stage.people() {
        let debtor = why::state_of(house, &person.reference, until).await?;
        standing_of(&debtor).for_each(|word| *standing.entry(word).or_default() += 1);
    }
    table("Claims at the end", &standing);
    say!("Money\n  {:<44}{:>16}", "registered", money(summary.registered));
    say!("  {:<44}{:>16}", "paid", money(summary.paid));
    say!("  {:<44}{:>16}\n", "cost of contacts", money(Minor(summary.cost_micros / 10_000)));
    for reference in examples(house, stage, until).await? {
        say!("--- mahnwerk debtor why {reference} --dir {} ---\n", args.dir.display());
        say!("{}", why::last_moments(house, &reference, until, MOMENTS).await?);
    }
    next_steps(args);
    Ok(())
}

fn table<K: AsRef<str>>(title: &str, rows: &BTreeMap<K, u64>) {
    say!("{title}");
    for (name, count) in rows {
        say!("  {:<52}{count:>8}", name.as_ref());
    }
    say!("");
}

/// One who was contacted and paid, one who rests, and one who was never contacted.
async fn examples(house: &House, stage: &Stage, until: Timestamp) -> Result<Vec<String>> {
    let (mut paid, mut rests, mut never) = (None, None, None);
    for person in stage.people() {
        let debtor = why::state_of(house, &person.reference, until).await?;
        let contacted = debtor.attempts.iter().any(|attempt| attempt.counted_at().is_some());
        let settled = debtor.claims.iter().all(|claim| claim.settled);
        let slot = match (contacted, settled) {
            (true, true) => &mut paid,
            (true, false) if !debtor.holds.is_empty() => &mut rests,
            (false, false) => &mut never,
            (true, false) | (false, true) => continue,
        };
        slot.get_or_insert_with(|| person.reference.clone());
    }
    Ok([paid, rests, never].into_iter().flatten().collect())
}

fn next_steps(args: &DemoArgs) {
    let dir = args.dir.display();
    say!("What to try next");
    say!("  ls {dir}/outbox                               the very messages, as .eml and .json");
    say!("  mahnwerk debtor show D-00001 --dir {dir}      one debtor, names and words in clear");
    say!("  mahnwerk debtor why D-00002 --dir {dir}       why contacted, and why not");
    say!("  mahnwerk events tail --dir {dir}              the log");
    say!("  mahnwerk replay --check --dir {dir}           decide it all again, and compare");
    say!("  mahnwerk verify --dir {dir}                   hash chain, links and snapshots");
    say!("  mahnwerk rulebook check {dir}/rulebook        the rules and words that it went by");
}
