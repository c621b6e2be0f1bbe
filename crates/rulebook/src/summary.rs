//! What a rulebook has in it, in a few lines for people.

use core::fmt;
use std::collections::BTreeSet;

use domain::inbound::{HoldLength, InboundRules, StopCovers};
use domain::label::TenantId;
use domain::rulebook::{Scenario, TenantRules};

use crate::compile::Compiled;
use crate::zones;

/// Prints what `rulebook check` answers when all is well.
pub struct Summary<'a>(pub &'a Compiled);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = &self.0.rules;
        write!(f, "rulebook  ")?;
        rules.hash.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        writeln!(f)?;
        writeln!(f, "zones     {} (tzdb {})", zones::compiled().count, zones::tzdb_version())?;
        for (tenant, tenant_rules) in &rules.tenants {
            self.tenant(f, tenant, tenant_rules)?;
        }
        Ok(())
    }
}

impl Summary<'_> {
    fn tenant(&self, f: &mut fmt::Formatter<'_>, tenant: &TenantId, rules: &TenantRules) -> fmt::Result {
        let languages: BTreeSet<_> = rules.templates.values().flat_map(|t| &t.languages).collect();
        let languages: Vec<&str> = languages.iter().map(|language| language.as_str()).collect();
        let texts: usize = rules.templates.values().map(|t| t.languages.len()).sum();
        writeln!(f, "\ntenant    {tenant}")?;
        writeln!(f, "  words     {texts} ({} templates in {})", rules.templates.len(), languages.join(", "))?;
        let policy = &rules.policy;
        writeln!(f, "  policy    {} windows, {} caps", policy.windows.len(), policy.caps.len())?;
        writeln!(f, "  inbound   {}", inbound(&rules.inbound))?;
        for (name, version) in &rules.current {
            let Some(scenario) = self.0.rules.scenario(name, *version) else { continue };
            let default = if *name == rules.default_scenario { " (default)" } else { "" };
            writeln!(f, "  scenario  {name}{default}: {}", ladder(scenario))?;
        }
        Ok(())
    }
}

/// What follows from a message in one line: `a stop covers the point; hold 7d after question, …`.
fn inbound(rules: &InboundRules) -> String {
    let covers = match rules.stop_covers {
        StopCovers::Point => "the contact point",
        StopCovers::Channel => "the channel",
        StopCovers::All => "all contact",
    };
    let mut by_length: Vec<(HoldLength, Vec<&str>)> = Vec::new();
    for (class, length) in &rules.holds {
        match by_length.iter_mut().find(|(known, _)| known == length) {
            Some((_, classes)) => classes.push(class.as_str()),
            None => by_length.push((*length, vec![class.as_str()])),
        }
    }
    let holds = by_length.iter().map(|(length, classes)| match length {
        HoldLength::For(span) => format!("hold {span} after {}", classes.join(", ")),
        HoldLength::UntilReleased => format!("hold until released after {}", classes.join(", ")),
    });
    let all: Vec<String> = [format!("a stop covers {covers}")].into_iter().chain(holds).collect();
    all.join("; ")
}

/// The ladder in one line: `due +3d: call x3, +2d sms`.
fn ladder(scenario: &Scenario) -> String {
    let mut out = format!(
        "due {}{}:",
        if scenario.begins_after_due.0 < 0 { "" } else { "+" },
        scenario.begins_after_due
    );
    let mut wait = None;
    for step in &scenario.steps {
        if let Some(wait) = wait {
            out.push_str(&format!(", then +{wait}"));
        }
        out.push_str(&format!(" {}", step.channel));
        if step.tries > 1 {
            out.push_str(&format!(" x{}", step.tries));
        }
        wait = Some(step.then_wait);
    }
    out
}
