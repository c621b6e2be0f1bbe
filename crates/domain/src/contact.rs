//! Contact points, consents and opt-outs of one debtor.

use crate::channel::{Channel, PointKind};
use crate::fact::{Invalidity, Scope};
use crate::ids::{PointId, Position};
use crate::label::Label;
use crate::time::Timestamp;

/// Most contact points kept for one debtor; further ones are refused as facts.
pub const MAX_POINTS: usize = 32;

/// A way to reach the debtor, known by its digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContactPoint {
    /// Keyed digest of the normalised number or address.
    pub point: PointId,
    /// What it is.
    pub kind: PointKind,
    /// Who gave it, each source once (R55).
    pub sources: Vec<Label>,
    /// The surest source's confidence, 0 to 100.
    pub confidence: u8,
    /// When it was last verified, if ever.
    pub verified_at: Option<Timestamp>,
    /// Why it can't be used, if so.
    pub invalid: Option<Invalidity>,
    /// The event whose personal part has the number or address.
    pub recorded_at: Position,
}

/// A consent or an opt-out: of two about the same scope the later one counts, the opt-out on a tie (inputs, 2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preference {
    /// What it covers.
    pub scope: Scope,
    /// Whether contact is wanted.
    pub wanted: bool,
    /// When it was stated, by whoever states it.
    pub occurred_at: Timestamp,
}

/// All of a debtor's consents and opt-outs, one for each scope.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Preferences(Vec<Preference>);

impl Preferences {
    /// None at all.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Rebuilds from what [`Self::iter`] gave.
    pub fn from_parts(parts: Vec<Preference>) -> Self {
        Self(parts)
    }

    /// Each of them, in order of first statement.
    pub fn iter(&self) -> impl Iterator<Item = &Preference> {
        self.0.iter()
    }

    /// When something was last stated about exactly this scope.
    pub fn stated_at(&self, scope: Scope) -> Option<Timestamp> {
        self.0.iter().find(|stated| stated.scope == scope).map(|stated| stated.occurred_at)
    }

    /// Takes a statement in: it replaces an earlier one about the same scope; on a tie the stricter one stays.
    pub fn state(&mut self, new: Preference) {
        match self.0.iter_mut().find(|old| old.scope == new.scope) {
            Some(old) => {
                let wins = (new.occurred_at, !new.wanted) >= (old.occurred_at, !old.wanted);
                if wins {
                    *old = new;
                }
            }
            None => self.0.push(new),
        }
    }

    /// Whether the debtor opted out of this contact point on this channel, in any scope that covers it.
    ///
    /// A consent for a narrower scope that is later than the opt-out lifts it.
    pub fn opted_out(&self, channel: Channel, point: PointId) -> bool {
        let at = |scope: Scope| self.0.iter().find(|p| p.scope == scope);
        let scopes = [Scope::Point(point), Scope::Channel(channel), Scope::All];
        let latest = scopes.into_iter().filter_map(at).max_by_key(|p| (p.occurred_at, !p.wanted));
        latest.is_some_and(|p| !p.wanted)
    }

    /// Whether a consent covers this contact point on this channel, and no later opt-out takes it back.
    pub fn consented(&self, channel: Channel, point: PointId) -> bool {
        let covers = |p: &&Preference| {
            p.wanted && [Scope::Point(point), Scope::Channel(channel), Scope::All].contains(&p.scope)
        };
        self.0.iter().any(|p| covers(&p)) && !self.opted_out(channel, point)
    }
}
