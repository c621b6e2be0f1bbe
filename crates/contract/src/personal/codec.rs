//! Personal parts and messages, to and from the bytes that are sealed.

use prost::Message as _;

use super::{Message, Personal};
use crate::error::DecodeError;
use crate::field::{Field, message, nested, record, required};
use crate::generated::mahnwerk::claim::v1::{self as wire, personal_part::Part};

/// Longest personal part that is read, in bytes.
pub const MAX_PERSONAL: usize = 1 << 20;

record! {
    Message = wire::RenderedMessage, at most 1;
    sender = sender, sender_name = sender_name, subject = subject, body = body, dossier = dossier,
    language = language, provider_template = provider_template, parameters = parameters
}

/// The bytes of a personal part, in clear: to be sealed by whoever asks for them.
pub fn encode(personal: &Personal) -> Vec<u8> {
    let wire: wire::PersonalPart = personal.write();
    wire.encode_to_vec()
}

/// The personal part of such bytes, once opened.
pub fn decode(bytes: &[u8]) -> Result<Personal, DecodeError> {
    if bytes.len() > MAX_PERSONAL {
        return Err(DecodeError::TooMany { field: "PersonalPart", found: bytes.len(), limit: MAX_PERSONAL });
    }
    Field::read("PersonalPart", message::<wire::PersonalPart>("PersonalPart", bytes)?)
}

impl Field<wire::PersonalPart> for Personal {
    fn write(&self) -> wire::PersonalPart {
        wire::PersonalPart { part: Some(write(self)) }
    }

    fn read(_: &'static str, wire: wire::PersonalPart) -> Result<Self, DecodeError> {
        Ok(match required("PersonalPart.part", wire.part)? {
            Part::Debtor(part) => Self::Debtor { reference: part.reference, name: part.name },
            Part::Point(part) => Self::Point { value: part.value },
            Part::Claim(part) => Self::Claim { reference: part.reference, description: part.description },
            Part::Words(part) => Self::Words {
                address: part.address,
                message: Field::read("PersonalWords.message", part.message)?,
            },
            Part::Text(part) => Self::Text { text: part.text },
        })
    }
}

nested!(Personal = wire::PersonalPart);

fn write(personal: &Personal) -> Part {
    match personal {
        Personal::Debtor { reference, name } => {
            Part::Debtor(wire::PersonalDebtor { reference: reference.clone(), name: name.clone() })
        }
        Personal::Point { value } => Part::Point(wire::PersonalPoint { value: value.clone() }),
        Personal::Claim { reference, description } => Part::Claim(wire::PersonalClaim {
            reference: reference.clone(),
            description: description.clone(),
        }),
        Personal::Words { address, message } => {
            Part::Words(wire::PersonalWords { address: address.clone(), message: message.write() })
        }
        Personal::Text { text } => Part::Text(wire::PersonalText { text: text.clone() }),
    }
}
