//! Measures the most expensive operation of a heap that has many live and many
//! free blocks, in words that the allocator reads and writes: exact counts, the
//! same on every machine.

use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, Settings};
use heaplab_heap::{Align, Design, Heap};
use heaplab_replay::Counting;
use heaplab_trace::RandomSource;

/// The worst single operation of each kind, in words read and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worst {
    /// Of all calls of `malloc`.
    pub malloc: u64,
    /// Of all calls of `free`.
    pub free: u64,
    /// Of all calls of `memalign`.
    pub memalign: u64,
}

/// Builds a heap of `blocks` live and as many free blocks, and then calls each
/// operation `calls` times.
///
/// # Panics
/// If the heap refuses an operation: the machine is large enough for all.
pub fn measure<D: Design>(design: &D, align: Align, blocks: u32, calls: u32) -> Worst {
    let settings = Settings { limit_bytes: 3 << 30, ..Settings::default() };
    let arena = Arena::with(settings, Counting::default()).expect("4 GiB of address space");
    let heap = design.build(arena, align).expect("room for an empty heap");
    let mut meter = Meter { heap, worst: Worst::default(), random: RandomSource::new(1, 40) };
    let mut live = meter.blocks_with_free_ones_between(blocks);
    // Bursts of frees fill the lists that defer coalescing; mallocs of every size follow.
    for _ in 0..calls {
        for _ in 0..600 {
            if let Some(payload) = meter.random.take(&mut live) {
                meter.free(payload);
            }
        }
        let size = meter.random.between(1, 4000);
        let mut made = vec![meter.malloc(size), meter.memalign(256, size)];
        made.extend((0..598).map(|_| meter.small()));
        live.append(&mut made);
    }
    let huge = meter.malloc(1 << 20);
    meter.free(huge);
    meter.worst
}

struct Meter<H> {
    heap: H,
    worst: Worst,
    random: RandomSource,
}

impl<H: Heap<Probe = Counting>> Meter<H> {
    /// Allocates `2 * blocks` blocks and frees every second one. The highest is
    /// freed first, so that an address-ordered list is never searched for the place.
    fn blocks_with_free_ones_between(&mut self, blocks: u32) -> Vec<Addr> {
        let all: Vec<Addr> = (0..2 * blocks).map(|_| self.small()).collect();
        let (mut live, mut free) = (Vec::new(), Vec::new());
        for (index, payload) in all.into_iter().enumerate() {
            let list = if index % 2 == 0 { &mut live } else { &mut free };
            list.push(payload);
        }
        free.into_iter().rev().for_each(|payload| self.free(payload));
        live
    }

    fn small(&mut self) -> Addr {
        let size = self.random.power_law_size(6);
        self.malloc(size)
    }

    fn malloc(&mut self, size: u32) -> Addr {
        let (payload, words) = self.count(|heap| heap.malloc(size).expect("room"));
        self.worst.malloc = self.worst.malloc.max(words);
        payload
    }

    fn memalign(&mut self, align_bytes: u32, size: u32) -> Addr {
        let (payload, words) = self.count(|heap| heap.memalign(align_bytes, size).expect("room"));
        self.worst.memalign = self.worst.memalign.max(words);
        payload
    }

    fn free(&mut self, payload: Addr) {
        let ((), words) = self.count(|heap| heap.free(payload).expect("a live block"));
        self.worst.free = self.worst.free.max(words);
    }

    /// Returns the result of `call`, and how many words the heap read and wrote for it.
    fn count<T>(&mut self, call: impl FnOnce(&mut H) -> T) -> (T, u64) {
        let before = words(&self.heap);
        let result = call(&mut self.heap);
        (result, words(&self.heap) - before)
    }
}

fn words<H: Heap<Probe = Counting>>(heap: &H) -> u64 {
    let probe = heap.arena().probe();
    probe.loads() + probe.stores()
}
