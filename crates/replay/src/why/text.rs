//! The explanation as text for a terminal: at most 100 columns, what happened first, what comes next last.

use super::{ClaimStanding, Moment, MomentKind, Next, Rule, Standing, Why};

const WIDTH: usize = 100;

/// Writes it.
pub(super) fn write(why: &Why) -> String {
    let mut page = Page::default();
    page.line(0, &format!("Debtor {} of tenant {}, as of {}", why.debtor, why.tenant, why.at));
    page.heading("What happened");
    if why.left_out > 0 {
        page.line(2, &format!("({} earlier events are left out)", why.left_out));
    }
    why.timeline.iter().for_each(|moment| page.moment(moment));
    page.heading("Where it stands");
    page.standing(&why.standing);
    page.heading("What comes next");
    page.next(&why.next);
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn heading(&mut self, text: &str) {
        self.0.push('\n');
        self.line(0, text);
        self.line(0, &"-".repeat(text.chars().count()));
    }

    /// A paragraph, broken between words, each further line two columns deeper.
    fn line(&mut self, indent: usize, text: &str) {
        let mut width = indent;
        self.0.push_str(&" ".repeat(indent));
        for (index, word) in text.split_whitespace().enumerate() {
            let length = word.chars().count();
            if index > 0 && width + 1 + length > WIDTH {
                self.0.push('\n');
                self.0.push_str(&" ".repeat(indent + 2));
                width = indent + 2;
            } else if index > 0 {
                self.0.push(' ');
                width += 1;
            }
            self.0.push_str(word);
            width += length;
        }
        self.0.push('\n');
    }

    fn moment(&mut self, moment: &Moment) {
        let mark = match moment.kind {
            MomentKind::Fact => "fact",
            MomentKind::Decision => "decision",
            MomentKind::Contact => "CONTACT",
            MomentKind::NonContact => "NO CONTACT",
            MomentKind::Outcome => "outcome",
        };
        let happened = moment.occurred_at.as_ref().map(|at| format!(", happened {at}")).unwrap_or_default();
        let cause = &moment.cause;
        self.0.push('\n');
        self.line(
            2,
            &format!("{mark} {} (position {}, answers {cause}{happened})", moment.at, moment.position),
        );
        self.line(6, &moment.what);
        if !moment.local.is_empty() {
            self.line(6, &format!("local time: {}", moment.local.join("; ")));
        }
        self.rules(6, &moment.rules);
        self.listed(6, "relied on", &moment.relied_on);
        self.listed(6, change(moment.kind), &moment.would_change);
        if let Some(at) = &moment.next_admissible {
            self.line(6, &format!("contact admissible from: {at}"));
        }
    }

    fn rules(&mut self, indent: usize, rules: &[Rule]) {
        // Those that are always weighed and were open go on one line; all others have their source beside them.
        let (quiet, told): (Vec<&Rule>, Vec<&Rule>) =
            rules.iter().partition(|rule| rule.built_in && rule.open);
        if !quiet.is_empty() {
            let names: Vec<&str> = quiet.iter().map(|rule| rule.name.as_str()).collect();
            self.line(indent, &format!("built-in rules, all open: {}", names.join(", ")));
        }
        for rule in told {
            let turns = match (rule.open, &rule.turns_at) {
                (true, Some(at)) => format!("open until {at}"),
                (true, None) => "open".to_owned(),
                (false, Some(at)) => format!("CLOSED until {at}"),
                (false, None) => "CLOSED until a fact changes it".to_owned(),
            };
            self.line(indent, &format!("rule {}: {turns} [{}]", rule.name, rule.source));
        }
    }

    fn listed(&mut self, indent: usize, name: &str, entries: &[String]) {
        entries.iter().for_each(|entry| self.line(indent, &format!("{name}: {entry}")));
    }

    fn standing(&mut self, standing: &Standing) {
        self.line(2, &format!("debtor: {}", standing.profile));
        standing.claims.iter().for_each(|claim| self.claim(claim));
        self.listed(2, "contact point", &standing.points);
        self.listed(2, "said", &standing.preferences);
        self.listed(2, "paused", &standing.pauses);
        self.listed(2, "hold", &standing.holds);
        self.listed(2, "promise", &standing.promises);
        self.listed(2, "contacts", &standing.contacts);
        if let Some(open) = &standing.open_attempt {
            self.line(2, &format!("open: {open}"));
        }
        self.listed(2, "task", &standing.tasks);
    }

    fn claim(&mut self, claim: &ClaimStanding) {
        let short: String = claim.claim.chars().take(8).collect();
        let creditor = &claim.creditor;
        self.line(2, &format!("claim {short} of {creditor}: {}, due {}", claim.state, claim.due_at));
        let level = claim.level.as_deref().unwrap_or("no step yet");
        let next = claim.next_step.as_deref().unwrap_or("none");
        let from = claim.goes_on_at.as_ref().map(|at| format!(" from {at}")).unwrap_or_default();
        self.line(4, &format!("last taken: {level}; next: {next}{from}"));
        self.listed(4, "in the way", &claim.blocked_by);
    }

    fn next(&mut self, next: &Next) {
        self.line(2, &next.what);
        self.rules(2, &next.rules);
        self.listed(2, "would change it", &next.would_change);
        if let Some(at) = &next.next_admissible {
            self.line(2, &format!("contact admissible from: {at}"));
        }
        let due = next.due_at.as_deref().unwrap_or("only when a fact comes");
        self.line(2, &format!("looked at again: {due}"));
    }
}

const fn change(kind: MomentKind) -> &'static str {
    match kind {
        MomentKind::Contact | MomentKind::Decision => "would have stopped it",
        MomentKind::NonContact => "would have changed it",
        MomentKind::Fact | MomentKind::Outcome => "would change it",
    }
}
