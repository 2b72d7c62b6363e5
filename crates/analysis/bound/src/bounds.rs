//! The bounds of a trace.

use crate::{Format, Load, pack, spans};
use heaplab_heap::Align;
use heaplab_trace::Trace;
use serde::Serialize;

/// Between these two is the smallest heap that can serve a trace with blocks of one format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bound {
    /// Bytes of a block's header.
    pub header_bytes: u32,
    /// The most bytes of blocks that are live at once: no heap is smaller.
    pub live_bytes: u64,
    /// Bytes of a heap that knows the whole trace; none if the trace is too large to pack.
    pub packed_bytes: Option<u64>,
}

/// The bounds of a trace, for blocks without headers and with a header of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// The most payload bytes that are live at once.
    pub peak_payload_bytes: u64,
    /// For blocks without headers.
    pub without_headers: Bound,
    /// For blocks with a header of one word and no footer, the least that all references have.
    pub with_headers: Bound,
}

/// Bytes of a header of one word.
const HEADER_BYTES: u32 = 4;

/// The most spans times the most live blocks of a trace that is packed: a minute.
const MOST_PAIRS: u64 = 2_000_000_000;

impl Bounds {
    /// Finds the bounds of a trace for payloads of this alignment.
    pub fn of(trace: &Trace, align: Align) -> Bounds {
        let bound = |header_bytes| Bound::of(trace, Format { align, header_bytes });
        Bounds {
            peak_payload_bytes: trace.peak_payload_bytes(),
            without_headers: bound(0),
            with_headers: bound(HEADER_BYTES),
        }
    }

    /// Returns the utilization of a heap of this many bytes; none if nothing was allocated.
    pub fn utilization(&self, heap_bytes: u64) -> Option<f64> {
        (heap_bytes > 0).then(|| self.peak_payload_bytes as f64 / heap_bytes as f64)
    }
}

impl Bound {
    fn of(trace: &Trace, format: Format) -> Bound {
        let spans = spans(trace, format);
        let load = Load::of(&spans, trace.ops().len() as u32);
        let pairs = spans.len() as u64 * load.most_blocks;
        Bound {
            header_bytes: format.header_bytes,
            live_bytes: load.most_bytes,
            packed_bytes: (pairs <= MOST_PAIRS).then(|| pack(&spans, load)),
        }
    }
}
