//! A copy without an active mutant behaves like the original.

use heaplab_arena::Settings as Machine;
use heaplab_heap::{Align, Design, parse_policy};
use heaplab_mutants::{bundled, first_difference};
use heaplab_replay::{Settings, validate};
use heaplab_trace::Trace;

fn expect_the_same<C: Design, O: Design>(policies: &[&str], trace: &Trace) {
    for policy in policies {
        let copy: C = parse_policy(policy).expect("a known policy");
        let original: O = parse_policy(policy).expect("a known policy");
        for align in [Align::Eight, Align::Sixteen] {
            let settings = Settings { align, limit_bytes: 1 << 30, check_every: None };
            let facts = validate(&copy, trace, &settings, &|_| ()).expect("no fault");
            let expected = validate(&original, trace, &settings, &|_| ()).expect("no fault");
            assert_eq!(facts, expected, "{}:{policy}", O::NAME);
            let machine = Machine::default();
            let difference = first_difference(&copy, &original, trace, align, machine);
            assert_eq!(difference, None, "{}:{policy}", O::NAME);
        }
    }
}

#[test]
fn a_copy_without_a_mutant_has_the_originals_facts_and_bytes() {
    for path in ["labs/traces/classic/random.rep", "labs/traces/classic/coalescing.rep"] {
        let trace = bundled(path).expect("a trace");
        expect_the_same::<heaplab_mutants::implicit::Policy, heaplab_implicit::Policy>(
            &["", "next-fit,elided", "best-fit,deferred", "elided,deferred"],
            &trace,
        );
        expect_the_same::<heaplab_mutants::explicit::Policy, heaplab_explicit::Policy>(
            &["", "fifo", "address,best-fit", "elided,deferred"],
            &trace,
        );
        expect_the_same::<heaplab_mutants::segregated::Policy, heaplab_segregated::Policy>(
            &["", "elided", "best-fit,deferred", "fifo,classes-8"],
            &trace,
        );
        expect_the_same::<heaplab_mutants::quick::Policy, heaplab_quick::Policy>(
            &["", "immediate", "footers,no-top", "moving"],
            &trace,
        );
        expect_the_same::<heaplab_mutants::tuned::Policy, heaplab_tuned::Policy>(
            &["", "no-quick,parts", "no-slabs,no-sliding"],
            &trace,
        );
    }
}

/// Each word of the original is there, with the same meaning, and then the mutants.
#[test]
fn a_copy_has_the_originals_policy_words() {
    fn expect_words<C: Design, O: Design>() {
        let copy: Vec<_> = C::WORDS.iter().map(|word| (word.name, word.about)).collect();
        let original: Vec<_> = O::WORDS.iter().map(|word| (word.name, word.about)).collect();
        assert_eq!(copy[..original.len()], original);
        assert!(copy.len() > original.len() + 20);
    }
    expect_words::<heaplab_mutants::implicit::Policy, heaplab_implicit::Policy>();
    expect_words::<heaplab_mutants::explicit::Policy, heaplab_explicit::Policy>();
    expect_words::<heaplab_mutants::segregated::Policy, heaplab_segregated::Policy>();
    expect_words::<heaplab_mutants::quick::Policy, heaplab_quick::Policy>();
    expect_words::<heaplab_mutants::tuned::Policy, heaplab_tuned::Policy>();
}
