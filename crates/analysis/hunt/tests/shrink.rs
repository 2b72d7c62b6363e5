//! Shrinking against made-up failures whose smallest trace is known.
#![forbid(unsafe_code)]

use heaplab_hunt::{Budget, CannotShrink, End, Failure, Shrunk, Signature, Trial, shrink};
use heaplab_trace::{Id, Ledger, Op, Slot, Trace, Weight};
use proptest::prelude::*;

/// When the caller's time is up, no more candidates are tried; but the trace itself is, as often as
/// needed to know that its failure repeats.
#[test]
fn shrinking_ends_when_the_oracle_says_so() {
    let ops = (0..200).map(|id| Op::Malloc { id: Id(id), size: 1000 });
    let trace = Trace::from_ops("long", Weight::Both, ops.collect()).expect("valid");
    let fails = |trace: &Trace| first(trace, |_, index, _| index >= 100);
    for last in [1, 2, 3, 10, 50] {
        let mut trials = 0;
        let oracle = |candidate: &Trace| {
            trials += 1;
            Trial { is_last: trials >= last, ..Trial::from(fails(candidate)) }
        };
        let small = shrink(&trace, oracle, Budget::default()).expect("it fails again");
        assert_eq!(small.end, End::BudgetUsed);
        assert_eq!(small.trials, trials);
        assert!(trials <= last.max(3), "{trials} trials, {last} allowed");
        assert!(fails(&small.trace).is_some());
    }
}

/// Makes a trace of random numbers: those that are not valid at their place become something that
/// is.
fn trace_from(numbers: &[(u8, u8, u16)]) -> Trace {
    let mut ledger = Ledger::new();
    let mut ops = Vec::new();
    for &(verb, id, size) in numbers {
        let (id, size) = (Id(u32::from(id % 16)), u32::from(size));
        let live = matches!(ledger.slot(id), Slot::Live { .. });
        let op = match verb % 8 {
            0 => Op::FreeNull,
            1 => Op::Realloc { id, size },
            2 | 3 if live => Op::Realloc { id, size },
            _ if live => Op::Free { id },
            2 => Op::Calloc { id, size },
            3 => Op::Memalign { id, align_log2: 3 + verb / 32, size },
            _ => Op::Malloc { id, size },
        };
        ledger.apply(op, 0).expect("it makes sense");
        ops.push(op);
    }
    Trace::from_ops("random", Weight::Both, ops).expect("valid")
}

fn traces() -> impl Strategy<Value = Trace> {
    prop::collection::vec(any::<(u8, u8, u16)>(), 1..300).prop_map(|numbers| trace_from(&numbers))
}

/// Returns the failure of the first operation after which `fails` returns true.
fn first(trace: &Trace, mut fails: impl FnMut(&Ledger, usize, Op) -> bool) -> Option<Failure> {
    let mut ledger = Ledger::new();
    for (index, &op) in trace.ops().iter().enumerate() {
        ledger.apply(op, 0).expect("a candidate is a valid trace");
        if fails(&ledger, index, op) {
            return Some(Failure { signature: Signature::new("made-up"), op_index: Some(index) });
        }
    }
    None
}

fn lines(trace: &Trace) -> Vec<String> {
    trace.ops().iter().map(Op::to_string).collect()
}

/// Shrinks within the default budget, to the end, and checks what holds for every result.
fn shrunk(trace: &Trace, oracle: impl Fn(&Trace) -> Option<Failure>) -> Option<Shrunk> {
    oracle(trace)?;
    let mut trials = 0;
    let counted = |candidate: &Trace| {
        trials += 1;
        oracle(candidate)
    };
    let small = shrink(trace, counted, Budget::default()).expect("it fails, again and again");
    assert_eq!(small.end, End::Minimal);
    assert_eq!(small.trials, trials);
    assert_eq!(Some(&small.failure), oracle(&small.trace).as_ref());
    assert_eq!(small.origins.len(), small.trace.ops().len());
    assert!(small.origins.is_sorted_by(|a, b| a.op_index < b.op_index));
    for (op, origin) in small.trace.ops().iter().zip(&small.origins) {
        assert_eq!(trace.ops()[origin.op_index], origin.op, "{op}");
    }
    assert_minimal(&small.trace, &oracle);

    let again = shrink(trace, &oracle, Budget::default()).expect("as before");
    assert_eq!(lines(&again.trace), lines(&small.trace));
    assert_eq!(again.trials, trials);
    Some(small)
}

/// Checks that no life, no free and no realloc can be removed, and that no size can be one less.
fn assert_minimal(small: &Trace, oracle: impl Fn(&Trace) -> Option<Failure>) {
    let fails = |ops: Vec<Op>| {
        // If an edit does not give a trace there is nothing to try.
        Trace::from_ops("edited", Weight::Both, ops).is_ok_and(|trace| oracle(&trace).is_some())
    };
    let ops = small.ops();
    for index in 0..ops.len() {
        let mut without = ops.to_vec();
        without.remove(index);
        assert!(!fails(without), "{} is not needed", ops[index]);

        let mut smaller = ops.to_vec();
        match &mut smaller[index] {
            Op::Malloc { size, .. }
            | Op::Calloc { size, .. }
            | Op::Memalign { size, .. }
            | Op::Realloc { size, .. }
                if *size > 1 =>
            {
                *size -= 1;
            }
            _ => continue,
        }
        assert!(!fails(smaller), "{} could be smaller", ops[index]);
    }
}

proptest! {
    #[test]
    fn a_failure_at_operation_k_needs_the_operations_up_to_k(trace in traces(), k in 0..40usize) {
        let fails = |trace: &Trace| first(trace, |_, index, _| index == k);
        if let Some(small) = shrunk(&trace, fails) {
            prop_assert_eq!(small.trace.ops().len(), k + 1);
        }
    }

    #[test]
    fn n_live_blocks_need_n_mallocs(trace in traces(), blocks in 1..9u32) {
        let fails = |trace: &Trace| first(trace, |ledger, _, _| ledger.live_blocks() >= blocks);
        if let Some(small) = shrunk(&trace, fails) {
            let all: Vec<_> = (0..blocks).map(|id| Op::Malloc { id: Id(id), size: 1 }).collect();
            let sizes_are_one_or_zero = small.trace.ops().iter().zip(&all).all(|(op, one)| {
                op == one || matches!(op, Op::Malloc { id, size: 0 } if Some(*id) == one.id())
            });
            prop_assert!(sizes_are_one_or_zero, "{:?}", lines(&small.trace));
            prop_assert_eq!(small.trace.ops().len(), all.len());
        }
    }

    #[test]
    fn a_free_beside_a_large_block_needs_three_operations(trace in traces(), large in 2..60_000u32) {
        let fails = |trace: &Trace| {
            let mut sizes = [0; 64];
            first(trace, |ledger, _, op| {
                match op {
                    Op::Malloc { id, size } | Op::Realloc { id, size }
                    | Op::Calloc { id, size } | Op::Memalign { id, size, .. } => sizes[id.index()] = size,
                    Op::Free { id } => sizes[id.index()] = 0,
                    Op::FreeNull | Op::Write { .. } => {}
                }
                let live = |id| matches!(ledger.slot(id), Slot::Live { .. });
                matches!(op, Op::Free { .. })
                    && (0..).zip(sizes).any(|(id, size)| live(Id(id)) && size >= large)
            })
        };
        if let Some(small) = shrunk(&trace, fails) {
            let mut found = lines(&small.trace);
            found.sort();
            prop_assert_eq!(found.len(), 3);
            prop_assert!(found.iter().any(|line| line.ends_with(&format!(" {large}"))), "{:?}", found);
        }
    }

    #[test]
    fn the_peak_shrinks_to_the_exact_number_of_bytes(trace in traces(), bytes in 1..100_000u64) {
        let fails = |trace: &Trace| first(trace, |ledger, _, _| ledger.live_bytes() >= bytes);
        if let Some(small) = shrunk(&trace, fails) {
            prop_assert_eq!(small.trace.peak_payload_bytes(), bytes);
            prop_assert_eq!(small.trace.ops().len(), 1);
        }
    }

    #[test]
    fn an_alignment_and_a_calloc_stay_when_they_matter(trace in traces(), least in 4..9u8) {
        let fails = |trace: &Trace| {
            let mut callocs = 0;
            first(trace, |_, _, op| {
                callocs += u32::from(matches!(op, Op::Calloc { .. }));
                matches!(op, Op::Memalign { align_log2, .. } if align_log2 >= least) && callocs > 0
            })
        };
        if let Some(small) = shrunk(&trace, fails) {
            let ops = small.trace.ops();
            let calloc = matches!(ops[0], Op::Calloc { id: Id(0), size: 0 | 1 });
            prop_assert!(calloc, "{}", ops[0]);
            let memalign = matches!(
                ops[1],
                Op::Memalign { id: Id(1), align_log2, size: 0 | 1 } if align_log2 == least
            );
            prop_assert!(memalign, "{}", ops[1]);
            prop_assert_eq!(ops.len(), 2);
        }
    }

    /// A small budget ends it early, with a trace that still fails.
    #[test]
    fn shrinking_keeps_to_its_budget(trace in traces(), trials in 0..60u64, ops in 0..100_000u64) {
        let fails = |trace: &Trace| first(trace, |ledger, _, _| ledger.live_bytes() >= 10_000);
        if fails(&trace).is_some() {
            let small = shrink(&trace, fails, Budget { ops, trials }).expect("it fails");
            prop_assert!(fails(&small.trace).is_some());
            // The first two or three runs, and one that cuts the end off, are free.
            prop_assert!(small.trials <= trials.max(3) + 1);
            prop_assert!(small.ops_replayed <= ops + 4 * (300 + 250));
            prop_assert!(small.trace.ops().len() <= trace.ops().len());
        }
    }
}

/// A hundred thousand operations; the failure needs the first block and the last.
#[test]
fn a_long_trace_shrinks_in_few_long_runs() {
    const LIVES: u32 = 50_000;
    let ops = (0..LIVES).flat_map(|n| {
        let id = Id(if n == 0 { 0 } else { 1 });
        let size = match n {
            0 => 777,
            _ if n == LIVES - 1 => 888,
            n => 1 + n % 500,
        };
        let free = (n != 0).then_some(Op::Free { id });
        [Some(Op::Malloc { id, size }), free].into_iter().flatten()
    });
    let trace = Trace::from_ops("long", Weight::Both, ops.collect()).expect("valid");
    let fails = |trace: &Trace| {
        let mut first_lives = false;
        first(trace, |_, _, op| {
            first_lives |= matches!(op, Op::Malloc { size: 777, .. });
            first_lives && matches!(op, Op::Malloc { size: 888, .. })
        })
    };
    let small = shrunk(&trace, fails).expect("it fails");
    assert_eq!(lines(&small.trace), ["a 0 777", "a 1 888"]);
    assert_eq!(
        small.origins.iter().map(|origin| origin.op_index).collect::<Vec<_>>(),
        [0, 2 * LIVES as usize - 3]
    );
    // Some ten times the trace, and not its square.
    assert!(small.ops_replayed < 20 * 2 * u64::from(LIVES), "{}", small.ops_replayed);
}

/// A failure that needs ten thousand blocks ends within the budget.
#[test]
fn a_failure_that_needs_many_blocks_ends_within_the_budget() {
    let ops: Vec<Op> =
        (0..30_000).map(|id| Op::Malloc { id: Id(id), size: 100 + id % 9 }).collect();
    let trace = Trace::from_ops("mass", Weight::Both, ops).expect("valid");
    let fails = |trace: &Trace| first(trace, |ledger, _, _| ledger.live_blocks() >= 10_000);
    let budget = Budget { ops: 8_000_000, trials: u64::MAX };
    let small = shrink(&trace, fails, budget).expect("it fails");
    assert_eq!(small.end, End::BudgetUsed);
    assert_eq!(small.trace.ops().len(), 10_000);
    // The sizes are all the same by then.
    assert_eq!(small.trace.peak_payload_bytes(), 10_000);
}

#[test]
fn a_trace_that_does_not_fail_repeatably_is_refused() {
    let ops = vec![Op::Malloc { id: Id(3), size: 1 }];
    let trace = Trace::from_ops("t", Weight::Both, ops).expect("valid");
    let refused = shrink(&trace, |_: &Trace| None, Budget::default()).expect_err("no failure");
    assert_eq!(refused, CannotShrink::NoFailure);

    let mut runs = 0;
    let once = |_: &Trace| {
        runs += 1;
        (runs == 1).then(|| Failure { signature: Signature::new("once"), op_index: Some(0) })
    };
    let refused = shrink(&trace, once, Budget::default()).expect_err("it does not repeat");
    assert_eq!(refused.to_string(), "the failure (once) does not repeat: a second run passed");
}

/// The remarks of what is left show where it comes from.
#[test]
fn remarks_name_the_original_lines() {
    let ops = vec![
        Op::Malloc { id: Id(0), size: 9 },
        Op::Free { id: Id(0) },
        Op::Calloc { id: Id(0), size: 99 },
        Op::Malloc { id: Id(1), size: 1 },
        Op::Free { id: Id(0) },
    ];
    let trace = Trace::from_ops("t", Weight::Both, ops).expect("valid");
    let frees_two = |trace: &Trace| {
        let mut frees = 0;
        first(trace, |_, _, op| {
            frees += u32::from(matches!(op, Op::Free { .. }));
            frees == 2
        })
    };
    let small = shrunk(&trace, frees_two).expect("it fails");
    let annotated = small.annotated();
    let remarks: Vec<&str> = annotated.comments().iter().map(|c| c.text.as_str()).collect();
    assert_eq!(lines(&annotated), ["a 0 1", "f 0", "a 0 1", "f 0"]);
    assert_eq!(remarks, ["line 5, `a 0 9` there", "line 6", "line 7, `c 0 99` there", "line 9"]);
}
