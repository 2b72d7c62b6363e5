//! A trace as lives.

use heaplab_trace::{Id, Op, Trace, Weight};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// One operation of a candidate. Its id is the number of its life: in a trace an id may name one
/// block after the other; here each block has a number of its own, so that blocks can be removed
/// independently of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Step {
    /// The operation, with the life as its id.
    pub(super) op: Op,
    /// The block's number, in order of allocation. A `free(NULL)` counts as a
    /// life of one operation.
    pub(super) life: u32,
    /// Whether the life begins here.
    pub(super) begins: bool,
    /// The index of the operation in the original trace.
    pub(super) origin: u32,
}

impl Step {
    /// Returns whether the block is no longer live after this operation.
    pub(super) fn ends(&self) -> bool {
        match self.op {
            Op::Free { .. } | Op::FreeNull => true,
            Op::Realloc { size: 0, .. } => !self.begins,
            _ => false,
        }
    }
}

/// Returns a trace's operations as steps. Writes of the program are left out: they are not calls of
/// the heap, and a block that is made smaller would be too small for its writes.
pub(super) fn steps_of(trace: &Trace) -> Vec<Step> {
    let mut lives = 0;
    let mut new_life = || {
        lives += 1;
        lives - 1
    };
    let mut held: Vec<Option<u32>> = vec![None; trace.ids() as usize];
    let ops = (0..).zip(trace.ops());
    let calls = ops.filter(|(_, op)| !matches!(op, Op::Write { .. }));
    let steps = calls.map(|(origin, &op)| {
        let Some(id) = op.id() else {
            return Step { op, life: new_life(), begins: true, origin };
        };
        let before = held[id.index()].filter(|_| !is_allocation(op));
        let life = before.unwrap_or_else(&mut new_life);
        let step = Step { op: op.with_id(Id(life)), life, begins: before.is_none(), origin };
        held[id.index()] = (!step.ends()).then_some(life);
        step
    });
    steps.collect()
}

fn is_allocation(op: Op) -> bool {
    matches!(op, Op::Malloc { .. } | Op::Calloc { .. } | Op::Memalign { .. })
}

/// Renumbers the lives from 0, in order of allocation.
pub(super) fn number_lives(steps: &mut [Step]) {
    let lives = steps.iter().map(|step| step.life + 1).max().unwrap_or(0);
    let mut numbers = vec![u32::MAX; lives as usize];
    let mut next = 0;
    for step in steps {
        let number = &mut numbers[step.life as usize];
        if *number == u32::MAX {
            *number = next;
            next += 1;
        }
        step.life = *number;
        step.op = step.op.with_id(Id(step.life));
    }
}

/// Returns the steps as a trace, with as few ids as possible: a block gets the smallest id that
/// holds none.
///
/// Edits keep traces valid; `None` would be a defect of an edit.
pub(super) fn trace_of(steps: &[Step], name: &str, weight: Weight) -> Option<Trace> {
    let lives = steps.iter().map(|step| step.life + 1).max().unwrap_or(0);
    let mut ids = vec![Id(0); lives as usize];
    let mut unused = BinaryHeap::new();
    let mut next = 0;
    let ops = steps.iter().map(|step| {
        if step.op == Op::FreeNull {
            return step.op;
        }
        let id = &mut ids[step.life as usize];
        if step.begins {
            *id = match unused.pop() {
                Some(Reverse(id)) => Id(id),
                None => {
                    next += 1;
                    Id(next - 1)
                }
            };
        }
        if step.ends() {
            unused.push(Reverse(id.0));
        }
        step.op.with_id(*id)
    });
    let ops = ops.collect();
    Trace::from_ops(name, weight, ops).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successive_blocks_of_one_id_have_separate_lives() {
        let id = Id(7);
        let ops = vec![
            Op::Realloc { id, size: 8 },
            Op::Realloc { id, size: 9 },
            Op::Realloc { id, size: 0 },
            Op::FreeNull,
            Op::Malloc { id, size: 1 },
            Op::Calloc { id: Id(3), size: 1 },
            Op::Free { id },
        ];
        let trace = Trace::from_ops("t", Weight::Both, ops).expect("valid");
        let mut steps = steps_of(&trace);
        let lives: Vec<u32> = steps.iter().map(|step| step.life).collect();
        assert_eq!(lives, [0, 0, 0, 1, 2, 3, 2]);
        let begins: Vec<bool> = steps.iter().map(|step| step.begins).collect();
        assert_eq!(begins, [true, false, false, true, true, true, false]);

        steps.retain(|step| step.life >= 2);
        number_lives(&mut steps);
        let small = trace_of(&steps, "t", Weight::Both).expect("valid");
        let lines: Vec<String> = small.ops().iter().map(Op::to_string).collect();
        assert_eq!(lines, ["a 0 1", "c 1 1", "f 0"]);
    }

    #[test]
    fn writes_are_left_out() {
        let trace = Trace::of_line("t", "a 0 8, w 0 8, r 0 4, w 0 4, f 0").unwrap();
        let steps = steps_of(&trace);
        let origins: Vec<u32> = steps.iter().map(|step| step.origin).collect();
        assert_eq!(origins, [0, 2, 4]);
        let without = trace_of(&steps, "t", Weight::Both).expect("valid");
        let lines: Vec<String> = without.ops().iter().map(Op::to_string).collect();
        assert_eq!(lines, ["a 0 8", "r 0 4", "f 0"]);
    }

    #[test]
    fn the_smallest_unused_id_is_used_again() {
        let ops = vec![
            Op::Malloc { id: Id(5), size: 8 },
            Op::Malloc { id: Id(4), size: 8 },
            Op::Free { id: Id(5) },
            Op::Malloc { id: Id(9), size: 8 },
        ];
        let trace = Trace::from_ops("t", Weight::Both, ops).expect("valid");
        let dense = trace_of(&steps_of(&trace), "t", Weight::Both).expect("valid");
        let lines: Vec<String> = dense.ops().iter().map(Op::to_string).collect();
        assert_eq!(lines, ["a 0 8", "a 1 8", "f 0", "a 0 8"]);
    }
}
