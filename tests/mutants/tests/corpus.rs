//! Every mutant is a fault, and is stopped where it happens; but for those that only a
//! call shows that no trace has.

use heaplab_mutants::{Specimen, all, fault, trace_of};
use heaplab_trace::Trace;
use std::collections::BTreeSet;
use std::thread;

/// Runs `test` where a runaway recursion has room until it is stopped.
fn with_a_large_stack(test: fn()) {
    let thread = thread::Builder::new().stack_size(256 << 20);
    let test = thread.spawn(test).expect("a thread");
    if let Err(failure) = test.join() {
        std::panic::resume_unwind(failure);
    }
}

fn shows(specimen: &Specimen) -> Trace {
    let trace = trace_of(specimen.mutant.name, specimen.mutant.shows);
    trace.unwrap_or_else(|error| panic!("{}: {error}", specimen.spec()))
}

#[test]
fn the_mutants_are_many_and_have_unique_names() {
    let mut specs = BTreeSet::new();
    for specimen in all() {
        let name = (specimen.design, specimen.mutant.name);
        assert!(specs.insert(name), "{name:?} is there twice");
    }
    assert!(specs.len() >= 100, "{}", specs.len());
}

/// And so what stops the mutant is the mutant's.
#[test]
fn the_original_passes_where_a_mutant_is_stopped() {
    with_a_large_stack(|| {
        for specimen in all() {
            let answer = specimen.check_original(&shows(&specimen));
            assert_eq!(fault::code(&answer), "nothing", "{}", specimen.spec());
        }
    });
}

#[test]
fn every_mutant_is_stopped_for_the_reason_given() {
    with_a_large_stack(|| {
        let mut wrong = Vec::new();
        for specimen in all() {
            let answer = specimen.check_accesses(&shows(&specimen));
            let expected = match specimen.mutant.caught {
                "" => "nothing",
                caught => caught,
            };
            let found = fault::code(&answer);
            if found != expected {
                wrong.push(format!("{}: {found}, not {expected}", specimen.spec()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// At the operation that first makes the heap differ from the original's, or before
/// that: a load changes nothing, and some of what a heap knows is in its struct.
#[test]
fn nearly_all_mutants_are_stopped_at_the_faulty_operation() {
    with_a_large_stack(|| {
        let (mut at_once, mut late) = (0, Vec::new());
        for specimen in all() {
            let trace = shows(&specimen);
            let stopped = fault::op_index(&specimen.check_accesses(&trace));
            let differs = specimen.first_difference(&trace);
            match (stopped, differs) {
                (Some(stopped), Some(differs)) if stopped > differs => late.push(specimen.spec()),
                _ => at_once += 1,
            }
        }
        let of = at_once + late.len();
        assert!(at_once * 10 >= of * 9, "{at_once} of {of}; late: {late:#?}");
    });
}
