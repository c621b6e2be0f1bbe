//! What looks like an amount of money.
//!
//! Found are: a number beside a currency (`CHF 35`, `35 Euro`, `€35`), a decimal number with two digits behind its point
//! or comma (`1'234.50`, `1.234,50`), digits grouped by an apostrophe (`1'234`), and the Swiss `35.-`.
//! Clock times with a colon and dates with a year are no amounts.

const CURRENCY_WORDS: [&str; 17] = [
    "chf", "eur", "usd", "gbp", "sfr", "frs", "euro", "euros", "franken", "franc", "francs", "franchi",
    "rappen", "dollar", "dollars", "pound", "pounds",
];
const CURRENCY_SIGNS: [char; 4] = ['€', '$', '£', '¥'];
const APOSTROPHES: [char; 3] = ['\'', '\u{2019}', '\u{2bc}'];

/// A piece of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Token<'a> {
    /// Digits with separators between them.
    Number(&'a str),
    /// Letters.
    Word(&'a str),
    /// Anything else but white space.
    Sign(char),
}

/// Whether the text shows what looks like an amount.
pub fn is_in(text: &str) -> bool {
    let tokens = tokens(text);
    let beside_currency = tokens.windows(2).any(|pair| match pair {
        [Token::Number(_), other] | [other, Token::Number(_)] => is_currency(other),
        _ => false,
    });
    // "Fr. 35" has a point between; without it, "Mo-Fr 8-20 Uhr" is a Friday.
    let over_point = tokens.windows(3).any(|three| match three {
        [word @ Token::Word(text), Token::Sign('.'), Token::Number(_)] => {
            is_currency(word) || text.eq_ignore_ascii_case("fr")
        }
        _ => false,
    });
    let swiss_dash = tokens.windows(3).any(|three| {
        matches!(three, [Token::Number(_), Token::Sign('.'), Token::Sign('-' | '\u{2013}' | '\u{2014}')])
    });
    let by_itself =
        tokens.iter().any(|token| matches!(token, Token::Number(number) if has_shape_of_money(number)));
    beside_currency || over_point || swiss_dash || by_itself
}

fn is_currency(token: &Token<'_>) -> bool {
    match token {
        Token::Word(word) => CURRENCY_WORDS.contains(&word.to_lowercase().as_str()),
        Token::Sign(sign) => CURRENCY_SIGNS.contains(sign),
        Token::Number(_) => false,
    }
}

/// Two digits behind the last point or comma, or an apostrophe between digits.
fn has_shape_of_money(number: &str) -> bool {
    if number.contains(APOSTROPHES) {
        return true;
    }
    let Some((whole, fraction)) = number.rsplit_once(['.', ',']) else { return false };
    let earlier: Vec<&str> = whole.split(['.', ',']).collect();
    let groups_of_thousands = earlier.iter().skip(1).all(|group| group.len() == 3);
    fraction.len() == 2 && groups_of_thousands
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            c if c.is_ascii_digit() => number_length(rest),
            c if c.is_alphabetic() => rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        match first {
            c if c.is_ascii_digit() => out.push(Token::Number(piece)),
            c if c.is_alphabetic() => out.push(Token::Word(piece)),
            c if c.is_whitespace() => {}
            c => out.push(Token::Sign(c)),
        }
        rest = after;
    }
    out
}

/// Digits, and separators that stand directly between digits.
fn number_length(text: &str) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let digit_follows = chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        let separates = c == '.' || c == ',' || APOSTROPHES.contains(&c);
        if c.is_ascii_digit() || (separates && digit_follows) {
            end = at + c.len_utf8();
        } else {
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_found() {
        for text in [
            "1'234.50",
            "1\u{2019}234",
            "CHF 35",
            "35 CHF",
            "CHF35",
            "35.00",
            "35,00",
            "1.234,50",
            "1,234.50",
            "€35",
            "35 €",
            "Fr. 35",
            "Fr. 35.-",
            "35.\u{2013}",
            "20 Franken",
            "10 euros",
            "total: 0.05!",
            "EUR\u{a0}7",
        ] {
            assert!(is_in(text), "{text}");
        }
    }

    #[test]
    fn numbers_of_other_kinds_are_not() {
        for text in [
            "044 555 01 00",
            "+41 44 555 01 00",
            "Mo-Fr 08:00-20:00",
            "Mo-Fr 8-20 Uhr",
            "13.03.2025",
            "2 Minuten",
            "Zimmer 3.1.4",
            "044.555.01.00",
            "24/7",
            "",
            "Frau Euro",
            "1.",
            "Dorfstrasse 12, 8000 Zürich",
        ] {
            assert!(!is_in(text), "{text}");
        }
    }
}
