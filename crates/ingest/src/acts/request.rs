//! What is asked for, as a console or a command asks it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Put contact on hold: with the debtor, or about one claim.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// The tenant.
    pub tenant: String,
    /// The debtor's reference.
    pub debtor: String,
    /// Why: a short name such as `illness`.
    pub reason: String,
    /// The claim that rests; all where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// When it ends by itself, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Or after how long, such as `14d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_after: Option<String>,
    /// A name to release it by; one is drawn where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// What is to be remembered of it; kept encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the request is recognised by when it is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Who says so: for whoever holds the token beside the log; every other token speaks in its own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// Release a hold.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The tenant.
    pub tenant: String,
    /// The debtor's reference.
    pub debtor: String,
    /// The hold's name, its 32 digits, or 8 or more of the first or last of them; may be left out where only one is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// What is to be remembered of it; kept encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the request is recognised by when it is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Who says so: for whoever holds the token beside the log; every other token speaks in its own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// Note that the debtor promised to pay.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// The tenant.
    pub tenant: String,
    /// The debtor's reference.
    pub debtor: String,
    /// The claim's reference.
    pub claim: String,
    /// How much, as text: `120.50`.
    pub amount: String,
    /// By when, RFC 3339.
    pub due_at: String,
    /// ISO 4217; the claim's own where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// A name for it; one is drawn where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<String>,
    /// What was said; kept encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the request is recognised by when it is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Who says so: for whoever holds the token beside the log; every other token speaks in its own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// End a task that asked for a person.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskDone {
    /// The tenant.
    pub tenant: String,
    /// The debtor's reference.
    pub debtor: String,
    /// Which: `answer`, `review`, `ladder_ended`, `zone_missing`, `rulebook_gap`, `not_allowed` or `quarantined`.
    pub task: String,
    /// What is to be remembered of it; kept encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the request is recognised by when it is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Who says so: for whoever holds the token beside the log; every other token speaks in its own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}
