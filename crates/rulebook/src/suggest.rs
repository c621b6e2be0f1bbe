//! "Did you mean": the known name nearest to one that is not.

/// The remedy for an unknown name: the nearest known one if it is near, else all of them.
pub(crate) fn remedy<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>, kind: &str) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known.iter().map(|name| (distance(unknown, name), *name)).min();
    match nearest {
        None => format!("there is no {kind} yet: add it"),
        Some((distance, name)) if distance <= near(unknown) => format!("did you mean `{name}`?"),
        Some(_) => format!("the {kind}s are {}", known.join(", ")),
    }
}

/// How far off a slip of the pen may be: two letters swapped are a distance of two.
fn near(unknown: &str) -> usize {
    match unknown.chars().count() {
        0..=3 => 1,
        length => (length / 3).max(2),
    }
}

/// Levenshtein's distance, by rows.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let best = (diagonal + usize::from(x != *y)).min(*cell + 1).min(left + 1);
            diagonal = *cell;
            *cell = best;
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_right() {
        for (a, b, expected) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "abc", 3),
            ("tries", "trys", 2),
            ("sms", "sms", 0),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected);
        }
    }

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(remedy("prioritty", ["priority", "patience"], "field"), "did you mean `priority`?");
        assert_eq!(remedy("zzz", ["priority", "tries"], "field"), "the fields are priority, tries");
        assert_eq!(remedy("zzz", [], "template"), "there is no template yet: add it");
    }
}
