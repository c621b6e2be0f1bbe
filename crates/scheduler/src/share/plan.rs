//! Who is to own what: a pure function of who lives, so that all who ask at the same time give the same answer.

use std::collections::BTreeSet;

use event_log::membership::{Instance, Roster};

/// What a member is to do next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Plan {
    /// Partitions that are to be taken over: they fall to this member, and nobody holds them.
    pub(super) take: Vec<u16>,
    /// Partitions that are to be handed over: they fall to somebody else by now.
    pub(super) hand_over: Vec<u16>,
    /// Partitions that somebody else holds already, whatever this member believes.
    pub(super) lost: Vec<u16>,
    /// Partitions whose lease is this member's, under which epoch, though no owner runs here and they fall to somebody
    /// else: an owner that ended before it began leaves one behind, and each beat would renew it.
    pub(super) give_back: Vec<(u16, u64)>,
    /// All partitions that fall to this member.
    pub(super) falls_to_us: BTreeSet<u16>,
}

/// The plan of `me`, who runs owners of these partitions, each under an epoch once it has one.
pub(super) fn plan(roster: &Roster, me: Instance, runs: impl Fn(u16) -> Option<Option<u64>>) -> Plan {
    let mut plan = Plan::default();
    for holder in &roster.holders {
        let partition = holder.partition;
        let ours = whose(&roster.members, partition) == Some(me);
        if ours {
            plan.falls_to_us.insert(partition);
        }
        match runs(partition) {
            Some(Some(epoch)) if holder.epoch > epoch => plan.lost.push(partition),
            Some(_) if !ours => plan.hand_over.push(partition),
            None if ours && (!holder.is_held() || holder.instance == Some(me)) => plan.take.push(partition),
            None if !ours && holder.is_held() && holder.instance == Some(me) => {
                plan.give_back.push((partition, holder.epoch));
            }
            Some(_) | None => {}
        }
    }
    plan
}

/// To whom a partition falls: the member with the highest weight for it (rendezvous hashing). A member that comes or goes
/// moves only what falls to it.
fn whose(members: &[Instance], partition: u16) -> Option<Instance> {
    members.iter().copied().max_by_key(|member| (weight(*member, partition), *member))
}

/// A number that mixes member and partition: the finaliser of SplitMix64 (Steele, Lea, Flood 2014) over each half.
fn weight(member: Instance, partition: u16) -> u64 {
    let number = u128::from_be_bytes(member.0);
    let (high, low) = (u64::try_from(number >> 64), u64::try_from(number & u128::from(u64::MAX)));
    let mixed = mix(high.unwrap_or_default()) ^ low.unwrap_or_default();
    mix(mix(mixed) ^ u64::from(partition))
}

const fn mix(z: u64) -> u64 {
    let z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::collections::BTreeMap;

    use domain::time::Timestamp;
    use event_log::membership::Holder;

    use super::*;

    const LEASE: Duration = Duration::from_secs(5);

    fn member(n: u8) -> Instance {
        Instance([n; 16])
    }

    fn roster(members: &[u8], holders: &[(u64, Option<u8>, Duration)]) -> Roster {
        let holder = |(partition, (epoch, instance, lapses_in)): (u16, &(u64, Option<u8>, Duration))| {
            Holder { partition, epoch: *epoch, instance: instance.map(member), lapses_in: *lapses_in }
        };
        let holders = (0..).zip(holders).map(holder).collect();
        let members = members.iter().copied().map(member).collect();
        Roster { now: Timestamp(0), members, rulebooks: BTreeMap::new(), holders }
    }

    #[test]
    fn each_partition_falls_to_one_and_all_get_some() {
        let members: Vec<Instance> = (1..=3).map(member).collect();
        let mut shares = [0_u16; 3];
        for partition in 0..64 {
            let whose = whose(&members, partition).unwrap();
            shares[members.iter().position(|member| *member == whose).unwrap()] += 1;
        }
        assert_eq!(shares.iter().sum::<u16>(), 64);
        assert!(shares.iter().all(|share| (8..=40).contains(share)), "{shares:?}");
    }

    #[test]
    fn whoever_comes_moves_only_what_falls_to_it() {
        let (before, after): (Vec<_>, Vec<_>) =
            ((1..=3).map(member).collect(), (1..=4).map(member).collect());
        for partition in 0..256 {
            let (was, is) = (whose(&before, partition), whose(&after, partition));
            assert!(was == is || is == Some(member(4)), "partition {partition}");
        }
    }

    #[test]
    fn a_lone_member_takes_what_is_free_or_lapsed_or_its_own_and_waits_for_the_rest() {
        let free = (0, None, Duration::ZERO);
        let roster = roster(
            &[1],
            &[
                free,
                (3, Some(2), Duration::ZERO),
                (3, Some(2), LEASE),
                (4, Some(1), LEASE),
                (4, Some(1), LEASE),
            ],
        );
        let runs = |partition| (partition == 4).then_some(Some(4));
        let plan = plan(&roster, member(1), runs);
        assert_eq!((plan.take, plan.hand_over, plan.lost), (vec![0, 1, 3], vec![], vec![]));
        assert_eq!(plan.falls_to_us.len(), 5);
    }

    #[test]
    fn what_falls_to_another_is_handed_over_and_what_another_holds_is_lost() {
        let theirs = (0..).find(|p| whose(&[member(1), member(2)], *p) == Some(member(2))).unwrap();
        let holders: Vec<_> = (0..=theirs).map(|_| (5, Some(1), LEASE)).collect();
        let running = |epoch| move |partition| (partition == theirs).then_some(Some(epoch));
        let roster = roster(&[1, 2], &holders);
        assert_eq!(plan(&roster, member(1), running(5)).hand_over, [theirs]);
        assert_eq!(plan(&roster, member(1), running(4)).lost, [theirs]);
        assert_eq!(plan(&roster, member(1), |_| None).give_back, [(theirs, 5)]);
        let starting = |partition| (partition == theirs).then_some(None);
        assert_eq!(plan(&roster, member(1), starting).hand_over, [theirs]);
    }
}
