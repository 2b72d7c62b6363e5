//! Which operation gave each block of a trace, and which one ended it: known without a heap.

use heaplab_trace::{Op, Trace};

/// No operation.
const NONE: u32 = u32::MAX;

/// For each operation of a trace: the one that gave the block it works on, and the one that ends
/// the block it gives.
pub(crate) struct Holders {
    given_by: Vec<u32>,
    ended_by: Vec<u32>,
}

impl Holders {
    pub(crate) fn of(trace: &Trace) -> Holders {
        let ops = trace.ops();
        let mut holders =
            Holders { given_by: vec![NONE; ops.len()], ended_by: vec![NONE; ops.len()] };
        let mut giver_of_id = vec![NONE; trace.ids() as usize];
        // A trace has fewer than 2^32 operations.
        for (index, op) in (0..).zip(ops) {
            let Some(id) = op.id() else { continue };
            let giver = &mut giver_of_id[id.index()];
            let before = *giver;
            let ends = matches!(op, Op::Free { .. } | Op::Realloc { .. });
            if ends && let Some(ended_by) = holders.ended_by.get_mut(before as usize) {
                *ended_by = index;
            }
            match op {
                Op::Malloc { .. } | Op::Calloc { .. } | Op::Memalign { .. } => *giver = index,
                Op::Realloc { size: 0, .. } if before != NONE => *giver = NONE,
                Op::Realloc { .. } => *giver = index,
                Op::Free { .. } => *giver = NONE,
                Op::Write { .. } | Op::FreeNull => {}
            }
            if !matches!(op, Op::Malloc { .. } | Op::Calloc { .. } | Op::Memalign { .. }) {
                holders.given_by[index as usize] = before;
            }
        }
        holders
    }

    /// Returns the operation that gave the block that this operation resizes, frees or writes.
    pub(crate) fn given_by(&self, op: usize) -> Option<usize> {
        self.given_by.get(op).filter(|giver| **giver != NONE).map(|giver| *giver as usize)
    }

    /// Returns the operations whose block is live when `done` operations are done.
    pub(crate) fn live(&self, done: usize) -> impl Iterator<Item = usize> {
        self.ended_by
            .iter()
            .take(done)
            .enumerate()
            .filter(move |(_, end)| **end as usize >= done)
            .map(|(op, _)| op)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_trace::{Id, Weight};

    #[test]
    fn a_block_has_one_giver_and_one_end() {
        let id = Id(0);
        let ops = [
            Op::Malloc { id, size: 8 },   // 0
            Op::Realloc { id, size: 16 }, // 1
            Op::Write { id, bytes: 4 },   // 2
            Op::Realloc { id, size: 0 },  // 3: frees
            Op::FreeNull,                 // 4
            Op::Realloc { id, size: 0 },  // 5: allocates
            Op::Free { id },              // 6
        ];
        let holders = Holders::of(&Trace::from_ops("test", Weight::Both, ops.to_vec()).unwrap());
        let givers: Vec<_> = (0..ops.len()).map(|op| holders.given_by(op)).collect();
        assert_eq!(givers, [None, Some(0), Some(1), Some(1), None, None, Some(5)]);
        let gives =
            |op: &usize| matches!(ops[*op], Op::Malloc { .. } | Op::Realloc { size: 1.., .. });
        let live = |done| holders.live(done).filter(gives).collect::<Vec<_>>();
        assert_eq!(
            [live(0), live(1), live(2), live(3), live(4)],
            [vec![], vec![0], vec![1], vec![1], vec![]]
        );
    }
}
