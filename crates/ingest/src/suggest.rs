//! "Did you mean": the known name that is nearest to one that isn't known.

/// The nearest of the known names, if one is near enough to be a slip of the finger.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (wrong.chars().count() / 3).clamp(1, 3);
    let scored = known.into_iter().map(|name| (distance(wrong, name), name));
    scored.filter(|(score, _)| *score <= allowed).min().map(|(_, name)| name)
}

/// "did you mean `x`?", or the whole list where nothing is near.
pub fn remedy(wrong: &str, known: &[&str]) -> String {
    match nearest(wrong, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// How many characters must be put in, taken out or replaced (Levenshtein), by rows.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for ((y, diagonal), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            left = (left + 1).min(above + 1).min(diagonal + usize::from(x != *y));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["principal", "currency", "due_after"];
        for (wrong, found) in [
            ("princpal", Some("principal")),
            ("currencies", Some("currency")),
            ("due_affter", Some("due_after")),
            ("creditor", None),
            ("x", None),
        ] {
            assert_eq!(nearest(wrong, known), found, "{wrong}");
        }
        assert_eq!(remedy("zzz", &known), "known here: principal, currency, due_after");
    }
}
