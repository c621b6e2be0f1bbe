//! A template as its author wrote it, read from a file but not yet checked.

use domain::channel::{Channel, Disclosure};
use domain::label::{Label, Language, TemplateId, TenantId};

/// One template in one language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TemplateSource {
    /// Whose.
    pub tenant: TenantId,
    /// Its name.
    pub template: TemplateId,
    /// In which language.
    pub language: Language,
    /// For which channel.
    pub channel: Channel,
    /// How much it may show.
    pub disclosure: Disclosure,
    /// How it is to be read.
    pub tone: Label,
    /// The subject, of an e-mail; a template text itself.
    pub subject: String,
    /// The words.
    pub body: String,
    /// The name under which the provider holds it (WhatsApp); empty where it does not.
    pub provider_template: String,
    /// The fields whose values the provider is sent, in order.
    pub parameters: Vec<String>,
}
