//! The fuzzer on sound heaps and on broken ones.
#![forbid(unsafe_code)]

use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, Probe, Refuse, Settings};
use heaplab_explicit as explicit;
use heaplab_heap::{Align, Design, Heap};
use heaplab_hunt::{Case, Coverage, Failure, FuzzReport, FuzzSettings, Outcome, Signature, fuzz};
use heaplab_quick as quick;
use heaplab_trace::Op;
use std::collections::BTreeSet;

const SETTINGS: FuzzSettings = FuzzSettings {
    seed: 1,
    ops: 100_000,
    least_limit_bytes: 16 << 10,
    bad_pointers: false,
    memalign: true,
};

/// Calls the heap and records only the coverage.
fn replay<D: Design>(design: &D, case: &Case, coverage: &Coverage) {
    let settings = Settings { limit_bytes: case.limit_bytes, refuse: case.refuse };
    let arena = Arena::with(settings, coverage).expect("address space");
    coverage.begin(None);
    let Ok(mut heap) = design.build(arena, Align::Sixteen) else {
        return;
    };
    let mut held = vec![None; case.trace.ids() as usize];
    for &op in case.trace.ops() {
        coverage.begin(Some(op));
        match (op, op.id().map(|id| &mut held[id.index()])) {
            (Op::Malloc { size, .. }, Some(slot)) => *slot = heap.malloc(size).ok(),
            (Op::Calloc { size, .. }, Some(slot)) => *slot = heap.calloc(1, size).ok(),
            (Op::Memalign { align_log2, size, .. }, Some(slot)) => {
                *slot = heap.memalign(1 << align_log2, size).ok();
            }
            (Op::Realloc { size, .. }, Some(slot)) => {
                if let Ok(moved) = heap.realloc(slot.unwrap_or(Addr::NULL), size) {
                    *slot = Some(moved);
                }
            }
            (Op::Free { .. }, Some(slot)) => {
                if let Some(payload) = slot.take() {
                    heap.free(payload).expect("it was allocated");
                }
            }
            _ => heap.free(Addr::NULL).expect("free(NULL) does nothing"),
        }
    }
    coverage.pause();
    heap.check().expect("the heap is sound");
}

fn fuzz_sound<D: Design>(design: &D, seed: u64) -> (FuzzReport, Vec<String>) {
    let mut cases = Vec::new();
    let run = |case: &Case, coverage: &Coverage| {
        replay(design, case, coverage);
        let lines: Vec<String> = case.trace.ops().iter().map(Op::to_string).collect();
        cases.push(format!("{} {:?} {}", case.limit_bytes, case.refuse, lines.join(";")));
        Outcome::Sound
    };
    let settings = FuzzSettings { seed, ..SETTINGS };
    (fuzz(&settings, run, |_| true), cases)
}

#[test]
fn the_seed_determines_the_cases() {
    let design = quick::Policy::default();
    let (report, cases) = fuzz_sound(&design, 1);
    let (again, same_cases) = fuzz_sound(&design, 1);
    assert!(report.found.is_none());
    assert_eq!(report.progress, again.progress);
    assert!(cases == same_cases);
    assert_ne!(cases[0], fuzz_sound(&design, 2).1[0]);
    assert!(report.progress.ops >= SETTINGS.ops);
    assert!(report.progress.kept > 50, "{:?}", report.progress);
}

/// What the cases are made of, over some hundreds of them.
#[test]
fn cases_have_every_kind_of_hard_request() {
    let (_, cases) = fuzz_sound(&explicit::Policy::default(), 7);
    let all = cases.join(";");
    for what in ["f -1", "Once", "From", "Never", "4294967295"] {
        assert!(all.contains(what), "{what}");
    }
    for verb in ["a ", "f ", "r ", "c ", "m "] {
        let lines = all.split(';').filter(|line| line.starts_with(verb));
        assert!(lines.count() > 1000, "{verb}");
    }
    let zero_bytes = all.split(';').filter(|line| line.ends_with(" 0"));
    let verbs: BTreeSet<_> = zero_bytes.filter_map(|line| line.chars().next()).collect();
    assert!(verbs.is_superset(&BTreeSet::from(['a', 'r', 'c', 'm'])), "{verbs:?}");
    assert!(cases.iter().all(|case| case.split(';').count() <= 400));
}

/// A heap that fails at the end of a staircase: each step is a rare operation, and takes another
/// line of the source only after the steps before.
fn climb(case: &Case, coverage: &Coverage) -> Outcome {
    let mut step = 0;
    for &op in case.trace.ops() {
        coverage.begin(Some(op));
        match (step, op) {
            (0, Op::Malloc { size: 4096.., .. }) => coverage.on_load(Addr::NULL),
            (1, Op::Realloc { size: 0, .. }) => coverage.on_load(Addr::NULL),
            (2, Op::Memalign { align_log2: 13, .. }) => coverage.on_load(Addr::NULL),
            (3, Op::Calloc { size: 1..32, .. }) => coverage.on_load(Addr::NULL),
            (4, Op::Memalign { size: 0, .. }) => {
                return Outcome::Failed(Failure {
                    signature: Signature::new("top"),
                    op_index: None,
                });
            }
            _ => continue,
        }
        step += 1;
    }
    Outcome::Sound
}

/// Guided by coverage, the fuzzer reaches the top of a staircase sooner than by chance.
#[test]
fn coverage_guides_the_fuzzer() {
    let (mut guided, mut blind) = (0, 0);
    for seed in 1..9 {
        let settings = FuzzSettings { seed, ops: 20_000_000, ..SETTINGS };
        guided += fuzz(&settings, climb, |_| true).progress.cases;
        // A coverage that the fuzzer does not see: the fuzzer considers nothing new.
        let hidden = Coverage::default();
        let unseen = |case: &Case, _: &Coverage| climb(case, &hidden);
        blind += fuzz(&settings, unseen, |_| true).progress.cases;
    }
    assert!(guided * 3 < blind * 2, "{guided} cases guided, {blind} blind");
}

#[test]
fn the_fuzzer_stops_on_request_and_at_the_first_failure() {
    let report = fuzz(&SETTINGS, |_, _| Outcome::Sound, |progress| progress.cases < 10);
    assert_eq!(report.progress.cases, 10);

    let failure = Failure { signature: Signature::new("refused"), op_index: None };
    let run = |case: &Case, _: &Coverage| match case.refuse {
        Refuse::Once(_) => Outcome::Failed(failure.clone()),
        _ => Outcome::Sound,
    };
    let report = fuzz(&SETTINGS, run, |_| true);
    let (case, found) = report.found.expect("one case in five");
    assert_eq!(found, failure);
    assert_eq!(case.number + 1, report.progress.cases);
}
