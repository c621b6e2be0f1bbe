//! Which submission fails, and how: the same for the same seed, in whatever order concurrent senders arrive.

use std::collections::HashMap;

use crate::behaviour::{Behaviour, Provider, Verdict};

/// Most addresses whose submissions are counted; those beyond are drawn as if each were the first.
const MAX_ADDRESSES: usize = 1_000_000;

/// Draws verdicts.
pub(crate) struct Draw {
    seed: u64,
    earlier: HashMap<u64, u64>,
}

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, earlier: HashMap::new() }
    }

    /// The verdict on the next submission to this address: the first rule that matches, else a draw.
    pub(crate) fn verdict(&mut self, behaviour: &Behaviour, provider: Provider, address: &str) -> Verdict {
        let key = hash(provider.as_str(), address);
        let earlier = self.count(key);
        if let Some(rule) = behaviour.rules.iter().find(|rule| address.ends_with(&rule.ends_with)) {
            return rule.verdict;
        }
        drawn(behaviour, self.rolled(key, earlier))
    }

    /// A roll of 0 to 999 for the next message to this address.
    pub(crate) fn roll(&mut self, provider: Provider, address: &str) -> u64 {
        let key = hash(provider.as_str(), address);
        let earlier = self.count(key);
        self.rolled(key, earlier)
    }

    const fn rolled(&self, key: u64, earlier: u64) -> u64 {
        mix(self.seed ^ mix(key ^ mix(earlier))) % 1000
    }

    /// How many submissions came before this one, which is counted.
    fn count(&mut self, key: u64) -> u64 {
        if self.earlier.len() >= MAX_ADDRESSES && !self.earlier.contains_key(&key) {
            return 0;
        }
        let counted = self.earlier.entry(key).or_insert(0);
        let before = *counted;
        *counted = before.saturating_add(1);
        before
    }
}

fn drawn(behaviour: &Behaviour, roll: u64) -> Verdict {
    let mut reached = 0;
    for (share, verdict) in behaviour.shares() {
        reached += u64::from(share);
        if roll < reached {
            return verdict;
        }
    }
    Verdict::Accept
}

/// FNV-1a over both texts with a byte between them that neither can hold.
fn hash(provider: &str, address: &str) -> u64 {
    let bytes = provider.bytes().chain([0xff]).chain(address.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::Rule;

    fn addresses() -> Vec<String> {
        (0..1000).map(|n| format!("+3933300{n:05}")).collect()
    }

    fn draw_all<'a>(
        seed: u64,
        behaviour: &Behaviour,
        order: impl Iterator<Item = &'a String>,
    ) -> Vec<Verdict> {
        let mut draw = Draw::new(seed);
        let mut verdicts: Vec<_> = order.map(|to| (to, draw.verdict(behaviour, Provider::Sms, to))).collect();
        verdicts.sort();
        verdicts.into_iter().map(|(_, verdict)| verdict).collect()
    }

    #[test]
    fn the_order_of_arrival_changes_nothing_and_the_seed_does() {
        let some = Behaviour { reject_per_mille: 100, throttle_per_mille: 100, ..Behaviour::default() };
        let all = addresses();
        let forward = draw_all(7, &some, all.iter());
        assert_eq!(forward, draw_all(7, &some, all.iter().rev()));
        assert_ne!(forward, draw_all(8, &some, all.iter()));
    }

    #[test]
    fn a_share_is_met_roughly_and_a_whole_exactly() {
        let tenth = Behaviour { throttle_per_mille: 100, ..Behaviour::default() };
        let all = addresses();
        let hit = draw_all(1, &tenth, all.iter()).iter().filter(|v| **v == Verdict::Throttle).count();
        assert!((60..=140).contains(&hit), "{hit} of 1000");
        let always = Behaviour { accept_then_drop_per_mille: 1000, ..Behaviour::default() };
        assert!(draw_all(1, &always, all.iter()).iter().all(|v| *v == Verdict::AcceptThenDrop));
        assert!(draw_all(1, &Behaviour::default(), all.iter()).iter().all(|v| *v == Verdict::Accept));
    }

    #[test]
    fn a_second_submission_to_an_address_is_drawn_anew() {
        let half = Behaviour { throttle_per_mille: 500, ..Behaviour::default() };
        let mut draw = Draw::new(3);
        let verdicts: Vec<_> = (0..64).map(|_| draw.verdict(&half, Provider::Email, "a@b.example")).collect();
        assert!(verdicts.contains(&Verdict::Throttle) && verdicts.contains(&Verdict::Accept));
    }

    #[test]
    fn a_rule_by_address_goes_before_the_draw_and_the_first_one_wins() {
        let rule = |ends_with: &str, verdict| Rule { ends_with: ends_with.to_owned(), verdict };
        let behaviour = Behaviour {
            reject_per_mille: 1000,
            rules: vec![rule("19", Verdict::RecipientRefuses), rule("9", Verdict::NotAllowed)],
            ..Behaviour::default()
        };
        let mut draw = Draw::new(1);
        for (to, verdict) in [
            ("+3919", Verdict::RecipientRefuses),
            ("+3929", Verdict::NotAllowed),
            ("+3920", Verdict::BadAddress),
        ] {
            assert_eq!(draw.verdict(&behaviour, Provider::Sms, to), verdict, "{to}");
        }
    }
}
