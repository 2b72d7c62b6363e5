//! Requests that no heap can serve, however it is made: the trace is at fault, or the heap limit
//! is.

use crate::fault::At;
use crate::other::bytes;
use heaplab_arena::{Addr, HEAP_START};
use heaplab_heap::LARGEST_REQUEST_BYTES;
use heaplab_trace::{Ledger, Op, Trace};
use std::fmt;

/// The first operation of a trace that no heap can serve within a heap limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch {
    /// The operation.
    pub at: At,
    /// What it asks for.
    pub need: Need,
    /// The heap limit in bytes: `sbrk` fails beyond it.
    pub limit_bytes: u32,
}

/// What is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// One payload of this many bytes.
    Payload(u32),
    /// One payload at a multiple of its alignment: it ends at least this far from where the heap
    /// starts.
    Aligned {
        /// The alignment in bytes.
        align_bytes: u64,
        /// Where it ends at best, in bytes from where the heap starts.
        end_bytes: u64,
    },
    /// This many payload bytes that are live at once.
    Together(u64),
}

impl TooMuch {
    /// Finds the first operation that is too much. It does not find a request that a heap can't
    /// serve only because of its tags and its padding, as that depends on the heap.
    pub fn find(trace: &Trace, limit_bytes: u32) -> Option<TooMuch> {
        // For most traces one look at each operation is enough.
        let together_fit = trace.peak_payload_bytes() <= limit_bytes.into();
        let mut ledger = Ledger::new();
        for (op_index, &op) in trace.ops().iter().enumerate() {
            let mut need = too_large(op, limit_bytes);
            if !together_fit && need.is_none() {
                // A trace makes sense: reading it would have failed otherwise.
                let _ = ledger.apply(op, trace.line(op_index));
                let live = ledger.live_bytes();
                need = (live > limit_bytes.into()).then_some(Need::Together(live));
            }
            if let Some(need) = need {
                return Some(TooMuch { at: At::of(trace, op_index), need, limit_bytes });
            }
        }
        None
    }

    /// Returns whether a larger heap limit helps.
    pub fn is_of_the_limit(&self) -> bool {
        match self.need {
            Need::Payload(size) => size <= LARGEST_REQUEST_BYTES,
            Need::Aligned { end_bytes, .. } => end_bytes <= LARGEST_REQUEST_BYTES.into(),
            Need::Together(bytes) => bytes < u64::from(u32::MAX - HEAP_START.to_word()),
        }
    }
}

/// Returns the need if this request alone is too large.
fn too_large(op: Op, limit_bytes: u32) -> Option<Need> {
    let (size, align_log2) = match op {
        Op::Malloc { size, .. } | Op::Calloc { size, .. } | Op::Realloc { size, .. } => (size, 0),
        Op::Memalign { align_log2, size, .. } => (size, align_log2),
        Op::Free { .. } | Op::FreeNull | Op::Write { .. } => return None,
    };
    let most_bytes = limit_bytes.min(LARGEST_REQUEST_BYTES);
    if size == 0 {
        return None;
    }
    if size > most_bytes {
        return Some(Need::Payload(size));
    }
    let align_bytes = 1u64.checked_shl(align_log2.into())?;
    let start = u64::from(HEAP_START - Addr::NULL);
    let end_bytes = start.next_multiple_of(align_bytes) - start + u64::from(size);
    (end_bytes > most_bytes.into()).then_some(Need::Aligned { align_bytes, end_bytes })
}

/// `line 5, `a 0 2000`: asks for 2000 bytes; the heap limit is 1024`.
impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, `{}`: ", self.at.line, self.at.op)?;
        match self.need {
            Need::Payload(size) => write!(f, "asks for {}", bytes(size.into()))?,
            Need::Aligned { align_bytes, end_bytes } => write!(
                f,
                "a payload at a multiple of {align_bytes} ends at least {end_bytes} bytes from the start of the heap"
            )?,
            Need::Together(live) => write!(f, "{} of payload are live then", bytes(live))?,
        }
        if self.is_of_the_limit() {
            write!(f, "; the heap limit is {}", self.limit_bytes)
        } else {
            write!(
                f,
                "; the machine has 32-bit addresses, and one request is of at most {LARGEST_REQUEST_BYTES} bytes"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(operations: &str, limit_bytes: u32) -> Option<(u32, Need)> {
        let trace = Trace::of_line("test", operations).unwrap();
        TooMuch::find(&trace, limit_bytes).map(|too_much| (too_much.at.line, too_much.need))
    }

    #[test]
    fn one_request_may_be_too_large() {
        let limit = 1 << 30;
        assert_eq!(find("a 0 1073741824", limit), None);
        let payload = |size| Some(Need::Payload(size));
        let need = |operations| find(operations, limit).map(|(_, need)| need);
        assert_eq!(need("a 0 1073741825"), payload(1_073_741_825));
        assert_eq!(need("c 0 4294967295"), payload(u32::MAX));
        assert_eq!(need("a 0 8, r 0 2147483648"), payload(1 << 31));
        assert_eq!(need("m 0 8 2147483648"), payload(1 << 31));
        // A size that exceeds every machine's memory is too large under any limit.
        assert!(find("a 0 2147483647", u32::MAX).is_some());
        assert_eq!(find("a 0 2147000000", u32::MAX), None);
    }

    #[test]
    fn an_alignment_may_be_too_large() {
        let need = |operations| find(operations, 1 << 30).map(|(_, need)| need);
        assert!(matches!(
            need("m 0 2147483648 8"),
            Some(Need::Aligned { end_bytes, .. }) if end_bytes == (1 << 31) - 0x1_0000 + 8
        ));
        assert_eq!(need("m 0 1073741824 8"), None);
        assert!(need("m 0 1073741824 65537").is_some());
        assert_eq!(need("m 0 2147483648 0"), None);
        assert_eq!(need("m 0 65536 8"), None);
    }

    #[test]
    fn blocks_may_be_too_large_together() {
        assert_eq!(
            find("a 0 600, a 1 400, f 0, a 2 500, a 3 101", 1000),
            Some((9, Need::Together(1001)))
        );
        assert_eq!(find("a 0 600, a 1 400, f 0, a 2 500, a 3 100", 1000), None);
    }
}
