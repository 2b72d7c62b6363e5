//! Measures how long single calls of `malloc` and `free` take on a warm heap with many live and
//! many free blocks.
//!
//! A clock says how long a call took, and how long the machine was busy with something else
//! meanwhile. So the same calls run on the same heap several times, built anew each time: a heap
//! takes the same steps every time, and an interruption comes at another call. The least of the
//! times of a call is its own, and the largest of these least times is that of the worst call.

use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, Probe, Settings, Silent, WORD_BYTES};
use heaplab_heap::{Align, Design, Heap};
use heaplab_replay::Counting;
use heaplab_trace::RandomSource;
use std::time::{Duration, Instant};

/// Calls before the clock starts: they put blocks on lists and pages into caches.
const WARM_UP_CALLS: usize = 100_000;

/// A call. A live block has a place in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Frees the block of this place.
    Free {
        /// The place.
        place: u32,
    },
    /// Allocates a block for this place.
    Malloc {
        /// The place.
        place: u32,
        /// Bytes asked for.
        size: u32,
    },
}

/// Returns at least `least` calls for a table of `blocks` live blocks: bursts of frees, and as many
/// mallocs of other sizes for the same places. Nearly all sizes are small, as in programs; some
/// have a few thousand bytes, and one in two thousand has up to 128 KiB.
pub fn calls(blocks: u32, least: usize, seed: u64) -> Vec<Call> {
    const BURST: u32 = 600;
    let mut random = RandomSource::new(seed, 42);
    let mut calls = Vec::new();
    let mut full: Vec<u32> = (0..blocks).collect();
    while calls.len() < least {
        let burst = random.between(1, BURST.min(blocks));
        let mut empty: Vec<u32> = (0..burst).filter_map(|_| random.take(&mut full)).collect();
        calls.extend(empty.iter().map(|&place| Call::Free { place }));
        while let Some(place) = random.take(&mut empty) {
            let size = match random.below(2000) {
                0 => random.between(4_001, 128 << 10),
                1..40 => random.between(1, 4_000),
                _ => random.power_law_size(6),
            };
            calls.push(Call::Malloc { place, size });
            full.push(place);
        }
    }
    calls
}

/// A heap with a table of live blocks, and about as many free blocks between them.
struct Warm<H> {
    heap: H,
    /// Payloads and sizes; null and 0 in an empty place.
    blocks: Vec<(Addr, u32)>,
}

/// Builds the heap, and makes the calls of the warm-up.
fn build<D: Design, P: Probe>(design: &D, align: Align, probe: P, blocks: u32) -> Warm<D::Heap<P>> {
    let settings = Settings { limit_bytes: 3 << 30, ..Settings::default() };
    let arena = Arena::with(settings, probe).expect("4 GiB of address space");
    let heap = design.build(arena, align).expect("room for an empty heap");
    let mut warm = Warm { heap, blocks: Vec::new() };
    let mut random = RandomSource::new(1, 43);
    let mut between = Vec::new();
    for _ in 0..blocks {
        for blocks in [&mut warm.blocks, &mut between] {
            let size = random.power_law_size(6);
            let payload = warm.heap.malloc(size).expect("room");
            write_pages(&mut warm.heap, payload, size);
            blocks.push((payload, size));
        }
    }
    // The highest first: a list by address need not be searched for the place.
    for (payload, _) in between.into_iter().rev() {
        warm.heap.free(payload).expect("a live block");
    }
    for call in calls(blocks, WARM_UP_CALLS, 1) {
        warm.make(call);
        warm.write(call);
    }
    warm
}

/// Writes a word to each page of a payload, as a program does: the host maps a page when it is
/// written to for the first time, which takes longer than most calls.
fn write_pages<H: Heap>(heap: &mut H, payload: Addr, size: u32) {
    const PAGE_BYTES: u32 = 4096;
    let mut offset = 0;
    while offset + WORD_BYTES <= size {
        heap.arena_mut().store(Addr::new(payload.to_word() + offset), 0);
        offset += PAGE_BYTES;
    }
}

impl<H: Heap> Warm<H> {
    #[inline]
    fn make(&mut self, call: Call) {
        match call {
            Call::Free { place } => {
                let (payload, _) = std::mem::take(&mut self.blocks[place as usize]);
                self.heap.free(payload).expect("a live block");
            }
            Call::Malloc { place, size } => {
                let payload = self.heap.malloc(size).expect("room");
                self.blocks[place as usize] = (payload, size);
            }
        }
    }

    /// Writes to the block that is now in the place of a call, if one is.
    fn write(&mut self, call: Call) {
        let (Call::Free { place } | Call::Malloc { place, .. }) = call;
        let (payload, size) = self.blocks[place as usize];
        write_pages(&mut self.heap, payload, size);
    }
}

/// The call that took longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorstCall {
    /// Its index among the calls.
    pub index: usize,
    /// The call.
    pub call: Call,
    /// The least of its times.
    pub time: Duration,
}

/// The worst call of `calls`, but those that grew the heap; none if all did. `runs` is how often
/// each is measured.
pub fn worst_call<D: Design>(
    design: &D,
    align: Align,
    blocks: u32,
    calls: &[Call],
    runs: u32,
) -> Option<WorstCall> {
    let mut least = vec![Duration::MAX; calls.len()];
    let mut grew = vec![false; calls.len()];
    let clock = time_of_the_clock();
    for _run in 0..runs {
        let mut warm = build(design, align, Silent, blocks);
        for (index, &call) in calls.iter().enumerate() {
            let heap_bytes = warm.heap.arena().heap_bytes();
            let begin = Instant::now();
            warm.make(call);
            let time = begin.elapsed().saturating_sub(clock);
            least[index] = least[index].min(time);
            warm.write(call);
            grew[index] = warm.heap.arena().heap_bytes() > heap_bytes;
        }
    }
    (calls.iter().zip(least).enumerate())
        .filter(|(index, _)| !grew[*index])
        .map(|(index, (&call, time))| WorstCall { index, call, time })
        .max_by_key(|worst| worst.time)
}

/// Returns how long it takes to read the clock.
fn time_of_the_clock() -> Duration {
    let read = || {
        let begin = Instant::now();
        begin.elapsed()
    };
    (0..10_000).map(|_| read()).min().unwrap_or_default()
}

/// What a call costs on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// Nanoseconds.
    pub nanoseconds: f64,
    /// Words that the heap reads and writes.
    pub words: f64,
}

/// Measures the mean of all calls. They are timed a few hundred at a time, and of each few hundred
/// the least of `runs` times counts, since an interruption comes at others in the next run.
pub fn mean<D: Design>(design: &D, align: Align, blocks: u32, calls: &[Call], runs: u32) -> Mean {
    const TIMED_TOGETHER: usize = 400;
    let mut least = vec![Duration::MAX; calls.len().div_ceil(TIMED_TOGETHER)];
    for _run in 0..runs {
        let mut warm = build(design, align, Silent, blocks);
        for (calls, least) in calls.chunks(TIMED_TOGETHER).zip(&mut least) {
            let begin = Instant::now();
            calls.iter().for_each(|&call| warm.make(call));
            *least = begin.elapsed().min(*least);
            calls.iter().for_each(|&call| warm.write(call));
        }
    }
    let time: Duration = least.into_iter().sum();
    let mut warm = build(design, align, Counting::default(), blocks);
    let words = |probe: &Counting| probe.loads() + probe.stores();
    let before = words(warm.heap.arena().probe());
    calls.iter().for_each(|&call| warm.make(call));
    let touched = words(warm.heap.arena().probe()) - before;
    let count = calls.len() as f64;
    Mean { nanoseconds: time.as_nanos() as f64 / count, words: touched as f64 / count }
}
