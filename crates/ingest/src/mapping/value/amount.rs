//! Amounts as files write them, in the currency's own digits.

use domain::money::{Currency, MAX_AMOUNT_MINOR, Minor};

use crate::problem::Unfit;

/// How amounts are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::mapping) enum Decimal {
    /// `1234.50`.
    Point,
    /// `1234,50` or `1.234,50`.
    Comma,
}

/// An amount in a currency's digits, not negative.
pub(in crate::mapping) fn amount(currency: Currency, decimal: Decimal, text: &str) -> Result<Minor, Unfit> {
    if text.starts_with(['-', '\u{2212}']) {
        let remedy =
            "state what is owed or paid as a positive amount; money that goes back is a payment_reversed";
        return Err(Unfit::new("is negative", remedy));
    }
    let pointed = match decimal {
        Decimal::Point => Some(text.to_owned()),
        Decimal::Comma => pointed(text),
    };
    let read = pointed.and_then(|text| currency.read(&text)).ok_or_else(|| no_amount(currency, decimal))?;
    if read.is_plausible() {
        return Ok(read);
    }
    let most = currency.write(Minor(MAX_AMOUNT_MINOR));
    Err(Unfit::new("is larger than one fact may carry", format!("the limit is {most} {currency}")))
}

fn no_amount(currency: Currency, decimal: Decimal) -> Unfit {
    let example = currency.write(Minor(123_450));
    let (example, other) = match decimal {
        Decimal::Point => (example, "a mapping of a file that writes a comma says decimal = \",\""),
        Decimal::Comma => (example.replace('.', ","), "the mapping says decimal = \",\""),
    };
    let remedy = format!("write it like {example}, with at most {} decimals; {other}", currency.digits());
    Unfit::new(format!("is no amount in {currency}"), remedy)
}

/// `1.234,50` as `1234.50`; points only where they part thousands.
fn pointed(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once(',').unwrap_or((text, ""));
    let mut groups = whole.split('.');
    let first = groups.next().unwrap_or_default();
    let grouped = whole.contains('.');
    let fits = (!grouped || (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3);
    let plain = fits && !fraction.contains(['.', ',']);
    plain.then(|| match fraction {
        "" => whole.replace('.', ""),
        _ => format!("{}.{fraction}", whole.replace('.', "")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_the_file_writes_them() {
        let eur = Currency::new("EUR").unwrap();
        for (decimal, text, minor) in [
            (Decimal::Point, "35.0", 3500),
            (Decimal::Point, "0", 0),
            (Decimal::Comma, "1234,50", 123_450),
            (Decimal::Comma, "1.234,50", 123_450),
            (Decimal::Comma, "1.234.567", 123_456_700),
            (Decimal::Comma, "7", 700),
        ] {
            assert_eq!(amount(eur, decimal, text), Ok(Minor(minor)), "{text}");
        }
        for (decimal, text, said) in [
            (Decimal::Point, "-1", "negative"),
            (Decimal::Comma, "\u{2212}1", "negative"),
            (Decimal::Point, "1,50", "no amount in EUR"),
            (Decimal::Point, "1.005", "no amount in EUR"),
            (Decimal::Comma, "1.50", "no amount in EUR"),
            (Decimal::Comma, "12.34,5", "no amount in EUR"),
            (Decimal::Comma, "1,2,3", "no amount in EUR"),
            (Decimal::Point, "10000000000.01", "larger"),
            (Decimal::Point, "99999999999999999", "no amount"),
            (Decimal::Point, "", "no amount"),
        ] {
            let unfit = amount(eur, decimal, text).unwrap_err();
            assert!(unfit.what.contains(said), "{text}: {unfit:?}");
        }
    }
}
