//! Meta's error reference (<https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>), which asks
//! clients to go by the code and not by the HTTP status.

use domain::outcome::RejectClass;

/// The class of an error code.
pub const fn class(code: u32) -> RejectClass {
    match code {
        // Undeliverable: no account, old application, terms not accepted.
        131_026 => RejectClass::BadAddress,
        // The user stopped these messages.
        131_050 => RejectClass::RecipientRefuses,
        // Bad request or parameter; sender is recipient; outside the day for free text; restricted as spam or in this
        // country; unsupported type; all about templates.
        33
        | 100
        | 130_497
        | 131_008
        | 131_009
        | 131_021
        | 131_047
        | 131_048
        | 131_051
        | 132_000..=132_999 => RejectClass::NotAllowed,
        _ => RejectClass::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_class() {
        for (code, expected) in [
            (131_026, RejectClass::BadAddress),
            (131_050, RejectClass::RecipientRefuses),
            (100, RejectClass::NotAllowed),
            (132_000, RejectClass::NotAllowed),
            (132_999, RejectClass::NotAllowed),
            (131_999, RejectClass::Other),
            (133_000, RejectClass::Other),
            (131_049, RejectClass::Other),
        ] {
            assert_eq!(class(code), expected, "{code}");
        }
    }
}
