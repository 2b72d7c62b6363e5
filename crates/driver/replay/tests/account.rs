//! The account of a heap's blocks, on runs in which the program gets less than the trace asks for.

use heaplab_arena::Refuse;
use heaplab_heap::{Align, parse_policy};
use heaplab_replay::{CheckSettings, check_accesses};
use heaplab_trace::Trace;

/// 16 KiB, and calls may fail.
const SCARCE: CheckSettings = CheckSettings {
    align: Align::Sixteen,
    limit_bytes: 1 << 14,
    refuse: Refuse::Never,
    may_run_out: true,
    bad_pointers: false,
};

fn expect_no_fault(operations: &str) {
    let trace = Trace::of_line("test", operations).expect("a trace");
    let explicit: heaplab_explicit::Policy = parse_policy("address").expect("a policy");
    let implicit = heaplab_implicit::Policy::default();
    for examined in [
        check_accesses(&explicit, &trace, &SCARCE, &|_| ()),
        check_accesses(&implicit, &trace, &SCARCE, &|_| ()),
    ] {
        assert!(examined.is_ok(), "{operations}: {examined:?}");
    }
}

/// A realloc to 0 frees its block and allocates none, and the id may have a block afterwards.
#[test]
fn a_realloc_to_zero_allocates_no_block() {
    expect_no_fault("a 0 20000, r 0 0, a 0 1");
    expect_no_fault("a 0 20000, f 0, a 0 1, r 0 0");
    expect_no_fault("a 0 20000, r 0 30000, r 0 100, r 0 0, a 0 40");
    expect_no_fault("r 0 20000, r 0 0, r 0 10, f 0");
}

/// The old block stays the program's.
#[test]
fn a_block_that_could_not_grow_is_counted() {
    expect_no_fault("a 0 100, r 0 20000");
    expect_no_fault("a 0 100, a 1 40, r 0 20000, r 0 50, f 1, f 0");
}

/// A null pointer is not a block, even if several ids have one.
#[test]
fn a_null_pointer_from_malloc_is_not_counted() {
    expect_no_fault("a 0 0, a 1 0, r 2 0, a 3 8, f 1, r 0 8, f 3");
}
