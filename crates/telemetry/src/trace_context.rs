//! W3C trace context: one text in headers, one tuple in messages and in the log's envelope.
//!
//! Guarantees that what [`format()`] writes [`parse`] reads back unchanged, and that a malformed header is refused and
//! never half taken: a wrong trace would tie one debtor's work to another's.
//! Leaves out `tracestate`: the envelope has no room for other vendors' free text.
//!
//! Source: <https://www.w3.org/TR/trace-context/>, sections 3.2 and 4.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Trace id, parent id, flags: the same tuple as `contract::wire::TraceContext`, so that neither crate needs the other.
pub type TraceContext = Option<([u8; 16], [u8; 8], u8)>;

/// The header's name.
pub const TRACEPARENT: &str = "traceparent";

/// Length of a header of version 00, in bytes.
const LENGTH: usize = 55;

/// Longest header that is looked at; later versions may append to it.
const MAX_LENGTH: usize = 256;

/// Why a header is no `traceparent`. Its text is not repeated: it came from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TraceParentError {
    /// It does not have the shape.
    #[error("is not <2>-<32>-<16>-<2> lower-case hexadecimal digits, as in 00-{0:032x}-{1:016x}-01", 10, 11)]
    Shape,
    /// It has the shape and an id of zeros, or version ff.
    #[error("has the version ff, or an id of zeros, which stands for no trace")]
    Invalid,
}

/// Reads a `traceparent` header. Flags other than *sampled* are dropped, as the specification asks.
pub fn parse(header: &str) -> Result<TraceContext, TraceParentError> {
    check_shape(header.as_bytes())?;
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &One(header));
    from_span_context(context.span().span_context()).map_or(Err(TraceParentError::Invalid), |t| Ok(Some(t)))
}

/// Writes a `traceparent` header; `None` when there is no trace, or none that the specification allows.
pub fn format(trace: TraceContext) -> Option<String> {
    let mut written = Written(None);
    let context = Context::new().with_remote_span_context(to_span_context(trace)?);
    TraceContextPropagator::new().inject_context(&context, &mut written);
    written.0
}

/// The trace of the span that the caller is in; `None` where no spans are exported.
pub fn current() -> TraceContext {
    from_span_context(Span::current().context().span().span_context())
}

/// Makes a span that has not been entered yet the child of a message's trace. Without a trace nothing changes.
pub fn adopt(span: &Span, trace: TraceContext) {
    if let Some(parent) = to_span_context(trace) {
        // Fails where no spans are exported, and then there is nothing to tie together.
        let _no_exporter = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// The propagator is lenient (a sign, a missing digit, a trailing dash pass); the specification is not.
fn check_shape(header: &[u8]) -> Result<(), TraceParentError> {
    let (Some(fixed), Some(rest)) = (header.get(..LENGTH), header.get(LENGTH..)) else {
        return Err(TraceParentError::Shape);
    };
    let well_formed = fixed.iter().enumerate().all(|(place, byte)| match place {
        2 | 35 | 52 => *byte == b'-',
        _digit => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    });
    let ends_right = match rest {
        [] => true,
        [b'-', ..] => !fixed.starts_with(b"00") && header.len() <= MAX_LENGTH,
        [_other, ..] => false,
    };
    if well_formed && ends_right { Ok(()) } else { Err(TraceParentError::Shape) }
}

fn to_span_context(trace: TraceContext) -> Option<SpanContext> {
    let (trace_id, parent_id, flags) = trace?;
    let context = SpanContext::new(
        TraceId::from_bytes(trace_id),
        SpanId::from_bytes(parent_id),
        TraceFlags::new(flags) & TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    context.is_valid().then_some(context)
}

fn from_span_context(context: &SpanContext) -> TraceContext {
    context
        .is_valid()
        .then(|| (context.trace_id().to_bytes(), context.span_id().to_bytes(), context.trace_flags().to_u8()))
}

struct One<'a>(&'a str);

impl Extractor for One<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

struct Written(Option<String>);

impl Injector for Written {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_header_survives_both_ways() {
        for flags in ["00", "01"] {
            let header = format!("{}{flags}", &HEADER[..53]);
            let trace = parse(&header).unwrap();
            assert_eq!(format(trace), Some(header.clone()));
            assert_eq!(parse(&header), Ok(trace));
        }
    }

    #[test]
    fn a_tuple_survives_both_ways() {
        for trace in
            [([1; 16], [2; 8], 0), ([0xff; 16], [0xff; 8], 1), ([0x80; 16], [0, 0, 0, 0, 0, 0, 0, 1], 1)]
        {
            let header = format(Some(trace)).unwrap();
            assert_eq!(header.len(), LENGTH);
            assert_eq!(parse(&header), Ok(Some(trace)));
        }
    }

    #[test]
    fn the_bytes_are_those_of_the_text() {
        let (trace_id, parent_id, flags) = parse(HEADER).unwrap().unwrap();
        assert_eq!(trace_id[..4], [0x4b, 0xf9, 0x2f, 0x35]);
        assert_eq!(parent_id, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
        assert_eq!(flags, 1);
    }

    #[test]
    fn unknown_flags_are_dropped_and_later_versions_read() {
        let sampled = parse(HEADER).unwrap();
        assert_eq!(parse(&format!("{}09", &HEADER[..53])), Ok(sampled));
        assert_eq!(parse(&format!("cc{}", &HEADER[2..])), Ok(sampled));
        assert_eq!(parse(&format!("cc{}-what-comes-later", &HEADER[2..])), Ok(sampled));
        assert_eq!(format(Some(([1; 16], [2; 8], 0xff))), format(Some(([1; 16], [2; 8], 1))));
    }

    #[test]
    fn a_bad_shape_is_refused() {
        let too_long = format!("cc{}-{}", &HEADER[2..], "x".repeat(MAX_LENGTH));
        for wrong in [
            "",
            "00",
            &HEADER[..54],
            &HEADER.to_uppercase(),
            &format!("{HEADER}-"),
            &format!("{HEADER}0"),
            &format!(" {HEADER}"),
            &format!("cc{}x", &HEADER[2..]),
            &HEADER.replace('-', "_"),
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01x",
            "+0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1",
            "00-4bf92f3577b34da6a3ce929d0e0e47é-00f067aa0ba902b7-01x",
            &too_long,
        ] {
            assert_eq!(parse(wrong), Err(TraceParentError::Shape), "{wrong}");
        }
    }

    #[test]
    fn what_stands_for_no_trace_is_refused_and_not_written() {
        for wrong in [
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        ] {
            assert_eq!(parse(wrong), Err(TraceParentError::Invalid), "{wrong}");
        }
        for nothing in [None, Some(([0; 16], [2; 8], 1)), Some(([1; 16], [0; 8], 1))] {
            assert_eq!(format(nothing), None);
        }
    }

    #[test]
    fn a_refusal_shows_a_header_that_would_be_right() {
        let text = TraceParentError::Shape.to_string();
        let example = text.rsplit(' ').next().unwrap();
        assert!(parse(example).is_ok(), "{text}");
    }
}
