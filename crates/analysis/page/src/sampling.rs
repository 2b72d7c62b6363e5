//! What is kept of a run: all that a page shows, and not more than it can hold.
//!
//! Operations are put into columns, some neighbours into one. Of a column, the smallest and the
//! largest value are kept, so that a peak is never lost. All is chosen by the trace alone: heaps
//! beside each other are seen at the same moments.

use heaplab_trace::{Op, Trace};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How much is kept of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampling {
    /// The most columns.
    pub columns: usize,
    /// The most pairs of moments at which all blocks are looked at.
    pub moments: usize,
    /// The most blocks of the trace.
    pub blocks: usize,
    /// Whether the cost of each operation is kept, and not only that of columns.
    pub has_each_op: bool,
}

/// A page has this many blocks, each counted once for the trace and once for each heap.
const BLOCKS_ON_A_PAGE: usize = 2_000_000;

/// The same for the costs of operations.
const COSTS_ON_A_PAGE: usize = 4_000_000;

/// Blocks that are looked at in all samples of one heap.
const BLOCKS_LOOKED_AT: usize = 12_000_000;

const COLUMNS: usize = 1200;
const MOMENTS: usize = 300;
const FEWEST_MOMENTS: usize = 40;

impl Sampling {
    /// Returns what to keep of a trace on a page with this many traces and heaps.
    pub fn of(trace: &Trace, traces: usize, heaps: usize) -> Sampling {
        let cells = traces.max(1) * heaps.max(1);
        let most_live = most_live_blocks(trace).max(1);
        Sampling {
            columns: COLUMNS,
            moments: (BLOCKS_LOOKED_AT / (2 * most_live)).clamp(FEWEST_MOMENTS, MOMENTS),
            blocks: BLOCKS_ON_A_PAGE / (cells + traces.max(1)),
            has_each_op: trace.ops().len() * cells <= COSTS_ON_A_PAGE,
        }
    }

    /// Returns the columns of a trace with this many operations, each with its operations.
    pub fn columns(&self, ops: usize) -> Vec<Range<usize>> {
        ranges(ops, self.columns)
    }

    /// Returns the moments, in operations done, at which all blocks are looked at: in each of some
    /// columns, when the program holds least and when it holds most; and before the first
    /// operation.
    pub fn moments(&self, trace: &Trace) -> Vec<usize> {
        let held = payload_bytes(trace);
        let mut moments = vec![0];
        for column in ranges(held.len(), self.moments) {
            let all = column.map(|op| (held[op], op + 1));
            moments.extend(all.clone().min_by_key(|(bytes, _)| *bytes).map(|(_, done)| done));
            // Of equals, the first is also the one that `waste` names.
            moments.extend(all.rev().max_by_key(|(bytes, _)| *bytes).map(|(_, done)| done));
        }
        moments.sort_unstable();
        moments.dedup();
        moments
    }
}

/// Deals this many operations into at most `most` parts, as evenly as can be.
fn ranges(ops: usize, most: usize) -> Vec<Range<usize>> {
    let count = most.min(ops);
    let start = |part: usize| (part as u128 * ops as u128 / count.max(1) as u128) as usize;
    (0..count).map(|part| start(part)..start(part + 1)).collect()
}

/// Returns the requested bytes that the program holds after each operation.
pub(crate) fn payload_bytes(trace: &Trace) -> Vec<u64> {
    let mut sizes = vec![0_u64; trace.ids() as usize];
    let mut held = 0;
    let after = trace.ops().iter().map(|op| {
        if let (Some(id), false) = (op.id(), matches!(op, Op::Write { .. })) {
            let now = op.size().map_or(0, u64::from);
            held = held + now - std::mem::replace(&mut sizes[id.index()], now);
        }
        held
    });
    after.collect()
}

fn most_live_blocks(trace: &Trace) -> usize {
    let mut is_held = vec![false; trace.ids() as usize];
    let (mut live, mut most) = (0_usize, 0);
    for op in trace.ops() {
        let Some(id) = op.id() else { continue };
        let held = &mut is_held[id.index()];
        match op {
            Op::Write { .. } => {}
            Op::Free { .. } | Op::Realloc { size: 0, .. } if *held => {
                *held = false;
                live -= 1;
            }
            _ if !*held => {
                *held = true;
                live += 1;
                most = most.max(live);
            }
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_trace::{Id, Weight};

    fn saw(count: u32) -> Trace {
        let ops = (0..count).flat_map(|round| {
            let size = if round == 57 { 9000 } else { 16 };
            [Op::Malloc { id: Id(0), size }, Op::Free { id: Id(0) }]
        });
        Trace::from_ops("saw", Weight::Both, ops.collect()).unwrap()
    }

    #[test]
    fn columns_cover_all_operations_once() {
        let sampling = Sampling { columns: 7, ..Sampling::of(&saw(1), 1, 1) };
        for ops in [0, 1, 6, 7, 8, 100, 1_000_003] {
            let columns = sampling.columns(ops);
            assert_eq!(columns.len(), ops.min(7));
            assert!(columns.iter().all(|column| !column.is_empty()));
            let all: usize = columns.iter().map(Range::len).sum();
            assert_eq!(all, ops);
            assert!(columns.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }

    #[test]
    fn a_peak_that_lasts_for_one_operation_is_among_the_moments() {
        let trace = saw(1000);
        let sampling = Sampling { moments: 4, ..Sampling::of(&trace, 1, 1) };
        let moments = sampling.moments(&trace);
        assert!(moments.contains(&(2 * 57 + 1)), "{moments:?}");
        assert!(moments.len() <= 9 && moments[0] == 0);
    }

    #[test]
    fn a_short_trace_is_looked_at_after_each_operation() {
        let trace = saw(20);
        let moments = Sampling::of(&trace, 1, 1).moments(&trace);
        assert_eq!(moments, (0..=40).collect::<Vec<_>>());
    }

    #[test]
    fn a_page_with_more_heaps_has_fewer_blocks_of_each() {
        let trace = saw(3);
        let blocks = |traces, heaps| Sampling::of(&trace, traces, heaps).blocks;
        assert!(blocks(1, 1) > blocks(1, 4) && blocks(1, 4) > blocks(3, 4));
    }
}
