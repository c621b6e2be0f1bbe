//! Amounts and dates as people write them, by language.

use domain::calendar::CivilDate;
use domain::label::Language;
use domain::money::{Currency, Minor};

/// An amount without its currency: `1'234.50` in Swiss francs, `1.234,50` or `1,234.50` elsewhere by language.
pub fn amount(amount: Minor, currency: Currency, language: Language) -> String {
    let (group, point) = separators(currency, language);
    let plain = currency.write(amount);
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |rest| ("-", rest));
    let mut out = String::from(sign);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(group);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(point);
        out.push_str(fraction);
    }
    out
}

fn separators(currency: Currency, language: Language) -> (char, char) {
    match (currency.as_str(), language.as_str()) {
        ("CHF", _) => ('\'', '.'),
        (_, "en") => (',', '.'),
        (_, "fr") => ('\u{a0}', ','),
        _ => ('.', ','),
    }
}

/// A date: `13.03.2025`, `13/03/2025` in Italian and French, `13 March 2025` in English.
pub fn date(date: CivilDate, language: Language) -> String {
    let (year, month, day) = date.year_month_day();
    match language.as_str() {
        "en" => format!("{day} {} {year}", english_month(month)),
        "fr" | "it" => format!("{day:02}/{month:02}/{year:04}"),
        _ => format!("{day:02}.{month:02}.{year:04}"),
    }
}

fn english_month(month: i64) -> &'static str {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    usize::try_from(month - 1).ok().and_then(|i| MONTHS.get(i)).copied().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_in_the_country() {
        for (minor, currency, language, written) in [
            (123_450, "CHF", "de", "1'234.50"),
            (123_450, "EUR", "de", "1.234,50"),
            (123_450, "EUR", "it", "1.234,50"),
            (123_456_750, "EUR", "en", "1,234,567.50"),
            (99_999, "EUR", "fr", "999,99"),
            (-100_000, "EUR", "it", "-1.000,00"),
            (5, "CHF", "fr", "0.05"),
            (1_234_567, "JPY", "en", "1,234,567"),
        ] {
            let currency = Currency::new(currency).unwrap();
            assert_eq!(amount(Minor(minor), currency, Language::new(language).unwrap()), written);
        }
    }

    #[test]
    fn dates_read_as_in_the_country() {
        let day = CivilDate::new(2025, 3, 9).unwrap();
        for (language, written) in
            [("de", "09.03.2025"), ("fr", "09/03/2025"), ("it", "09/03/2025"), ("en", "9 March 2025")]
        {
            assert_eq!(date(day, Language::new(language).unwrap()), written);
        }
    }
}
