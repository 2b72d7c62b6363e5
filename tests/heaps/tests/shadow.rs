//! Random operations on every heap, beside a shadow that stores
//! what each payload must hold. A failing sequence is shrunk.

use heaplab_arena::Addr;
use heaplab_arena::host::Host;
use heaplab_heap::{Align, Design, Heap};
use heaplab_heap_tests::designs::{ALIGNS, Visitor, heap, visit_all};
use proptest::prelude::*;

/// One call; `pick` chooses among the live payloads.
#[derive(Clone, Debug)]
enum Call {
    Malloc { size: u32 },
    Calloc { size: u32 },
    Memalign { align_log2: u32, size: u32 },
    Realloc { pick: usize, size: u32 },
    Free { pick: usize },
}

/// Generates sizes around the limits where behaviour changes: the smallest block, a class, a chunk.
fn size() -> impl Strategy<Value = u32> {
    prop_oneof![
        6 => 1..80_u32,
        2 => 80..1200_u32,
        1 => 4000..4200_u32,
        1 => 1..40_000_u32,
    ]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        5 => size().prop_map(|size| Call::Malloc { size }),
        1 => size().prop_map(|size| Call::Calloc { size }),
        1 => (0..13_u32, size()).prop_map(|(align_log2, size)| Call::Memalign { align_log2, size }),
        2 => (any::<usize>(), size()).prop_map(|(pick, size)| Call::Realloc { pick, size }),
        5 => any::<usize>().prop_map(|pick| Call::Free { pick }),
    ]
}

/// The expected content of a live payload: `fill` in each of its `size` bytes.
struct Live {
    payload: Addr,
    size: u32,
    fill: u8,
}

struct Shadow<H: Heap> {
    heap: H,
    align: Align,
    live: Vec<Live>,
    fills: u8,
}

impl<H: Heap> Shadow<H> {
    fn run(heap: H, align: Align, calls: &[Call]) -> Result<(), String> {
        let mut shadow = Shadow { heap, align, live: Vec::new(), fills: 0 };
        for call in calls {
            shadow.step(call).map_err(|what| format!("{call:?}: {what}"))?;
            shadow.heap.check().map_err(|violation| format!("{call:?}: {violation}"))?;
        }
        while let Some(live) = shadow.live.pop() {
            shadow.intact(live.payload, live.size, live.fill)?;
            shadow.heap.free(live.payload).map_err(|error| error.to_string())?;
        }
        shadow.heap.check().map_err(|violation| violation.to_string())?;
        match shadow.heap.blocks().find(|block| block.allocated) {
            Some(block) => Err(format!("all is freed, but {block:?}")),
            None => Ok(()),
        }
    }

    fn step(&mut self, call: &Call) -> Result<(), String> {
        let text = |error| format!("{error}");
        match *call {
            Call::Malloc { size } => {
                let payload = self.heap.malloc(size).map_err(text)?;
                self.adopt(payload, size, self.align.bytes())
            }
            Call::Calloc { size } => {
                let payload = self.heap.calloc(1, size).map_err(text)?;
                self.intact(payload, size, 0)?;
                self.adopt(payload, size, self.align.bytes())
            }
            Call::Memalign { align_log2, size } => {
                let payload = self.heap.memalign(1 << align_log2, size).map_err(text)?;
                self.adopt(payload, size, self.align.bytes().max(1 << align_log2))
            }
            Call::Realloc { pick, size } if !self.live.is_empty() => {
                let old = self.live.swap_remove(pick % self.live.len());
                let payload = self.heap.realloc(old.payload, size).map_err(text)?;
                self.intact(payload, size.min(old.size), old.fill)?;
                self.adopt(payload, size, self.align.bytes())
            }
            Call::Free { pick } if !self.live.is_empty() => {
                let old = self.live.swap_remove(pick % self.live.len());
                self.intact(old.payload, old.size, old.fill)?;
                self.heap.free(old.payload).map_err(text)
            }
            Call::Realloc { .. } | Call::Free { .. } => Ok(()),
        }
    }

    /// Asserts that a new payload is at an allowed place, and fills it.
    fn adopt(&mut self, payload: Addr, size: u32, align_bytes: u32) -> Result<(), String> {
        if !payload.is_aligned_to(align_bytes) {
            return Err(format!("{payload} is not a multiple of {align_bytes}"));
        }
        if !self.heap.arena().contains(payload, size) {
            return Err(format!("{payload} is outside the heap"));
        }
        let usable = self.heap.usable_size(payload).map_err(|error| error.to_string())?;
        if usable < size {
            return Err(format!("{usable} bytes usable of {size}"));
        }
        let apart =
            |live: &Live| live.payload + live.size <= payload || payload + size <= live.payload;
        if let Some(other) = self.live.iter().find(|live| !apart(live)) {
            return Err(format!("{payload} overlaps {}", other.payload));
        }
        self.fills = self.fills.wrapping_add(1);
        let fill = self.fills;
        self.heap.arena_mut().payload_mut(payload, size).expect("inside").fill(fill);
        self.live.push(Live { payload, size, fill });
        Ok(())
    }

    fn intact(&self, payload: Addr, size: u32, fill: u8) -> Result<(), String> {
        let bytes = self.heap.arena().payload(payload, size).ok_or("outside the machine")?;
        match bytes.iter().position(|&byte| byte != fill) {
            Some(offset) => Err(format!("byte {offset} of {payload} changed")),
            None => Ok(()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_heap_keeps_every_payload(calls in proptest::collection::vec(call(), 1..120)) {
        struct Run<'a>(&'a [Call], Vec<String>);
        impl Visitor for Run<'_> {
            fn visit<D: Design>(&mut self, name: &str, design: &D) {
                for align in ALIGNS {
                    if let Err(what) = Shadow::run(heap(design, align), align, self.0) {
                        self.1.push(format!("{name} at {align}: {what}"));
                    }
                }
            }
        }
        let mut run = Run(&calls, Vec::new());
        visit_all(&mut run);
        prop_assert!(run.1.is_empty(), "{}", run.1.join("\n"));
    }
}
