//! What must hold of a rulebook as a whole.

pub(crate) mod callback;
mod ladder;
mod tenant;
pub(crate) use tenant::scenarios_of;
mod windows;

use crate::draft::{Draft, Scope};
use crate::problem::{Problem, Sink};
use crate::read::report_twice;
use crate::suggest;

/// Most tenants and most scenarios.
const MAX_TENANTS: usize = 256;
const MAX_SCENARIOS: usize = 256;

/// Checks the draft, and puts each ladder's steps in the order in which they are walked.
pub(crate) fn check(draft: &mut Draft, sink: &Sink) {
    if draft.tenants.is_empty() && sink.is_empty() {
        sink.add(Problem::of_file(
            "",
            "there is no tenant",
            "add a [[tenant]] to a file such as mahnwerk.toml",
        ));
    }
    if draft.tenants.len() > MAX_TENANTS || draft.scenarios.len() > MAX_SCENARIOS {
        let remedy = format!("keep to {MAX_TENANTS} tenants and {MAX_SCENARIOS} scenarios");
        sink.add(Problem::of_file("", "there are too many tenants or scenarios", remedy));
    }
    report_twice(draft.tenants.iter().map(|t| (t.tenant.name.to_string(), &t.tenant.at)), "tenant", sink);
    report_twice(
        draft.scenarios.iter().map(|s| (s.scenario.name.to_string(), &s.scenario.at)),
        "scenario",
        sink,
    );
    for scenario in &mut draft.scenarios {
        ladder::check(scenario, sink);
    }
    check_scopes(draft, sink);
    for tenant in &draft.tenants {
        tenant::check(tenant, draft, sink);
    }
}

/// A template's folder is `shared` or a tenant's.
fn check_scopes(draft: &Draft, sink: &Sink) {
    for template in &draft.templates {
        let Scope::Tenant(owner) = &template.scope else { continue };
        if !draft.tenants.iter().any(|tenant| tenant.tenant.name == *owner) {
            let known = draft.tenants.iter().map(|tenant| tenant.tenant.name.as_str()).chain(["shared"]);
            let remedy = suggest::remedy(owner.as_str(), known, "folder");
            sink.add(template.places.whole().problem(format!("there is no tenant `{owner}`"), remedy));
        }
    }
}
