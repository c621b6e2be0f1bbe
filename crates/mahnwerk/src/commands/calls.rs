//! `calls list`, `take`, `open` and `done`: the call list of a running process.

use anyhow::{Context, Result, bail};
use domain::time::{Span, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::Ending;
use crate::cli::{CallsArgs, CallsCommand, Format};
use crate::client::Client;
use crate::instant::read_instant;
use crate::paths::Paths;

/// Runs one of them; a call that is not to be made, or that the desk refused, is a finding.
pub(crate) async fn run(command: &CallsCommand) -> Result<Ending> {
    match command {
        CallsCommand::List(calls) => list(calls).await,
        CallsCommand::Take { calls, agent, count } => {
            let body = json!({ "agent": agent, "count": count });
            let taken = post(calls, "take", &body).await?;
            print(calls, &taken, |task| format!("{}  yours for {}", text(task, "task"), minutes(task)))
        }
        CallsCommand::Open { calls, agent, call } => {
            let opened = post(calls, "open", &json!({ "agent": agent, "tasks": [call] })).await?;
            print(calls, &opened, |answer| {
                opening(answer, &format!("--dir {} --agent {agent}", calls.house.dir.display()))
            })
        }
        CallsCommand::Done { calls, agent, call, reach, said, amount_minor, by } => {
            let said = said_form(said, *amount_minor, by.as_deref())?;
            let call = json!({ "task": call, "reach": reach, "said": said });
            let done = post(calls, "done", &json!({ "agent": agent, "calls": [call] })).await?;
            print(calls, &done, |call| match problem(call) {
                Some(problem) => problem,
                None => format!("{}  is in the log", text(call, "task")),
            })
        }
    }
}

async fn list(calls: &CallsArgs) -> Result<Ending> {
    let client = Client::of_call_list(&Paths::of(&calls.house.dir)).await?;
    let tasks = client.json(Method::GET, "/v1/calls", None).await?;
    print(calls, &tasks, |task| {
        let agent =
            task.get("agent").and_then(Value::as_str).map_or(String::new(), |agent| format!(" by {agent}"));
        format!(
            "{}  {}{agent}, priority {}, until {}",
            text(task, "task"),
            text(task, "state"),
            task.get("priority").unwrap_or(&Value::Null),
            text(task, "expires_at")
        )
    })
}

async fn post(calls: &CallsArgs, what: &str, body: &Value) -> Result<Value> {
    let client = Client::of_call_list(&Paths::of(&calls.house.dir)).await?;
    client.json(Method::POST, &format!("/v1/calls/{what}"), Some(body)).await
}

fn print(calls: &CallsArgs, answer: &Value, line: impl Fn(&Value) -> String) -> Result<Ending> {
    let rows = answer.as_array().context("the answer is no list; is the running process of this release?")?;
    match calls.format {
        Format::Json => say!("{answer}"),
        Format::Text if rows.is_empty() => say!("No calls."),
        Format::Text => rows.iter().for_each(|row| say!("{}", line(row))),
    }
    let refused = rows.iter().any(|row| problem(row).is_some() || struck(row).is_some());
    Ok(if refused { Ending::Findings } else { Ending::Well })
}

/// The number, what to know, what to say; or why not to dial.
fn opening(answer: &Value, options: &str) -> String {
    if let Some(problem) = problem(answer) {
        return problem;
    }
    if let Some(struck) = struck(answer) {
        return format!("Do not call: {}", text(struck, "reason"));
    }
    let opened = answer.get("result").unwrap_or(answer);
    let call = opened.get("call").unwrap_or(opened);
    let dossier = call.get("dossier").and_then(Value::as_array).cloned().unwrap_or_default();
    let dossier: Vec<String> =
        dossier.iter().filter_map(Value::as_str).map(|line| format!("  {line}")).collect();
    format!(
        "Call {} in {}, on behalf of {}\n\nWhat to know\n{}\n\nWhat to say\n{}\n\nThen: mahnwerk calls done {} {options} --reach …",
        text(call, "number"),
        text(call, "language"),
        text(call, "on_behalf_of"),
        dossier.join("\n"),
        text(call, "script"),
        text(call, "task"),
    )
}

fn struck(answer: &Value) -> Option<&Value> {
    answer.get("result")?.get("struck")
}

fn problem(answer: &Value) -> Option<String> {
    let problem = answer.get("problem")?;
    Some(format!("{}; {}", text(problem, "detail"), text(problem, "remedy")))
}

fn said_form(said: &str, amount_minor: Option<i64>, by: Option<&str>) -> Result<Value> {
    if said != "promise" {
        return Ok(Value::String(said.to_owned()));
    }
    let (Some(amount_minor), Some(by)) = (amount_minor, by) else {
        bail!("a promise has an amount and a day: add --amount-minor and --by");
    };
    // A day is promised to its end.
    let Timestamp(due_at_ms) =
        read_instant(by).with_context(|| format!("{by} is no day; write 2026-04-01"))?.plus(Span::days(1));
    Ok(json!({ "promise": { "amount_minor": amount_minor, "due_at_ms": due_at_ms } }))
}

fn minutes(task: &Value) -> String {
    let left = task.get("left_ms").and_then(Value::as_u64).unwrap_or_default();
    format!("{} minutes", left / 60_000)
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
