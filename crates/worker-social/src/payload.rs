//! A template message in the provider's form.
//!
//! Shapes from Meta's published OpenAPI file for v23: `TemplateMessage`, `TemplateObject`, `LanguageObject`,
//! `BodyComponent`, `TextParameter`. The file knows `biz_opaque_callback_data` of calls alone and leaves messages open to
//! it; Meta's changelog of the Cloud API has it beside the message's other fields, with 512 characters at most.

use contract::personal::Message;
use domain::ids::EscalationId;
use serde::Serialize;

/// Longest parameter, in characters (`TextParameter`).
const MAX_PARAMETER_CHARS: usize = 32_768;
/// Most parameters of a body.
const MAX_PARAMETERS: usize = 64;

#[derive(Serialize)]
struct Payload<'a> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    to: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    template: Template<'a>,
    /// Comes back with every status, so that it finds its attempt even where the answer with its name was lost.
    biz_opaque_callback_data: String,
}

#[derive(Serialize)]
struct Template<'a> {
    name: &'a str,
    language: Language<'a>,
    /// Left out where the template has no parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<[Component<'a>; 1]>,
}

#[derive(Serialize)]
struct Language<'a> {
    policy: &'static str,
    code: &'a str,
}

#[derive(Serialize)]
struct Component<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    parameters: Vec<Parameter<'a>>,
}

#[derive(Serialize)]
struct Parameter<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
}

/// The body of the request; none if the message is no template message or breaks a limit of the provider.
pub(crate) fn payload(to: &str, message: &Message, attempt: EscalationId) -> Option<Vec<u8>> {
    let named = !message.provider_template.is_empty() && !message.language.is_empty();
    let fits = message.parameters.len() <= MAX_PARAMETERS && message.parameters.iter().all(|text| fits(text));
    if !(named && fits) {
        return None;
    }
    let parameters = message.parameters.iter().map(|text| Parameter { kind: "text", text });
    let body = Component { kind: "body", parameters: parameters.collect() };
    let payload = Payload {
        messaging_product: "whatsapp",
        recipient_type: "individual",
        to,
        kind: "template",
        template: Template {
            name: &message.provider_template,
            language: Language { policy: "deterministic", code: &message.language },
            components: (!message.parameters.is_empty()).then_some([body]),
        },
        biz_opaque_callback_data: attempt.to_string(),
    };
    serde_json::to_vec(&payload).ok()
}

/// The provider refuses empty parameters, line breaks, tabs and more than four spaces in a row.
fn fits(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= MAX_PARAMETER_CHARS
        && !text.contains(['\n', '\r', '\t'])
        && !text.contains("     ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::StreamId;
    use serde_json::{Value, json};

    const ATTEMPT: EscalationId = EscalationId { stream: StreamId::new([0xab; 16]), number: u32::MAX };

    fn message(parameters: &[&str]) -> Message {
        Message {
            provider_template: "please_call".to_owned(),
            language: "it".to_owned(),
            parameters: parameters.iter().map(|text| (*text).to_owned()).collect(),
            ..Message::default()
        }
    }

    #[test]
    fn a_template_without_parameters_has_no_components() {
        let body: Value = serde_json::from_slice(&payload("+391", &message(&[]), ATTEMPT).unwrap()).unwrap();
        let language = json!({ "policy": "deterministic", "code": "it" });
        assert_eq!(body["template"], json!({ "name": "please_call", "language": language }));
        let given = body["biz_opaque_callback_data"].as_str().unwrap();
        assert!(given == ATTEMPT.to_string() && given.len() <= 512);
    }

    #[test]
    fn what_the_provider_would_refuse_is_not_made() {
        let long = "x".repeat(MAX_PARAMETER_CHARS + 1);
        for text in ["", "a\nb", "a\tb", "a     b", &long] {
            assert_eq!(payload("+391", &message(&[text]), ATTEMPT), None);
        }
        assert!(payload("+391", &message(&["a    b", &long[1..]]), ATTEMPT).is_some());
        assert_eq!(payload("+391", &message(&["x"; MAX_PARAMETERS + 1]), ATTEMPT), None);
        assert_eq!(
            payload("+391", &Message { provider_template: String::new(), ..message(&[]) }, ATTEMPT),
            None
        );
        assert_eq!(payload("+391", &Message { language: String::new(), ..message(&[]) }, ATTEMPT), None);
    }
}
