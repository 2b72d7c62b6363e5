//! What can be removed from a trace, or made simpler in it.

use super::sizes::Rule;
use super::step::{Step, number_lives};
use heaplab_trace::{Id, Op};

/// One kind of change. Each is made at *sites*, any number at once, and leaves a valid trace. A
/// change makes a trace shorter, or its calls simpler, or its sizes smaller, and never makes an
/// earlier one of these worse: so shrinking ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    /// Removes lives.
    DropLives,
    /// Removes frees (the blocks stay live) and reallocs of live blocks.
    DropOps,
    /// Removes allocations that are followed by a realloc: the realloc then allocates.
    DropBeginnings,
    /// Removes lives and makes the block allocated before them larger by the same amount: one large
    /// block instead of many. This many bytes are added for each header saved.
    MergeLives(u32),
    /// `calloc`, `memalign` and `realloc(NULL)` become malloc, `realloc(p, 0)`
    /// becomes free.
    Simplify,
    /// The last realloc of a block becomes its free.
    FreeInstead,
    /// A realloc becomes the malloc of a new block; the old one stays live.
    Separate,
    /// `memalign` to no more than this, a base-2 logarithm.
    Align(u8),
    /// Makes a size that several operations have smaller in all of them: often what matters is that
    /// they are equal.
    ShrinkSize(Rule),
    /// Makes the size of operations smaller, each separately.
    ShrinkSizes(Rule),
}

impl Edit {
    /// Returns all kinds, those that remove most first.
    pub(super) fn all() -> Vec<Edit> {
        let mut all = vec![
            Edit::DropLives,
            Edit::DropOps,
            Edit::DropBeginnings,
            Edit::MergeLives(16),
            Edit::MergeLives(0),
            Edit::Simplify,
            Edit::FreeInstead,
            Edit::Separate,
        ];
        // An alignment below 8 bytes is not simpler: every payload is aligned to 8.
        all.extend((3..31).map(Edit::Align));
        all.extend(Rule::all().map(Edit::ShrinkSize));
        all.extend(Rule::all().map(Edit::ShrinkSizes));
        all
    }

    /// Returns where it can be made: numbers of lives, or sizes, or the operations' indices in the
    /// original trace; in ascending order.
    pub(super) fn sites(self, steps: &[Step]) -> Vec<u32> {
        let mut sites: Vec<u32> = match self {
            Edit::DropLives => {
                (steps.iter()).filter(|step| step.begins).map(|step| step.life).collect()
            }
            Edit::MergeLives(_) => (steps.iter())
                .filter(|step| step.begins && step.op.size().is_some() && step.life > 0)
                .map(|step| step.life)
                .collect(),
            Edit::FreeInstead => last_reallocs(steps),
            Edit::DropBeginnings => beginnings_before_a_realloc(steps),
            Edit::ShrinkSize(rule) => (steps.iter())
                .filter_map(|step| step.op.size())
                .filter(|&size| rule.shrink(size).is_some())
                .collect(),
            _ => (steps.iter())
                .filter(|step| self.change(step).is_some())
                .map(|step| step.origin)
                .collect(),
        };
        sites.sort_unstable();
        sites.dedup();
        sites
    }

    /// Returns the steps with the change made at these sites.
    pub(super) fn make(self, steps: &[Step], sites: &[u32]) -> Vec<Step> {
        let is_site = |number: u32| sites.binary_search(&number).is_ok();
        match self {
            Edit::DropLives => (steps.iter()).filter(|step| !is_site(step.life)).copied().collect(),
            Edit::DropBeginnings => drop_beginnings(steps, is_site),
            Edit::Separate => separate(steps, is_site),
            Edit::MergeLives(header_bytes) => merge_lives(steps, is_site, header_bytes),
            Edit::ShrinkSize(_) => (steps.iter())
                .map(|step| {
                    if step.op.size().is_some_and(is_site) {
                        self.change(step).flatten().unwrap_or(*step)
                    } else {
                        *step
                    }
                })
                .collect(),
            _ => (steps.iter())
                .filter_map(|step| {
                    if is_site(step.origin) {
                        self.change(step).unwrap_or(Some(*step))
                    } else {
                        Some(*step)
                    }
                })
                .collect(),
        }
    }

    /// Returns the changed step: `None` if the change can't be made there, `Some(None)` if the step
    /// is removed.
    fn change(self, step: &Step) -> Option<Option<Step>> {
        let with_op = |op| Some(Some(Step { op, ..*step }));
        let id = Id(step.life);
        match (self, step.op) {
            (Edit::DropOps, Op::Free { .. } | Op::Realloc { .. }) if !step.begins => Some(None),
            (Edit::Simplify, Op::Calloc { size, .. } | Op::Memalign { size, .. }) => {
                with_op(Op::Malloc { id, size })
            }
            (Edit::Simplify, Op::Realloc { size, .. }) if step.begins => {
                with_op(Op::Malloc { id, size })
            }
            (Edit::Simplify, Op::Realloc { size: 0, .. }) => with_op(Op::Free { id }),
            (Edit::FreeInstead, Op::Realloc { .. }) => with_op(Op::Free { id }),
            (Edit::Separate, Op::Realloc { size, .. }) if !step.begins && size > 0 => {
                with_op(Op::Malloc { id, size })
            }
            (Edit::Align(to), Op::Memalign { align_log2, size, .. }) if to < align_log2 => {
                with_op(Op::Memalign { id, align_log2: to, size })
            }
            (Edit::ShrinkSize(rule) | Edit::ShrinkSizes(rule), op) => {
                let smaller = rule.shrink(op.size()?)?;
                with_op(op.with_size(smaller))
            }
            _ => None,
        }
    }
}

/// Returns the origins of allocations whose life goes on with a realloc.
fn beginnings_before_a_realloc(steps: &[Step]) -> Vec<u32> {
    let mut beginnings = vec![None; steps.len()];
    let mut found = Vec::new();
    for step in steps {
        let beginning = &mut beginnings[step.life as usize];
        match step.op {
            _ if step.begins => *beginning = Some(step.origin),
            Op::Realloc { .. } => found.extend(beginning.take()),
            _ => *beginning = None,
        }
    }
    found
}

/// Returns the origins of reallocs that are the last operation on their block.
fn last_reallocs(steps: &[Step]) -> Vec<u32> {
    let mut seen = vec![false; steps.len()];
    let last = |step: &&Step| !std::mem::replace(&mut seen[step.life as usize], true);
    let last = steps.iter().rev().filter(last);
    last.filter(|step| !step.begins && matches!(step.op, Op::Realloc { .. }))
        .map(|step| step.origin)
        .collect()
}

fn drop_beginnings(steps: &[Step], is_site: impl Fn(u32) -> bool) -> Vec<Step> {
    let mut dropped = vec![false; steps.len()];
    let mut left = Vec::with_capacity(steps.len());
    for &step in steps {
        let dropped = &mut dropped[step.life as usize];
        match step.op {
            _ if step.begins && is_site(step.origin) => *dropped = true,
            Op::Realloc { id, size } if *dropped => {
                *dropped = false;
                left.push(Step { op: Op::Malloc { id, size }, begins: true, ..step });
            }
            _ => left.push(step),
        }
    }
    number_lives(&mut left);
    left
}

fn merge_lives(steps: &[Step], is_site: impl Fn(u32) -> bool, header_bytes: u32) -> Vec<Step> {
    // A larger block does not fit in any heap.
    const LARGEST: u32 = 1 << 30;
    let mut left: Vec<Step> = Vec::with_capacity(steps.len());
    let mut grown = None;
    for &step in steps {
        if !is_site(step.life) {
            if step.begins && step.op.size().is_some() {
                grown = Some(left.len());
            }
            left.push(step);
        } else if let (true, Some(grown), Some(size)) = (step.begins, grown, step.op.size()) {
            let op = &mut left[grown].op;
            let sum = op.size().unwrap_or(0).saturating_add(size);
            *op = op.with_size(sum.saturating_add(header_bytes).min(LARGEST));
        }
    }
    left
}

fn separate(steps: &[Step], is_site: impl Fn(u32) -> bool) -> Vec<Step> {
    // The life that each one is merged into.
    let mut goes_on: Vec<u32> = (0..steps.len() as u32).collect();
    let mut next = steps.len() as u32;
    let mut left = Vec::with_capacity(steps.len());
    for &step in steps {
        let goes_on = &mut goes_on[step.life as usize];
        let separated = is_site(step.origin);
        if separated {
            *goes_on = next;
            next += 1;
        }
        let id = Id(*goes_on);
        left.push(Step {
            op: match step.op {
                Op::Realloc { size, .. } if separated => Op::Malloc { id, size },
                op => op.with_id(id),
            },
            life: id.0,
            begins: step.begins || separated,
            ..step
        });
    }
    number_lives(&mut left);
    left
}

#[cfg(test)]
mod tests {
    use super::super::step::{steps_of, trace_of};
    use super::*;
    use heaplab_trace::{Trace, Weight};

    /// Returns the trace after an edit at all its sites, as text.
    fn after(edit: Edit) -> Vec<String> {
        let id = Id(0);
        let ops = vec![
            Op::Malloc { id, size: 10 },
            Op::Calloc { id: Id(1), size: 9 },
            Op::Realloc { id, size: 20 },
            Op::Realloc { id, size: 0 },
            Op::FreeNull,
            Op::Memalign { id, align_log2: 6, size: 9 },
            Op::Free { id },
        ];
        let trace = Trace::from_ops("t", Weight::Both, ops).expect("valid");
        let steps = steps_of(&trace);
        let edited = edit.make(&steps, &edit.sites(&steps));
        let trace = trace_of(&edited, "t", Weight::Both).expect("edits keep traces valid");
        trace.ops().iter().map(Op::to_string).collect()
    }

    #[test]
    fn each_edit_does_what_it_says() {
        assert!(after(Edit::DropLives).is_empty());
        assert_eq!(after(Edit::DropOps), ["a 0 10", "c 1 9", "f -1", "m 2 64 9"]);
        assert_eq!(
            after(Edit::DropBeginnings),
            ["c 0 9", "a 1 20", "r 1 0", "f -1", "m 1 64 9", "f 1"]
        );
        assert_eq!(after(Edit::MergeLives(16)), ["a 0 60", "r 0 20", "r 0 0", "f -1"]);
        assert_eq!(
            after(Edit::Simplify),
            ["a 0 10", "a 1 9", "r 0 20", "f 0", "f -1", "a 0 9", "f 0"]
        );
        assert_eq!(after(Edit::FreeInstead)[3], "f 0");
        assert_eq!(
            after(Edit::Separate),
            ["a 0 10", "c 1 9", "a 2 20", "r 2 0", "f -1", "m 2 64 9", "f 2"]
        );
        assert_eq!(after(Edit::Align(4))[5], "m 0 16 9");
        let sizes = after(Edit::ShrinkSizes(Rule::To(8)));
        assert_eq!(sizes[..4], ["a 0 8", "c 1 8", "r 0 8", "r 0 0"]);
    }

    #[test]
    fn a_size_shrinks_in_every_operation_that_has_it() {
        let ops = vec![
            Op::Malloc { id: Id(0), size: 9 },
            Op::Malloc { id: Id(1), size: 7 },
            Op::Malloc { id: Id(2), size: 9 },
        ];
        let trace = Trace::from_ops("t", Weight::Both, ops).expect("valid");
        let steps = steps_of(&trace);
        let edit = Edit::ShrinkSize(Rule::To(1));
        assert_eq!(edit.sites(&steps), [7, 9]);
        let sizes: Vec<_> = edit.make(&steps, &[9]).iter().map(|step| step.op.size()).collect();
        assert_eq!(sizes, [Some(1), Some(7), Some(1)]);
    }
}
