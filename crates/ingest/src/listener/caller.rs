//! Who asks, what they may, and for whom: the name, the role and the tenants that a token stands for.
//!
//! **Invariant:** a role has a closed set of rights, written down here and nowhere else.
//! Left out: people. A token stands for a program, a desk or an operator; whoever holds it is them.

use std::collections::BTreeSet;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use domain::label::{Label, TenantId};

use super::answer::{Answer, Problem};
use super::limits::{MAX_ASKED, MAX_BODY};

/// What a route needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Right {
    /// To hand facts in.
    PublishFacts,
    /// To say what became of a contact.
    ReportOutcomes,
    /// To work the call list.
    WorkCalls,
    /// To see a debtor in clear.
    ShowDebtors,
    /// To hold a debtor or claim, to release it, and to note a promise.
    HoldAndPromise,
    /// To read events and reports, which hold nothing personal.
    ReadEvents,
    /// To pause and resume contacts, and to try or drop inputs.
    Command,
}

impl Right {
    /// All rights.
    pub const ALL: [Self; 7] = [
        Self::PublishFacts,
        Self::ReportOutcomes,
        Self::WorkCalls,
        Self::ShowDebtors,
        Self::HoldAndPromise,
        Self::ReadEvents,
        Self::Command,
    ];

    /// Largest body of a request that needs it, in bytes.
    pub(super) const fn max_body(self) -> usize {
        match self {
            Self::PublishFacts | Self::ReportOutcomes => MAX_BODY,
            Self::WorkCalls | Self::ShowDebtors | Self::HoldAndPromise | Self::ReadEvents | Self::Command => {
                MAX_ASKED
            }
        }
    }
}

/// What a token is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// An upstream system: hands in facts, and nothing else.
    Upstream,
    /// Whoever calls: works the call list, sees debtors, holds and notes promises.
    Agent,
    /// Whoever evaluates: reads events and reports, and sees no debtor in clear.
    Analyst,
    /// Whoever runs it: everything.
    Operator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Upstream, Self::Agent, Self::Analyst, Self::Operator];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::Agent => "agent",
            Self::Analyst => "analyst",
            Self::Operator => "operator",
        }
    }

    /// The role of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether it has this right.
    pub const fn may(self, right: Right) -> bool {
        match self {
            Self::Operator => true,
            Self::Upstream => matches!(right, Right::PublishFacts),
            Self::Agent => matches!(right, Right::WorkCalls | Right::ShowDebtors | Right::HoldAndPromise),
            Self::Analyst => matches!(right, Right::ReadEvents),
        }
    }
}

/// For whom a token may act.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tenants {
    /// For all of them, those to come included.
    All,
    /// For these.
    These(BTreeSet<TenantId>),
}

impl Tenants {
    /// Whether this one is among them.
    pub fn have(&self, tenant: &TenantId) -> bool {
        match self {
            Self::All => true,
            Self::These(tenants) => tenants.contains(tenant),
        }
    }

    /// Which they are; none says all.
    pub const fn named(&self) -> Option<&BTreeSet<TenantId>> {
        match self {
            Self::All => None,
            Self::These(tenants) => Some(tenants),
        }
    }
}

/// Who asks. Handlers take it as an argument; it is there on every route that needs a right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// The token's name.
    pub name: Label,
    /// What it is for.
    pub role: Role,
    /// For whom.
    pub tenants: Tenants,
}

impl Caller {
    /// The name that commands given with the token beside the log are recorded under.
    pub const LOCAL: &'static str = "local-operator";

    /// Whoever can read the token beside the log.
    pub(super) fn local() -> Option<Self> {
        let name = Label::new(Self::LOCAL).ok()?;
        Some(Self { name, role: Role::Operator, tenants: Tenants::All })
    }

    /// Who is recorded as having given a command.
    pub fn actor(&self) -> Label {
        self.name.clone()
    }

    /// Whether the caller may do this, for its own tenants; else the answer why not.
    pub fn check_right(&self, right: Right) -> Result<(), Problem> {
        if self.role.may(right) {
            return Ok(());
        }
        let able = Role::ALL.into_iter().filter(|role| role.may(right)).map(Role::as_str);
        let remedy = format!("use a token with the role {}", able.collect::<Vec<_>>().join(" or "));
        let detail = "this token's role may not do this";
        Err(Problem::new(StatusCode::FORBIDDEN, detail, remedy).at("Authorization"))
    }

    /// Whether the caller may act for this tenant; else the answer that says so, about this part of the request.
    pub fn check_tenant(&self, tenant: &TenantId, place: &str) -> Result<(), Problem> {
        if self.tenants.have(tenant) {
            return Ok(());
        }
        let remedy = "name a tenant of this token's, or use a token that has this tenant";
        Err(Problem::new(StatusCode::FORBIDDEN, "this token is not for this tenant", remedy).at(place))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Answer<Self> {
        // Only a route outside the guarded ones has none, which is a mistake of ours.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            let detail = "this route does not know who asks";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail, "report this as a defect")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(role: Role, tenants: Tenants) -> Caller {
        Caller { name: Label::new("erp").unwrap(), role, tenants }
    }

    #[test]
    fn each_role_has_its_rights_and_no_other() {
        use Right::{
            Command, HoldAndPromise, PublishFacts, ReadEvents, ReportOutcomes, ShowDebtors, WorkCalls,
        };
        let all = Right::ALL.to_vec();
        for (role, rights) in [
            (Role::Upstream, vec![PublishFacts]),
            (Role::Agent, vec![WorkCalls, ShowDebtors, HoldAndPromise]),
            (Role::Analyst, vec![ReadEvents]),
            (Role::Operator, all.clone()),
        ] {
            let had: Vec<Right> = all.iter().copied().filter(|right| role.may(*right)).collect();
            assert_eq!(had, rights, "{role:?}");
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(
            all,
            [PublishFacts, ReportOutcomes, WorkCalls, ShowDebtors, HoldAndPromise, ReadEvents, Command]
        );
        assert_eq!(Role::parse("root"), None);
    }

    #[test]
    fn a_refusal_names_who_may() {
        let refused = caller(Role::Upstream, Tenants::All).check_right(Right::WorkCalls).unwrap_err();
        assert_eq!(
            (refused.status, refused.remedy.as_str()),
            (403, "use a token with the role agent or operator")
        );
    }

    #[test]
    fn a_token_for_some_tenants_acts_for_no_other() {
        let town = TenantId::new("town").unwrap();
        let some = caller(Role::Operator, Tenants::These(BTreeSet::from([town.clone()])));
        assert_eq!(some.check_tenant(&town, "tenant"), Ok(()));
        let other = some.check_tenant(&TenantId::new("village").unwrap(), "fact 3, tenant").unwrap_err();
        assert_eq!((other.status, other.place.as_deref()), (403, Some("fact 3, tenant")));
        assert_eq!(some.check_right(Right::PublishFacts), Ok(()));
        let all = caller(Role::Operator, Tenants::All);
        assert_eq!(all.check_tenant(&town, "tenant"), Ok(()));
    }

    #[test]
    fn the_local_operator_may_everything() {
        let local = Caller::local().unwrap();
        assert!(Right::ALL.into_iter().all(|right| local.check_right(right).is_ok()));
        assert_eq!(local.actor().as_str(), Caller::LOCAL);
    }
}
