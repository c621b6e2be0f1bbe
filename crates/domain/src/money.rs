//! Money in whole minor units of an ISO 4217 currency.

use core::fmt;

/// The largest amount that one fact may carry, in minor units (ten thousand million of a two-digit currency).
pub const MAX_AMOUNT_MINOR: i64 = 1_000_000_000_000;

/// An amount in minor units (cents, Rappen); negative where a balance is overpaid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Minor(pub i64);

impl Minor {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum, held within the range of `i64`; amounts of single facts are bounded by [`MAX_AMOUNT_MINOR`].
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, held within the range of `i64`.
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Whether one fact may carry this amount: not negative, not absurd.
    pub fn is_plausible(self) -> bool {
        (0..=MAX_AMOUNT_MINOR).contains(&self.0)
    }
}

/// An ISO 4217 currency in use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Currency([u8; 3]);

/// Active ISO 4217 codes whose minor unit is not two digits: code and digits.
const OTHER_DIGITS: &[(&str, u32)] = &[
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

/// Active ISO 4217 codes with two digits of minor unit.
const TWO_DIGITS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD \
    CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF \
    IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN \
    MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD \
    SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");
    /// The Swiss franc.
    pub const CHF: Self = Self(*b"CHF");

    /// Reads an active ISO 4217 code.
    pub fn new(text: &str) -> Option<Self> {
        let known = OTHER_DIGITS.iter().any(|(code, _)| *code == text)
            || TWO_DIGITS.split_ascii_whitespace().any(|code| code == text);
        match text.as_bytes() {
            [a, b, c] if known => Some(Self([*a, *b, *c])),
            _ => None,
        }
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("")
    }

    /// How many digits stand behind the decimal point.
    pub fn digits(&self) -> u32 {
        OTHER_DIGITS.iter().find(|(code, _)| *code == self.as_str()).map_or(2, |(_, digits)| *digits)
    }

    /// An amount as people write it, without the code: `1234.50`.
    pub fn write(&self, amount: Minor) -> String {
        let digits = self.digits();
        let unit = 10_u64.pow(digits);
        let sign = if amount.0 < 0 { "-" } else { "" };
        let whole = amount.0.unsigned_abs() / unit;
        match digits {
            0 => format!("{sign}{whole}"),
            _ => format!("{sign}{whole}.{:0width$}", amount.0.unsigned_abs() % unit, width = digits as usize),
        }
    }

    /// Reads a decimal number such as `35`, `35.0` or `71.50`; more digits than the currency has are refused
    /// unless they are zeros.
    pub fn read(&self, text: &str) -> Option<Minor> {
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 15 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let digits = self.digits() as usize;
        let (kept, dropped) = fraction.split_at(fraction.len().min(digits));
        if dropped.bytes().any(|b| b != b'0') {
            return None;
        }
        let kept: i64 = format!("{kept:0<digits$}0").parse::<i64>().ok()? / 10;
        let unit = 10_i64.checked_pow(self.digits())?;
        let minor = whole.parse::<i64>().ok()?.checked_mul(unit)?.checked_add(kept)?;
        Some(Minor(sign * minor))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_in_the_currency_s_own_digits() {
        for (code, text, minor, written) in [
            ("EUR", "35.0", 3500, "35.00"),
            ("EUR", "71.5", 7150, "71.50"),
            ("EUR", "0.05", 5, "0.05"),
            ("JPY", "120", 120, "120"),
            ("JPY", "120.0", 120, "120"),
            ("KWD", "1.234", 1234, "1.234"),
            ("CHF", "-0.50", -50, "-0.50"),
        ] {
            let currency = Currency::new(code).unwrap();
            assert_eq!(currency.read(text), Some(Minor(minor)), "{text}");
            assert_eq!(currency.write(Minor(minor)), written);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let eur = Currency::new("EUR").unwrap();
        for text in ["", ".5", "1.005", "1,5", "1e3", "--1", "9999999999999999", "NaN", " 1"] {
            assert_eq!(eur.read(text), None, "{text}");
        }
        assert!(
            Currency::new("EURO").is_none()
                && Currency::new("XXX").is_none()
                && Currency::new("eur").is_none()
        );
    }
}
