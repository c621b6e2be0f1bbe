//! Long messages in parts, each small enough for the server, in order.
//!
//! A batch of the wire contract is nothing but its entries, one after the other: batches of one, joined, are the batch.

use crate::BusError;

/// A part of a message.
pub(super) struct Part {
    /// The batch, encoded.
    pub(super) bytes: Vec<u8>,
    /// How many entries it has.
    pub(super) entries: usize,
}

/// The most of a part.
#[derive(Clone, Copy)]
pub(super) struct Most {
    /// Entries of the whole message.
    pub(super) message: usize,
    /// Entries of a part.
    pub(super) entries: usize,
    /// Bytes of a part.
    pub(super) bytes: usize,
}

/// Cuts a message into parts.
pub(super) fn parts<T>(
    what: &'static str,
    entries: &[T],
    most: Most,
    encode_one: impl Fn(&T) -> Vec<u8>,
) -> Result<Vec<Part>, BusError> {
    check(what, entries.len(), most.message)?;
    let mut parts: Vec<Part> = Vec::new();
    for entry in entries {
        let bytes = encode_one(entry);
        check("bytes", bytes.len(), most.bytes)?;
        match parts.last_mut() {
            Some(part) if part.entries < most.entries && part.bytes.len() + bytes.len() <= most.bytes => {
                part.bytes.extend(bytes);
                part.entries += 1;
            }
            Some(_) | None => parts.push(Part { bytes, entries: 1 }),
        }
    }
    Ok(parts)
}

const fn check(what: &'static str, size: usize, limit: usize) -> Result<(), BusError> {
    if size > limit { Err(BusError::TooLarge { what, size, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::notice;
    use contract::codec::{decode_notices, encode_notices};
    use contract::wire::EscalationNotice;

    fn one(notice: &EscalationNotice) -> Vec<u8> {
        encode_notices(std::slice::from_ref(notice))
    }

    fn cut(count: u32, message: usize, entries: usize, bytes: usize) -> Result<Vec<usize>, BusError> {
        let notices: Vec<_> = (1..=count).map(notice).collect();
        let parts = parts("escalations", &notices, Most { message, entries, bytes }, one)?;
        let read: Vec<_> = parts.iter().flat_map(|part| decode_notices(&part.bytes).unwrap()).collect();
        assert_eq!(read, notices, "joined, the parts are the message, in order");
        Ok(parts.iter().map(|part| part.entries).collect())
    }

    #[test]
    fn a_message_is_cut_by_bytes_and_by_entries() {
        let size = one(&notice(1)).len();
        assert_eq!(cut(5, 10, 10, 10_000), Ok(vec![5]));
        assert_eq!(cut(5, 10, 2, 10_000), Ok(vec![2, 2, 1]));
        assert_eq!(cut(5, 10, 10, 3 * size), Ok(vec![3, 2]));
        assert_eq!(cut(0, 10, 10, 10), Ok(vec![]));
    }

    #[test]
    fn what_no_part_can_hold_is_refused_with_the_figure() {
        let size = one(&notice(1)).len();
        let too_long = BusError::TooLarge { what: "bytes", size, limit: size - 1 };
        assert_eq!(cut(1, 10, 10, size - 1), Err(too_long));
        assert_eq!(cut(3, 2, 9, 999), Err(BusError::TooLarge { what: "escalations", size: 3, limit: 2 }));
    }
}
