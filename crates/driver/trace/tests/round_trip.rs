//! Every trace that is written is read back, in every dialect.

use heaplab_trace::{Dialect, Id, Inexpressible, Op, ReadOptions, Slot, Trace, Weight, write};
use proptest::prelude::*;

/// Makes any list of numbers a valid trace: each picks an id and what to do with
/// it, among what is possible there.
fn valid_ops(choices: &[(u8, u8, u32)]) -> Vec<Op> {
    let mut ledger = heaplab_trace::Ledger::new();
    let mut ops = Vec::new();
    for &(id, what, size) in choices {
        let id = Id(u32::from(id) % 20);
        let live = matches!(ledger.slot(id), Slot::Live { .. });
        let align_log2 = what % 32;
        let op = match (live, what % 5) {
            (_, 0) => Op::Realloc { id, size },
            (_, 1) => Op::FreeNull,
            (true, 2) => Op::Realloc { id, size: 0 },
            (true, _) => Op::Free { id },
            (false, 2) => Op::Calloc { id, size },
            (false, 3) => Op::Memalign { id, align_log2, size },
            (false, _) => Op::Malloc { id, size },
        };
        ledger.apply(op, 0).expect("chosen to be possible");
        ops.push(op);
    }
    ops
}

fn any_trace() -> impl Strategy<Value = Trace> {
    let size = prop_oneof![0u32..100, any::<u32>()];
    let choices = prop::collection::vec((any::<u8>(), any::<u8>(), size), 0..60);
    let weight = (0u64..4).prop_map(|n| Weight::from_number(n).expect("a weight"));
    let comment = prop::option::of(".{0,40}");
    (choices, weight, comment).prop_map(|(choices, weight, comment)| {
        let trace = Trace::from_ops("t", weight, valid_ops(&choices)).expect("valid");
        match comment {
            Some(text) => trace.with_comment(&text),
            None => trace,
        }
    })
}

proptest! {
    /// The extended dialect keeps everything, and is detected.
    #[test]
    fn the_extended_dialect_keeps_everything(trace in any_trace()) {
        let written = write(&trace, Dialect::Extended, Inexpressible::Refuse).expect("has all");
        let reading = Trace::parse("t.rep", &written.bytes, &ReadOptions::default())?;
        prop_assert!(reading.warnings.is_empty());
        prop_assert_eq!(reading.dialect, Dialect::Extended);
        prop_assert_eq!(reading.trace.ops(), trace.ops());
        prop_assert_eq!(reading.trace.weight(), trace.weight());
        prop_assert_eq!(reading.trace.comments(), trace.comments());
        prop_assert_eq!(reading.trace.ids(), trace.ids());
        prop_assert_eq!(reading.trace.peak_payload_bytes(), trace.peak_payload_bytes());
    }

    /// In the others, what is left after rewriting is read back as it was written.
    #[test]
    fn every_dialect_is_read_back_as_written(trace in any_trace(), dialect in 0usize..5) {
        let dialect = Dialect::ALL[dialect];
        let written = write(&trace, dialect, Inexpressible::Rewrite).expect("rewritten");
        let file = if dialect == Dialect::Script { "t.script" } else { "t.rep" };
        let forced = ReadOptions { dialect: Some(dialect), ..ReadOptions::default() };
        let reading = Trace::parse(file, &written.bytes, &forced)?;
        prop_assert!(reading.warnings.is_empty(), "{}", reading.warnings);
        let changed = written.losses.free_nulls;
        prop_assert_eq!(reading.trace.ops().len(), trace.ops().len() - changed);
        prop_assert_eq!(reading.trace.peak_payload_bytes(), trace.peak_payload_bytes());

        let again = write(&reading.trace, dialect, Inexpressible::Refuse).expect("as read");
        prop_assert_eq!(again.bytes, written.bytes);
    }

    /// A trace of some size is detected as the dialect it was written in.
    #[test]
    fn dialects_are_detected(trace in any_trace(), dialect in 0usize..5) {
        let dialect = Dialect::ALL[dialect];
        prop_assume!(trace.peak_payload_bytes() > 1);
        let written = write(&trace, dialect, Inexpressible::Rewrite).expect("rewritten");
        let file = if dialect == Dialect::Script { "t.script" } else { "t.rep" };
        let reading = Trace::parse(file, &written.bytes, &ReadOptions::default())?;
        prop_assert_eq!(reading.dialect, dialect);
        prop_assert!(reading.warnings.is_empty(), "{}", reading.warnings);
    }
}

/// A trace takes 16 bytes an operation, even with four million operations.
#[test]
fn four_million_operations_take_16_bytes_each() {
    const OPS: usize = 4_000_000;
    let mut text = format!("1\n1\n{OPS}\n16\n");
    text += &"a 0 16\nf 0\n".repeat(OPS / 2);
    let reading = Trace::parse("t.rep", text.as_bytes(), &ReadOptions::default()).expect("valid");
    let trace = reading.trace;
    assert_eq!(trace.ops().len(), OPS);
    assert_eq!(trace.line(OPS - 1), 4 + 4_000_000);
    assert_eq!(size_of::<Op>() + size_of_val(&trace.line(0)), 16);
}
