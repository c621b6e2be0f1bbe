//! Lengths of time such as `3d` and `36h`, and costs such as `0.10`.

use domain::time::Span;

/// What a span may be, and what it is for, for the remedy.
#[derive(Clone, Copy)]
pub(crate) struct SpanRange {
    pub(crate) least: Span,
    pub(crate) most: Span,
}

const fn range(least: Span, most: Span) -> SpanRange {
    SpanRange { least, most }
}

pub(crate) const START_WITHIN: SpanRange = range(Span::seconds(1), Span::seconds(60));
pub(crate) const CLOCK_BOUND: SpanRange = range(Span::ZERO, Span::seconds(10));
pub(crate) const WAIT: SpanRange = range(Span::ZERO, Span::days(366));
pub(crate) const PATIENCE: SpanRange = range(Span::minutes(1), Span::days(60));
pub(crate) const WITHIN: SpanRange = range(Span::minutes(1), Span::days(366));
/// How long contact may rest after a message.
pub(crate) const HOLD: SpanRange = range(Span::days(1), Span::days(366));
/// Negative is before the due date (R20).
pub(crate) const AFTER_DUE: SpanRange = range(Span::days(-60), Span::days(366));

/// Reads `3d`, `36h`, `15m`, `10s`; a minus is allowed where the range has negative spans.
pub(crate) fn parse(text: &str, range: &SpanRange) -> Result<Span, (String, String)> {
    let remedy = || {
        format!(
            "write a span from \"{}\" to \"{}\", such as \"3d\", \"36h\", \"15m\" or \"10s\"",
            range.least, range.most
        )
    };
    let span = read(text).ok_or_else(|| (format!("`{text}` is no span of time"), remedy()))?;
    if span < range.least {
        return Err((format!("{span} is too short"), remedy()));
    }
    if span > range.most {
        return Err((format!("{span} is too long"), remedy()));
    }
    Ok(span)
}

fn read(text: &str) -> Option<Span> {
    let digits = text.get(..text.len().checked_sub(1)?)?;
    let number = digits.strip_prefix('-').unwrap_or(digits);
    if number.is_empty() || number.len() > 9 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    match text.chars().last()? {
        'd' => Some(Span::days(number)),
        'h' => Some(Span::hours(number)),
        'm' => Some(Span::minutes(number)),
        's' => Some(Span::seconds(number)),
        _ => None,
    }
}

/// Reads a decimal number up to 10000 in millionths.
pub(crate) fn micros(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |s: &str, most| (1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole, 5) || !digits(fraction, 6) {
        return None;
    }
    let micros = whole.parse::<i64>().ok()? * 1_000_000 + format!("{fraction:0<6}").parse::<i64>().ok()?;
    (micros <= 10_000_000_000).then_some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_four_units() {
        for (text, span) in [
            ("3d", Span::days(3)),
            ("36h", Span::hours(36)),
            ("15m", Span::minutes(15)),
            ("-5d", Span::days(-5)),
            ("0s", Span::ZERO),
        ] {
            assert_eq!(parse(text, &AFTER_DUE), Ok(span), "{text}");
        }
        for text in ["", "d", "3", "3 d", "3w", "--3d", "3.5d", "9999999999d", "1d12h", "٣d", "é"] {
            assert!(parse(text, &AFTER_DUE).unwrap_err().0.contains("no span"), "{text}");
        }
    }

    #[test]
    fn spans_out_of_range_are_told_the_range() {
        let (what, remedy) = parse("61d", &PATIENCE).unwrap_err();
        assert_eq!(what, "61d is too long");
        assert!(remedy.contains("from \"1m\" to \"60d\""), "{remedy}");
        assert_eq!(parse("-1s", &WAIT).unwrap_err().0, "-1s is too short");
        assert_eq!(parse("60d", &PATIENCE), Ok(Span::days(60)));
    }

    #[test]
    fn costs_are_read_without_floats() {
        for (text, micros_) in
            [("0", 0), ("0.10", 100_000), ("6", 6_000_000), ("0.000001", 1), ("10000", 10_000_000_000)]
        {
            assert_eq!(micros(text), Some(micros_), "{text}");
        }
        for text in ["", ".1", "1.", "-1", "1e3", "0.0000001", "10000.1", "1,5"] {
            assert_eq!(micros(text), None, "{text}");
        }
    }
}
