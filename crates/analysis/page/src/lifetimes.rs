//! From which operation to which a trace's blocks live.

use heaplab_trace::{Op, Trace};
use std::cmp::Reverse;

/// A block that the program asks for. A realloc of a live block ends one and begins another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// The operation that asks for it, from 0.
    pub(crate) born: usize,
    /// The operation that frees or resizes it; the number of operations if none does.
    pub(crate) ends: usize,
    pub(crate) id: u32,
    /// Requested bytes.
    pub(crate) bytes: u32,
    pub(crate) call: Call,
}

/// The call that asks for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Malloc,
    Calloc,
    Memalign,
    Realloc,
    /// A realloc of an id that holds nothing.
    ReallocNull,
}

impl Call {
    /// Returns what the page calls it; a page has these in this order.
    pub(crate) const NAMES: [&'static str; 5] =
        ["malloc", "calloc", "memalign", "realloc", "realloc(NULL)"];
}

/// Returns all blocks, in the order of the operations that ask for them.
pub(crate) fn lifetimes(trace: &Trace) -> Vec<Lifetime> {
    let mut held: Vec<Option<usize>> = vec![None; trace.ids() as usize];
    let mut all: Vec<Lifetime> = Vec::new();
    for (index, op) in trace.ops().iter().enumerate() {
        let Some(id) = op.id().filter(|_| !matches!(op, Op::Write { .. })) else { continue };
        let old = held[id.index()].take();
        if let Some(old) = old {
            all[old].ends = index;
        }
        let call = match (op, old) {
            (Op::Malloc { .. }, _) => Call::Malloc,
            (Op::Calloc { .. }, _) => Call::Calloc,
            (Op::Memalign { .. }, _) => Call::Memalign,
            (Op::Realloc { .. }, None) => Call::ReallocNull,
            (Op::Realloc { size: 1.., .. }, Some(_)) => Call::Realloc,
            (Op::Realloc { .. } | Op::Free { .. } | Op::FreeNull | Op::Write { .. }, _) => continue,
        };
        held[id.index()] = Some(all.len());
        let (ends, bytes) = (trace.ops().len(), op.size().unwrap_or(0));
        all.push(Lifetime { born: index, ends, id: id.0, bytes, call });
    }
    all
}

/// Returns at most `most` of the blocks, in the same order: those that take most bytes for most
/// operations.
pub(crate) fn largest(mut all: Vec<Lifetime>, most: usize) -> Vec<Lifetime> {
    if all.len() > most {
        let area = |block: &Lifetime| u128::from(block.bytes) * (block.ends - block.born) as u128;
        all.sort_by_key(|block| Reverse(area(block)));
        all.truncate(most);
        all.sort_unstable_by_key(|block| block.born);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_trace::{Id, Weight};

    #[test]
    fn a_resized_block_is_another_one() {
        let [a, b] = [Id(0), Id(1)];
        let ops = vec![
            Op::Malloc { id: a, size: 8 },
            Op::Realloc { id: b, size: 0 },
            Op::Write { id: a, bytes: 4 },
            Op::Realloc { id: a, size: 16 },
            Op::Realloc { id: a, size: 0 },
            Op::FreeNull,
            Op::Free { id: b },
            Op::Calloc { id: a, size: 7 },
        ];
        let trace = Trace::from_ops("test", Weight::Both, ops).unwrap();
        let block = |born, ends, id, bytes, call| Lifetime { born, ends, id, bytes, call };
        assert_eq!(
            lifetimes(&trace),
            [
                block(0, 3, 0, 8, Call::Malloc),
                block(1, 6, 1, 0, Call::ReallocNull),
                block(3, 4, 0, 16, Call::Realloc),
                block(7, 8, 0, 7, Call::Calloc),
            ]
        );
    }

    #[test]
    fn blocks_that_take_most_are_kept_in_their_order() {
        let block = |born, ends, bytes| Lifetime { born, ends, id: 0, bytes, call: Call::Malloc };
        let all = vec![block(0, 1, 10), block(1, 90, 1), block(2, 3, 9), block(3, 4, 400)];
        assert_eq!(largest(all.clone(), 2), [block(1, 90, 1), block(3, 4, 400)]);
        assert_eq!(largest(all.clone(), 4), all);
    }
}
