//! The hash chain over a partition's rows, and its exact bytes.
//!
//! The chain hash of a row is SHA-256 over the following, in this order.
//! All numbers are big-endian; *counted* means eight bytes with the length, then the bytes themselves.
//!
//! | bytes | what |
//! |---|---|
//! | 17 | the ASCII text `mahnwerk/chain/v1` |
//! | 32 | the chain hash of the position before, zeros before the first |
//! | 16 | history id |
//! | 2 | partition |
//! | 8 | position, from 1 |
//! | counted | tenant, UTF-8 |
//! | 16 | stream |
//! | 8 | version |
//! | 1 or 9 | `00` without a previous event, else `01` and its position |
//! | 16 | event id |
//! | 1 | kind of the cause: 1 fact, 2 outcome, 3 permit, 4 refused rendering, 5 due, 6 operator |
//! | 16 | id of the cause |
//! | 8 | instant of the decision, milliseconds since 1970 in UTC, two's complement |
//! | 8 | instant of what it states, likewise |
//! | 2 | kind of the event |
//! | 2 | schema version |
//! | 4 | decider revision |
//! | 32 | rulebook hash |
//! | 1 or 26 | `00` without a trace context, else `01`, trace id (16), parent id (8), flags (1) |
//! | counted | open payload |
//! | 1 or more | `00` without a personal part, else `01` and the sealed part, counted |
//!
//! **Invariant:** the chain is over ciphertext, so it can be checked by whoever has no key, and after an erasure.
//! No two different rows have the same bytes, since every part has a fixed length or says its own.

use domain::ids::Position;
use sha2::{Digest, Sha256};

use crate::codes;
use crate::record::{NewEvent, Recorded};

/// The chain hash before the first position.
pub const GENESIS: [u8; 32] = [0; 32];

const TAG: &[u8] = b"mahnwerk/chain/v1";

/// The chain hash of this row, which follows the one with `previous`.
pub fn next(
    previous: &[u8; 32],
    history: [u8; 16],
    partition: u16,
    position: Position,
    event: &NewEvent,
) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(TAG);
    hash.update(previous);
    hash.update(history);
    hash.update(partition.to_be_bytes());
    hash.update(position.0.to_be_bytes());
    envelope(&mut hash, event);
    optional(&mut hash, codes::trace_bytes(&event.trace).as_ref().map(|bytes| bytes.as_slice()), plain);
    counted(&mut hash, &event.payload);
    optional(&mut hash, event.personal.as_deref(), counted);
    hash.finalize().into()
}

/// Whether this row's chain hash is the one that it must have after `previous`.
pub fn follows(previous: &[u8; 32], row: &Recorded) -> bool {
    next(previous, row.history, row.partition, row.position, &row.event) == row.chain
}

/// The chain hashes of events appended one after the other behind `after`.
pub(crate) fn extend(
    previous: &[u8; 32],
    history: [u8; 16],
    partition: u16,
    after: Position,
    events: &[NewEvent],
) -> Vec<[u8; 32]> {
    let mut last = *previous;
    let mut out = Vec::with_capacity(events.len());
    for (position, event) in (after.0.saturating_add(1)..).zip(events) {
        last = next(&last, history, partition, Position(position), event);
        out.push(last);
    }
    out
}

fn envelope(hash: &mut Sha256, event: &NewEvent) {
    counted(hash, event.tenant.as_str().as_bytes());
    hash.update(event.stream.bytes());
    hash.update(event.version.to_be_bytes());
    optional(hash, event.previous.map(|p| p.0.to_be_bytes()).as_ref().map(|b| b.as_slice()), plain);
    hash.update(event.event_id);
    hash.update([codes::cause_number(event.cause.kind)]);
    hash.update(event.cause.id.bytes());
    hash.update(event.at.0.to_be_bytes());
    hash.update(event.occurred_at.0.to_be_bytes());
    hash.update(event.kind.to_be_bytes());
    hash.update(event.schema.to_be_bytes());
    hash.update(event.decider.to_be_bytes());
    hash.update(event.rulebook.0);
}

fn optional(hash: &mut Sha256, bytes: Option<&[u8]>, write: fn(&mut Sha256, &[u8])) {
    match bytes {
        None => hash.update([0]),
        Some(bytes) => {
            hash.update([1]);
            write(hash, bytes);
        }
    }
}

fn plain(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(bytes);
}

fn counted(hash: &mut Sha256, bytes: &[u8]) {
    // A length never exceeds 64 bits on any platform that this runs on.
    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use domain::ids::{InputId, RulebookHash, StreamId};
    use domain::input::{Cause, CauseKind};
    use domain::label::TenantId;
    use domain::time::Timestamp;

    use super::*;

    fn event() -> NewEvent {
        NewEvent {
            tenant: TenantId::new("roma").unwrap(),
            stream: StreamId::new([1; 16]),
            version: 2,
            previous: Some(Position(3)),
            event_id: [4; 16],
            cause: Cause { kind: CauseKind::Outcome, id: InputId::new([5; 16]) },
            at: Timestamp(-6),
            occurred_at: Timestamp(7),
            kind: 8,
            schema: 9,
            decider: 10,
            rulebook: RulebookHash([11; 32]),
            trace: Some(([12; 16], [13; 8], 14)),
            payload: vec![15, 16],
            personal: Some(vec![17]),
        }
    }

    /// The table above, written out a second time and independently of the code that it documents.
    fn by_hand() -> Vec<u8> {
        [
            b"mahnwerk/chain/v1".as_slice(),
            &[20; 32],
            &[21; 16],
            &[0, 22],
            &[0, 0, 0, 0, 0, 0, 0, 23],
            &[0, 0, 0, 0, 0, 0, 0, 4],
            b"roma",
            &[1; 16],
            &[0, 0, 0, 0, 0, 0, 0, 2],
            &[1, 0, 0, 0, 0, 0, 0, 0, 3],
            &[4; 16],
            &[2],
            &[5; 16],
            &[255, 255, 255, 255, 255, 255, 255, 250],
            &[0, 0, 0, 0, 0, 0, 0, 7],
            &[0, 8],
            &[0, 9],
            &[0, 0, 0, 10],
            &[11; 32],
            &[1],
            &[12; 16],
            &[13; 8],
            &[14],
            &[0, 0, 0, 0, 0, 0, 0, 2, 15, 16],
            &[1, 0, 0, 0, 0, 0, 0, 0, 1, 17],
        ]
        .concat()
    }

    #[test]
    fn the_bytes_are_the_documented_ones() {
        let expected: [u8; 32] = Sha256::digest(by_hand()).into();
        assert_eq!(next(&[20; 32], [21; 16], 22, Position(23), &event()), expected);
    }

    #[test]
    fn every_field_changes_the_hash() {
        type Change = fn(&mut NewEvent);
        let changes: [Change; 19] = [
            |e| e.tenant = TenantId::new("romb").unwrap(),
            |e| e.stream = StreamId::new([2; 16]),
            |e| e.version += 1,
            |e| e.previous = Some(Position(4)),
            |e| e.previous = None,
            |e| e.event_id = [5; 16],
            |e| e.cause.kind = CauseKind::Fact,
            |e| e.cause.id = InputId::new([6; 16]),
            |e| e.at = Timestamp(-5),
            |e| e.occurred_at = Timestamp(8),
            |e| e.kind += 1,
            |e| e.schema += 1,
            |e| e.decider += 1,
            |e| e.rulebook = RulebookHash([12; 32]),
            |e| e.trace = None,
            |e| e.payload.push(0),
            |e| e.personal = Some(vec![]),
            |e| e.personal = None,
            // The same bytes, cut elsewhere.
            |e| (e.payload, e.personal) = (vec![15], Some(vec![16, 17])),
        ];
        let hash = |event: &NewEvent| next(&[20; 32], [21; 16], 22, Position(23), event);
        for (index, change) in changes.iter().enumerate() {
            let mut changed = event();
            change(&mut changed);
            assert_ne!(hash(&changed), hash(&event()), "change {index}");
        }
        let place = [
            next(&[0; 32], [21; 16], 22, Position(23), &event()),
            next(&[20; 32], [0; 16], 22, Position(23), &event()),
            next(&[20; 32], [21; 16], 0, Position(23), &event()),
            next(&[20; 32], [21; 16], 22, Position(0), &event()),
        ];
        assert!(place.iter().all(|other| *other != hash(&event())));
    }

    #[test]
    fn a_chain_is_its_rows_one_after_the_other() {
        let chain = extend(&GENESIS, [1; 16], 0, Position(0), &[event(), event()]);
        let first = next(&GENESIS, [1; 16], 0, Position(1), &event());
        assert_eq!(chain, [first, next(&first, [1; 16], 0, Position(2), &event())]);
    }
}
