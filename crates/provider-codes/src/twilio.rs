//! Twilio's error dictionary (<https://www.twilio.com/docs/api/errors>), as far as it concerns text messages.

use domain::outcome::RejectClass;

/// The class of an error code.
pub const fn class(code: u32) -> RejectClass {
    match code {
        // Invalid number; not a phone number; short code, premium number; not mobile; landline; does not exist.
        21211 | 21217 | 21265 | 21268 | 21614 | 21635 | 30005 | 30006 => RejectClass::BadAddress,
        // The recipient has unsubscribed.
        21610 => RejectClass::RecipientRefuses,
        // The sender is invalid, not ours, can't send texts, or is the recipient; the region or a trial account
        // forbids it; the text is missing or too long; the text was blocked or filtered; the sender is unregistered.
        21212 | 21266 | 21408 | 21601 | 21602 | 21603 | 21604 | 21606 | 21607 | 21608 | 21617 | 21618
        | 21659 | 21660 | 21661 | 30004 | 30007 | 30032 | 30034 => RejectClass::NotAllowed,
        _ => RejectClass::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_class() {
        for (code, expected) in [
            (21211, RejectClass::BadAddress),
            (21614, RejectClass::BadAddress),
            (30006, RejectClass::BadAddress),
            (21610, RejectClass::RecipientRefuses),
            (21408, RejectClass::NotAllowed),
            (30007, RejectClass::NotAllowed),
            (30003, RejectClass::Other),
            (0, RejectClass::Other),
            (u32::MAX, RejectClass::Other),
        ] {
            assert_eq!(class(code), expected, "{code}");
        }
    }
}
