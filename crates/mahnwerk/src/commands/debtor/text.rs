//! A debtor as `debtor show` writes it for people.
//!
//! Opt-outs, consents and promises stand there where there are any.

use serde_json::Value;

/// Stands where a personal value was, or never was.
const GONE: &str = "(not there)";

/// Writes all of it.
pub(super) fn print(debtor: &Value) {
    say!("{}  ({}, tenant {})", of(debtor, "name"), of(debtor, "reference"), of(debtor, "tenant"));
    if is(debtor, "erased") {
        say!("The key to this debtor's personal data is gone: what stood there can't be read any more.");
    }
    if is(debtor, "quarantined") {
        say!(
            "Inputs of this debtor could not be processed: nobody is contacted until `mahnwerk quarantine` ends it."
        );
    }
    if let Some(since) = stated(debtor, "ceased_at") {
        say!("All contact was forbidden: it rests since {since}.");
    }
    section(debtor, "claims", "Claims", claim);
    section(debtor, "contact_points", "Contact points", |point| {
        say!("  {:<10} {}{}", of(point, "kind"), of(point, "value"), limits(point));
    });
    section_if_any(debtor, "opt_outs", "Opted out", scope);
    section_if_any(debtor, "consents", "Consents", scope);
    section(debtor, "holds", "Holds", hold);
    section_if_any(debtor, "promises", "Promises", promise);
    section(debtor, "messages", "Messages received", |message| {
        say!("  {}  {} {}", of(message, "at"), of(message, "channel"), of(message, "class"));
        of(message, "text").lines().for_each(|line| say!("      {line}"));
    });
    section(debtor, "contacts", "Contacts", |contact| {
        say!("  {}  {} to {}", of(contact, "at"), of(contact, "channel"), of(contact, "to"));
        of(contact, "body").lines().for_each(|line| say!("      {line}"));
    });
}

fn section_if_any(debtor: &Value, key: &str, title: &str, show: impl FnMut(&Value)) {
    if !list(debtor, key).is_empty() {
        section(debtor, key, title, show);
    }
}

fn section(debtor: &Value, key: &str, title: &str, show: impl FnMut(&Value)) {
    say!("\n{title}");
    list(debtor, key).iter().for_each(show);
}

fn claim(claim: &Value) {
    let state = ["settled", "closed", "disputed"].into_iter();
    let state = state.filter(|key| is(claim, key)).map(str::to_owned);
    let (currency, owed, due) = (of(claim, "currency"), of(claim, "owed"), of(claim, "due_at"));
    let words =
        [of(claim, "reference"), of(claim, "description"), format!("{currency} {owed} owed, due {due}")];
    let parts: Vec<String> = words.into_iter().chain(state).filter(|part| !part.is_empty()).collect();
    say!("  {}", parts.join("  "));
}

/// Why a contact point is not used, where it is not.
fn limits(point: &Value) -> String {
    let unusable = (point.get("usable") == Some(&Value::Bool(false))).then(|| "not usable".to_owned());
    let channels: Vec<&str> = list(point, "opted_out").iter().filter_map(Value::as_str).collect();
    let opted_out = (!channels.is_empty()).then(|| format!("opted out of {}", channels.join(", ")));
    unusable.into_iter().chain(opted_out).map(|limit| format!("  {limit}")).collect()
}

fn scope(said: &Value) {
    let what = match (stated(said, "channel"), stated(said, "point")) {
        (Some(what), _) | (None, Some(what)) => what,
        (None, None) => "every channel".to_owned(),
    };
    say!("  {what} since {}", of(said, "since"));
}

fn hold(hold: &Value) {
    let until = stated(hold, "until")
        .map_or_else(|| "until it is released".to_owned(), |until| format!("until {until}"));
    let about = stated(hold, "claim").map(|claim| format!(" (claim {claim})")).unwrap_or_default();
    let (reason, actor) = (of(hold, "reason"), of(hold, "actor"));
    say!("  {}  {reason} by {actor} since {} {until}{about}", of(hold, "hold"), of(hold, "since"));
}

fn promise(promise: &Value) {
    let (amount, currency) = (of(promise, "amount"), of(promise, "currency"));
    let (claim, due) = (of(promise, "claim"), of(promise, "due_at"));
    say!("  {currency} {amount} on claim {claim} by {due}: {}", of(promise, "state"));
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn is(value: &Value, key: &str) -> bool {
    value.get(key) == Some(&Value::Bool(true))
}

fn of(value: &Value, key: &str) -> String {
    value.get(key).map(text).unwrap_or_default()
}

fn stated(value: &Value, key: &str) -> Option<String> {
    value.get(key).filter(|value| !value.is_null()).map(text)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => GONE.to_owned(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    }
}
