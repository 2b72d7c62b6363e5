//! Every sequence of a few calls over a few sizes, on every heap: most faults
//! of an allocator show in a small example, if all small examples are tried.

use heaplab_arena::host::{self, Host};
use heaplab_arena::{Addr, Arena, Silent};
use heaplab_heap::{Align, Design, Heap};
use heaplab_heap_tests::designs::{ALIGNS, Visitor, visit_all};

/// The length of the longest sequences.
const DEPTH: usize = 5;

/// The smallest block; one more than it; most of a chunk.
const SIZES: [u32; 3] = [8, 40, 4000];

/// One call. Live payloads are numbered in the order they were allocated.
#[derive(Clone, Copy, Debug)]
enum Call {
    Malloc(u32),
    Free(usize),
    Realloc(usize, u32),
}

/// Visits every sequence of up to [`DEPTH`] calls that makes sense, each once.
fn each_sequence(visit: &mut impl FnMut(&[Call])) {
    fn extend(calls: &mut Vec<Call>, live: usize, visit: &mut impl FnMut(&[Call])) {
        if !calls.is_empty() {
            visit(calls);
        }
        if calls.len() == DEPTH {
            return;
        }
        let mut step = |call, live| {
            calls.push(call);
            extend(calls, live, visit);
            calls.pop();
        };
        for size in SIZES {
            step(Call::Malloc(size), live + 1);
        }
        for index in 0..live {
            step(Call::Free(index), live - 1);
            for size in SIZES {
                step(Call::Realloc(index, size), live);
            }
        }
    }
    extend(&mut Vec::new(), 0, visit);
}

/// Runs one sequence; its prefixes were run before it, so
/// only the effect of its last call is checked.
fn run<D: Design>(design: &D, arena: Arena<Silent>, align: Align, calls: &[Call]) -> Arena<Silent> {
    let mut heap = design.build(arena, align).expect("room for an empty heap");
    let mut live: Vec<(Addr, u32, u8)> = Vec::with_capacity(DEPTH);
    for (fill, &call) in (1..).zip(calls) {
        let (payload, size) = match call {
            Call::Malloc(size) => (heap.malloc(size).expect("room"), size),
            Call::Free(index) => {
                heap.free(live.remove(index).0).expect("it is live");
                continue;
            }
            Call::Realloc(index, size) => {
                let (old, old_size, old_fill) = live.remove(index);
                let payload = heap.realloc(old, size).expect("room");
                assert_filled(&heap, payload, size.min(old_size), old_fill, calls);
                (payload, size)
            }
        };
        assert!(heap.arena().contains(payload, size), "{calls:?}");
        heap.arena_mut().payload_mut(payload, size).expect("inside").fill(fill);
        live.push((payload, size, fill));
    }
    heap.check().unwrap_or_else(|violation| panic!("{violation} after {calls:?}"));
    for (payload, size, fill) in live {
        assert!(payload.is_aligned_to(align.bytes()), "{calls:?}");
        assert_filled(&heap, payload, size, fill, calls);
    }
    heap.into_arena()
}

fn assert_filled<H: Heap>(heap: &H, payload: Addr, size: u32, fill: u8, calls: &[Call]) {
    let bytes = heap.arena().payload(payload, size).expect("inside");
    assert!(bytes.iter().all(|&byte| byte == fill), "{payload} changed: {calls:?}");
}

/// Runs every sequence on every second heap, starting with `first`: two tests share the work.
fn every_short_sequence(first: usize) {
    #[derive(Default)]
    struct Run {
        first: usize,
        seen: usize,
        heaps: u64,
        sequences: u64,
    }
    impl Visitor for Run {
        fn visit<D: Design>(&mut self, _: &str, design: &D) {
            self.seen += 1;
            if self.seen % 2 != self.first {
                return;
            }
            for align in ALIGNS {
                self.heaps += 1;
                let mut arena = Some(host::machine().expect("4 GiB of address space"));
                each_sequence(&mut |calls| {
                    let mut machine = arena.take().expect("put back below");
                    machine.reset();
                    arena = Some(run(design, machine, align, calls));
                    self.sequences += 1;
                });
            }
        }
    }
    let mut sequences = 0;
    each_sequence(&mut |_| sequences += 1);
    let mut run = Run { first, ..Run::default() };
    visit_all(&mut run);
    assert_eq!(run.sequences, sequences * run.heaps);
    assert!(run.heaps > 80, "{}", run.heaps);
}

#[test]
fn half_of_the_heaps_pass_every_short_sequence() {
    every_short_sequence(0);
}

#[test]
fn the_other_half_of_the_heaps_passes_every_short_sequence() {
    every_short_sequence(1);
}
