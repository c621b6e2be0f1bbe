//! A ladder: each step once, in an order without a cycle, pressing no less from step to step.

use std::collections::BTreeMap;

use domain::time::Span;

use crate::draft::{ScenarioDraft, StepDraft};
use crate::problem::Sink;
use crate::read::report_twice;
use crate::suggest;

/// What `then` says of the last step.
const END: &str = "end";

/// Checks the steps and puts them in the order in which they are walked.
pub(crate) fn check(scenario: &mut ScenarioDraft, sink: &Sink) {
    report_twice(scenario.steps.iter().map(|s| (s.step.step.to_string(), &s.at)), "step", sink);
    for step in &scenario.steps {
        if step.step.tries > 1 && step.step.retry_after == Span::ZERO {
            let what = format!("step `{}` is tried again at once", step.step.step);
            sink.add(step.at.problem(what, "set retry_after to an hour or more, such as \"1d\""));
        }
    }
    if let Some(order) = order(&scenario.steps, sink) {
        scenario.steps = order;
        check_intensity(&scenario.steps, sink);
    }
}

/// Follows `then` from the first step; reports a cycle, an unknown name, and steps that are never reached.
fn order(steps: &[StepDraft], sink: &Sink) -> Option<Vec<StepDraft>> {
    let by_name: BTreeMap<&str, usize> =
        steps.iter().enumerate().map(|(i, step)| (step.step.step.as_str(), i)).rev().collect();
    let mut walked: Vec<usize> = Vec::new();
    let mut next = Some(0);
    while let Some((i, step)) = next.and_then(|i| steps.get(i).map(|step| (i, step))) {
        if let Some(start) = walked.iter().position(|seen| *seen == i) {
            report_cycle(steps, walked.get(start..).unwrap_or(&[]), sink);
            return None;
        }
        walked.push(i);
        next = match &step.then {
            None => Some(i + 1),
            Some(then) if then.name == END => None,
            Some(then) => {
                let Some(target) = by_name.get(then.name.as_str()) else {
                    let known = steps.iter().map(|s| s.step.step.as_str()).chain([END]);
                    let remedy = suggest::remedy(&then.name, known, "step");
                    sink.add(then.at.problem(format!("there is no step `{}`", then.name), remedy));
                    return None;
                };
                Some(*target)
            }
        };
    }
    let unreached: Vec<&StepDraft> =
        (0..).zip(steps).filter(|(i, _)| !walked.contains(i)).map(|(_, step)| step).collect();
    for step in &unreached {
        let what = format!("step `{}` is never reached", step.step.step);
        sink.add(step.at.problem(what, "name it in some step's `then`, or remove it"));
    }
    unreached.is_empty().then(|| walked.iter().filter_map(|i| steps.get(*i).cloned()).collect())
}

fn report_cycle(steps: &[StepDraft], cycle: &[usize], sink: &Sink) {
    let cycle: Vec<&StepDraft> = cycle.iter().filter_map(|i| steps.get(*i)).collect();
    let names: Vec<&str> = cycle.iter().chain(cycle.first()).map(|step| step.step.step.as_str()).collect();
    let Some(last) = cycle.last() else { return };
    let at = last.then.as_ref().map_or(&last.at, |then| &then.at);
    let what = format!("the steps go in a circle: {}", names.join(" -> "));
    sink.add(at.problem(what, format!("let it go on to a later step, or write then = \"{END}\"")));
}

/// R11: a graduated sequence; R1: call, then SMS, then e-mail, then social.
fn check_intensity(steps: &[StepDraft], sink: &Sink) {
    for pair in steps.windows(2) {
        let [before, after] = pair else { continue };
        if after.intensity < before.intensity {
            let what = format!(
                "step `{}` ({}) presses less than `{}` ({}) before it",
                after.step.step, after.step.channel, before.step.step, before.step.channel
            );
            let remedy =
                "order the steps call, sms, email, social, letter, or give them an `intensity` that rises";
            sink.add(after.at.problem(what, remedy));
        }
    }
}
