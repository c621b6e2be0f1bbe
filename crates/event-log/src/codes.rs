//! Numbers and bytes that stand for domain values in rows and in the chain.
//!
//! **Invariant:** a number once given is never given to anything else, since old rows and old chains have it.

use contract::wire::TraceContext;
use domain::channel::Channel;
use domain::input::CauseKind;

use crate::record::LookupKind;

/// Bytes of a trace context: trace id, parent id, flags.
pub(crate) const TRACE_LENGTH: usize = 25;

const CAUSES: [CauseKind; 6] = [
    CauseKind::Fact,
    CauseKind::Outcome,
    CauseKind::Permit,
    CauseKind::RenderRefused,
    CauseKind::Due,
    CauseKind::Operator,
];

/// The number of a cause's kind, from 1.
pub(crate) const fn cause_number(kind: CauseKind) -> u8 {
    match kind {
        CauseKind::Fact => 1,
        CauseKind::Outcome => 2,
        CauseKind::Permit => 3,
        CauseKind::RenderRefused => 4,
        CauseKind::Due => 5,
        CauseKind::Operator => 6,
    }
}

/// The kind that has this number.
pub(crate) fn cause_kind(number: i64) -> Option<CauseKind> {
    CAUSES.into_iter().find(|kind| i64::from(cause_number(*kind)) == number)
}

/// The number of a channel, from 1.
pub(crate) const fn channel_number(channel: Channel) -> u8 {
    match channel {
        Channel::Call => 1,
        Channel::Sms => 2,
        Channel::Email => 3,
        Channel::Social => 4,
        Channel::Letter => 5,
    }
}

/// The channel that has this number.
pub(crate) fn channel(number: i64) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| i64::from(channel_number(*channel)) == number)
}

/// The number of a lookup's kind, from 1.
pub(crate) const fn lookup_number(kind: LookupKind) -> u8 {
    match kind {
        LookupKind::Claim => 1,
        LookupKind::Point => 2,
        LookupKind::ProviderMessage => 3,
        LookupKind::Name => 4,
    }
}

/// A trace context as bytes.
pub(crate) fn trace_bytes(trace: &TraceContext) -> Option<[u8; TRACE_LENGTH]> {
    trace.as_ref().map(|(trace_id, parent_id, flags)| {
        let mut out = [0; TRACE_LENGTH];
        let bytes = trace_id.iter().chain(parent_id).chain(std::iter::once(flags));
        out.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
        out
    })
}

/// Reads what [`trace_bytes`] gives.
pub(crate) fn trace_context(bytes: &[u8]) -> Option<([u8; 16], [u8; 8], u8)> {
    let (trace_id, rest) = bytes.split_first_chunk::<16>()?;
    let (parent_id, rest) = rest.split_first_chunk::<8>()?;
    match rest {
        [flags] => Some((*trace_id, *parent_id, *flags)),
        [] | [_, _, ..] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_and_do_not_meet() {
        for (number, kind) in (1..).zip(CAUSES) {
            assert_eq!((i64::from(cause_number(kind)), cause_kind(number)), (number, Some(kind)));
        }
        for (number, each) in (1..).zip(Channel::ALL) {
            assert_eq!((i64::from(channel_number(each)), channel(number)), (number, Some(each)));
        }
        assert_eq!((cause_kind(0), cause_kind(7), channel(0), channel(6)), (None, None, None, None));
    }

    #[test]
    fn a_trace_context_reads_back() {
        let trace = Some(([1; 16], [2; 8], 3));
        let bytes = trace_bytes(&trace).unwrap();
        assert_eq!(trace_context(&bytes), trace);
        assert_eq!(trace_context(&bytes[..24]), None);
        assert_eq!(trace_context(&[bytes.as_slice(), &[0]].concat()), None);
        assert_eq!(trace_bytes(&None), None);
    }
}
