//! A heap that ran a hundred times as long needs about as much memory
//! for the same payload. A heap that keeps too many blocks from being
//! merged fails here, and passes every trace of the usual length.

use heaplab_heap::{Align, Design};
use heaplab_heap_tests::designs::{Visitor, visit_all};
use heaplab_heap_tests::long_run::{LEAST_KEPT, LONG_OPS, MAX_LIVE_BLOCKS, SHORT_OPS};
use heaplab_heap_tests::long_run::{generate, kinds, known_to_lose, replay};
use heaplab_trace::Trace;

/// The kinds of very many small blocks. All heaps on them are four seconds more, and blocks that
/// wait unmerged show in the others too; `.ci/long-runs` replays these as well.
const SMALL_BLOCKS: [&str; 3] = ["diagrams", "n-grams", "power-law"];

#[test]
fn a_hundred_times_the_operations_take_about_as_much_memory() {
    for kind in kinds().filter(|kind| !SMALL_BLOCKS.contains(&kind.name)) {
        let [short, long] = [SHORT_OPS, LONG_OPS].map(|ops| generate(kind, ops, MAX_LIVE_BLOCKS));
        visit_all(&mut Compare { kind: kind.name, short, long });
    }
}

struct Compare {
    kind: &'static str,
    short: Trace,
    long: Trace,
}

impl Visitor for Compare {
    fn visit<D: Design>(&mut self, name: &str, design: &D) {
        let utilization =
            |trace: &Trace| replay(design, trace, Align::Sixteen).utilization_percent();
        let (short, long) = (utilization(&self.short), utilization(&self.long));
        assert!(
            long >= LEAST_KEPT * short || known_to_lose(name).is_some(),
            "{name} on {}: {short:.2} % after {SHORT_OPS} operations, {long:.2} % after {LONG_OPS}",
            self.kind
        );
    }
}

/// The heaps that are allowed to lose do lose: the traces are long enough to show it.
#[test]
fn the_worst_policy_loses_utilization_in_a_long_run() {
    struct Worst(f64);
    impl Visitor for Worst {
        fn visit<D: Design>(&mut self, name: &str, design: &D) {
            if name != "implicit:worst-fit,footers,deferred" {
                return;
            }
            let kind = kinds().find(|kind| kind.name == "generational");
            let kind = kind.expect("a generator of this name");
            let [short, long] = [SHORT_OPS, LONG_OPS].map(|ops| {
                let trace = generate(kind, ops, MAX_LIVE_BLOCKS);
                replay(design, &trace, Align::Sixteen).utilization_percent()
            });
            self.0 = long / short;
        }
    }
    let mut kept = Worst(1.0);
    visit_all(&mut kept);
    assert!(kept.0 < LEAST_KEPT, "kept {:.2} of it", kept.0);
}
