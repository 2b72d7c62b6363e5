//! Which room each block takes, and how long.

use heaplab_heap::Align;
use heaplab_trace::{Op, Trace};

/// What a block is, beside its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The alignment of payloads.
    pub align: Align,
    /// Bytes of an allocated block's header: 0 or 4.
    pub header_bytes: u32,
}

impl Format {
    /// Returns the bytes from the start of a block to the start of the next one, at least. A
    /// request for 0 bytes needs no block.
    pub fn room_bytes(self, size: u32) -> u64 {
        match size {
            0 => 0,
            _ => (u64::from(size) + u64::from(self.header_bytes))
                .next_multiple_of(self.align.bytes().into()),
        }
    }
}

/// The room of a block from one operation to another.
///
/// ```text
///  bytes  ^        +-----------+
///         |        |           |
///         |        +-----------+
///         +--------|-----------|----> operations
///                begins      ends
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The operation that allocates the block.
    pub begins: u32,
    /// The operation that frees it: there its room is free again.
    pub ends: u32,
    /// The room that it takes, with its header.
    pub bytes: u64,
    /// The alignment that it needs.
    pub align_bytes: u32,
}

impl Span {
    /// Returns how many operations it lasts.
    pub fn ops(&self) -> u32 {
        self.ends - self.begins
    }

    /// Returns whether both have their room at the same time.
    #[inline]
    pub fn overlaps(&self, other: &Span) -> bool {
        self.begins < other.ends && other.begins < self.ends
    }
}

/// Returns the room that each block of a trace takes. A `realloc` ends one span and begins another
/// at the same operation: a heap may move the bytes over themselves.
pub fn spans(trace: &Trace, format: Format) -> Vec<Span> {
    let align_bytes = format.align.bytes();
    let mut live: Vec<Option<Span>> = vec![None; trace.ids() as usize];
    let mut spans = Vec::new();
    for (now, &op) in (0..).zip(trace.ops()) {
        let (id, size, align_bytes) = match op {
            Op::Malloc { id, size } | Op::Calloc { id, size } | Op::Realloc { id, size } => {
                (id, size, align_bytes)
            }
            Op::Memalign { id, align_log2, size } => (id, size, align_bytes.max(1 << align_log2)),
            Op::Free { id } => (id, 0, align_bytes),
            Op::FreeNull | Op::Write { .. } => continue,
        };
        let bytes = format.room_bytes(size);
        let begun = (bytes > 0).then_some(Span { begins: now, ends: now, bytes, align_bytes });
        let ended = std::mem::replace(&mut live[id.index()], begun);
        spans.extend(ended.map(|span| Span { ends: now, ..span }));
    }
    // What is never freed has its room to the end.
    let end = trace.ops().len() as u32;
    spans.extend(live.into_iter().flatten().map(|span| Span { ends: end, ..span }));
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_trace::{Id, Weight};

    #[test]
    fn a_realloc_ends_a_span_and_begins_the_next() {
        let (a, b) = (Id(0), Id(1));
        let ops = vec![
            Op::Malloc { id: a, size: 13 },
            Op::Malloc { id: b, size: 0 },
            Op::Realloc { id: a, size: 12 },
            Op::Memalign { id: Id(2), align_log2: 6, size: 1 },
            Op::Free { id: a },
            Op::FreeNull,
        ];
        let trace = Trace::from_ops("spans", Weight::Both, ops).unwrap();
        let format = Format { align: Align::Eight, header_bytes: 4 };
        let span = |begins, ends, bytes, align_bytes| Span { begins, ends, bytes, align_bytes };
        assert_eq!(
            spans(&trace, format),
            [span(0, 2, 24, 8), span(2, 4, 16, 8), span(3, 6, 8, 64)]
        );
    }
}
