//! Headers of messages: their names, and the W3C trace context in one of them.
//!
//! `traceparent` is for people who watch the wire, and for what upstream writes; a batch of ours holds the trace of each
//! message within, which alone is read back, since the header can name only one.
//!
//! Source: <https://www.w3.org/TR/trace-context/>, section 3.2.

use async_nats::HeaderMap;
use contract::wire::TraceContext;

/// Where a message came from.
pub(super) const TRACEPARENT: &str = "traceparent";

/// A question's number; its answer opens for it alone.
pub(super) const QUESTION: &str = "Mahnwerk-Question";

/// What an answer is: one of [`Standing`].
pub(super) const STANDING: &str = "Mahnwerk-Standing";

/// Where upstream wants a receipt.
pub(super) const RECEIPT_TO: &str = "Mahnwerk-Receipt-To";

/// What upstream's message is encoded as.
pub(super) const CONTENT_TYPE: &str = "Content-Type";

/// By what the server recognises a message that comes again within the duplicate window.
pub(super) const MESSAGE_ID: &str = "Nats-Msg-Id";

/// Longest text of a header that is looked at, in bytes.
const MAX_TEXT: usize = 256;

/// What became of a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// The payload is its answer.
    Answered,
    /// Nobody listens any more; nobody has seen it.
    Nobody,
    /// Whoever took it went away before the answer.
    Dropped,
    /// It does not open, or can't be read.
    Unreadable,
    /// The answer does not fit into a message; what it answers has been done.
    TooLarge,
}

impl Standing {
    const ALL: [Self; 5] = [Self::Answered, Self::Nobody, Self::Dropped, Self::Unreadable, Self::TooLarge];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Nobody => "nobody",
            Self::Dropped => "dropped",
            Self::Unreadable => "unreadable",
            Self::TooLarge => "too-large",
        }
    }

    pub(super) fn of(headers: Option<&HeaderMap>) -> Option<Self> {
        let found = text(headers, STANDING)?;
        Self::ALL.into_iter().find(|standing| standing.as_str() == found)
    }
}

/// A header's text, if it is there and short enough.
pub(super) fn text<'a>(headers: Option<&'a HeaderMap>, name: &'static str) -> Option<&'a str> {
    headers?.get(name).map(async_nats::HeaderValue::as_str).filter(|text| text.len() <= MAX_TEXT)
}

/// Headers with a trace, if there is one.
pub(super) fn traced(trace: TraceContext) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some((trace_id, parent_id, flags)) = trace {
        let parent = format!("00-{}-{}-{flags:02x}", hex(&trace_id), hex(&parent_id));
        headers.insert(TRACEPARENT, parent.as_str());
    }
    headers
}

/// The trace that headers name; one that is malformed is none.
pub(super) fn trace(headers: Option<&HeaderMap>) -> TraceContext {
    let mut parts = text(headers, TRACEPARENT)?.splitn(5, '-');
    let (version, trace_id, parent_id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let [_version] = bytes::<1>(version)?;
    let (trace_id, parent_id, [flags]) = (bytes::<16>(trace_id)?, bytes::<8>(parent_id)?, bytes::<1>(flags)?);
    // Zeros stand for no trace; of the flags only *sampled* is known.
    (trace_id != [0; 16] && parent_id != [0; 8]).then_some((trace_id, parent_id, flags & 1))
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    if digits.len() != 2 * N || !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; N];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> TraceContext {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, header);
        trace(Some(&headers))
    }

    #[test]
    fn a_trace_is_read_as_it_was_written() {
        let before = Some(([0xab; 16], [0x0c; 8], 1));
        let headers = traced(before);
        let written = text(Some(&headers), TRACEPARENT);
        assert_eq!(written, Some("00-abababababababababababababababab-0c0c0c0c0c0c0c0c-01"));
        assert_eq!(trace(Some(&headers)), before);
        assert_eq!((traced(None).is_empty(), trace(None)), (true, None));
    }

    #[test]
    fn a_header_that_is_no_trace_is_none() {
        let (trace_id, parent_id) = ("ab".repeat(16), "0c".repeat(8));
        for wrong in [
            String::new(),
            format!("00-{trace_id}-{parent_id}"),
            format!("00-{trace_id}-{parent_id}-01-more"),
            format!("ff-{trace_id}-{parent_id}-01"),
            format!("00-{}-{parent_id}-01", "00".repeat(16)),
            format!("00-{trace_id}-{}-01", "00".repeat(8)),
            format!("00-{}-{parent_id}-01", "AB".repeat(16)),
            format!("00-{trace_id}-{parent_id}-1"),
        ] {
            assert_eq!(read(&wrong), None, "{wrong}");
        }
        assert!(read(&format!("01-{trace_id}-{parent_id}-03-more")).is_some(), "a later version appends");
    }

    #[test]
    fn a_standing_is_read_as_it_was_written() {
        for standing in Standing::ALL {
            let mut headers = HeaderMap::new();
            headers.insert(STANDING, standing.as_str());
            assert_eq!(Standing::of(Some(&headers)), Some(standing));
        }
        assert_eq!(Standing::of(None), None);
    }
}
