//! Tenants, rulebooks and histories, which rows name by small numbers.
//!
//! A number once given stays, so what is known is never wrong, only sometimes incomplete: then it is read again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use domain::ids::RulebookHash;
use domain::label::TenantId;

/// What is known of them; cheap to share.
#[derive(Debug, Default)]
pub(crate) struct Names(RwLock<Arc<Known>>);

#[derive(Debug, Default)]
pub(crate) struct Known {
    tenants: BTreeMap<i64, TenantId>,
    rulebooks: BTreeMap<i64, RulebookHash>,
    histories: BTreeMap<i64, [u8; 16]>,
    tenant_numbers: BTreeMap<TenantId, i64>,
    rulebook_numbers: BTreeMap<RulebookHash, i64>,
    history_numbers: BTreeMap<[u8; 16], i64>,
}

/// Tenants and rulebooks that have no number yet.
#[derive(Debug, Default)]
pub(crate) struct Unnamed<'a> {
    pub(crate) tenants: BTreeSet<&'a TenantId>,
    pub(crate) rulebooks: BTreeSet<&'a RulebookHash>,
}

impl Unnamed<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.tenants.is_empty() && self.rulebooks.is_empty()
    }
}

impl Known {
    pub(crate) fn add_tenant(&mut self, number: i64, tenant: TenantId) {
        self.tenant_numbers.insert(tenant.clone(), number);
        self.tenants.insert(number, tenant);
    }

    pub(crate) fn add_rulebook(&mut self, number: i64, hash: RulebookHash) {
        self.rulebook_numbers.insert(hash, number);
        self.rulebooks.insert(number, hash);
    }

    pub(crate) fn add_history(&mut self, number: i64, history: [u8; 16]) {
        self.history_numbers.insert(history, number);
        self.histories.insert(number, history);
    }

    /// Those of the names that are used and have no number here.
    pub(crate) fn unnamed<'a>(
        &self,
        used: impl Iterator<Item = (&'a TenantId, Option<&'a RulebookHash>)>,
    ) -> Unnamed<'a> {
        let mut unnamed = Unnamed::default();
        for (tenant, rulebook) in used {
            if self.tenant_number(tenant).is_none() {
                unnamed.tenants.insert(tenant);
            }
            unnamed.rulebooks.extend(rulebook.filter(|hash| self.rulebook_number(hash).is_none()));
        }
        unnamed
    }

    pub(crate) fn tenant(&self, number: i64) -> Option<&TenantId> {
        self.tenants.get(&number)
    }

    pub(crate) fn rulebook(&self, number: i64) -> Option<RulebookHash> {
        self.rulebooks.get(&number).copied()
    }

    pub(crate) fn history(&self, number: i64) -> Option<[u8; 16]> {
        self.histories.get(&number).copied()
    }

    pub(crate) fn tenant_number(&self, tenant: &TenantId) -> Option<i64> {
        self.tenant_numbers.get(tenant).copied()
    }

    pub(crate) fn rulebook_number(&self, hash: &RulebookHash) -> Option<i64> {
        self.rulebook_numbers.get(hash).copied()
    }

    pub(crate) fn history_number(&self, history: &[u8; 16]) -> Option<i64> {
        self.history_numbers.get(history).copied()
    }
}

impl Names {
    /// What is known by now.
    pub(crate) fn known(&self) -> Arc<Known> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes what was read anew for what is known.
    pub(crate) fn replace(&self, known: Known) -> Arc<Known> {
        let known = Arc::new(known);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&known);
        known
    }
}
