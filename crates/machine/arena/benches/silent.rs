//! `cargo bench -p heaplab-arena`: shows that a machine without a probe is as fast
//! as raw pointers.
//!
//! The same work, filling and emptying a free list with boundary tags, runs over
//! three kinds of memory: [`Arena`]; raw pointers without any check, as in C; and a
//! slice that checks every access, to confirm that the benchmark can show the cost
//! of a check.

use criterion::{Criterion, criterion_group, criterion_main};
use heaplab_arena::host;
use heaplab_arena::{Addr, Arena};
use std::hint::black_box;
use std::time::{Duration, Instant};

const BLOCKS: u32 = 1 << 9;
const BLOCK_BYTES: u32 = 32;
const HEAP_BYTES: u32 = BLOCKS * BLOCK_BYTES;
const ROUNDS: u32 = 200;

/// The start of the arena's heap. The other memories use the same start, so that
/// all do the same arithmetic.
const START: u32 = 0x1_0000;

trait Memory {
    fn load(&self, addr: u32) -> u32;
    fn store(&mut self, addr: u32, word: u32);
}

struct InArena(Arena);

impl Memory for InArena {
    #[inline(always)]
    fn load(&self, addr: u32) -> u32 {
        self.0.load(Addr::new(addr))
    }
    #[inline(always)]
    fn store(&mut self, addr: u32, word: u32) {
        self.0.store(Addr::new(addr), word);
    }
}

struct Raw(*mut u8);

impl Memory for Raw {
    #[inline(always)]
    fn load(&self, addr: u32) -> u32 {
        // SAFETY: `churn` stays below START + HEAP_BYTES, which was allocated.
        unsafe { self.0.add(addr as usize).cast::<u32>().read_unaligned() }
    }
    #[inline(always)]
    fn store(&mut self, addr: u32, word: u32) {
        // SAFETY: as in `load`.
        unsafe { self.0.add(addr as usize).cast::<u32>().write_unaligned(word) }
    }
}

struct Checked(Vec<u8>);

impl Memory for Checked {
    #[inline(always)]
    fn load(&self, addr: u32) -> u32 {
        let at = addr as usize;
        let bytes = &self.0[at..at + 4];
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }
    #[inline(always)]
    fn store(&mut self, addr: u32, word: u32) {
        let at = addr as usize;
        self.0[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }
}

/// Does an allocator's usual work: sets tags, links and unlinks. The order is fixed,
/// so that mispredicted jumps do not hide the cost of the accesses.
#[inline(never)]
fn churn<M: Memory>(memory: &mut M) -> u32 {
    let mut sum = 0u32;
    for _ in 0..ROUNDS {
        let mut head = 0;
        for index in 0..BLOCKS {
            // The factor is odd: each block comes once, far from the block before.
            let block = START + index.wrapping_mul(2621) % BLOCKS * BLOCK_BYTES;
            memory.store(block, BLOCK_BYTES);
            memory.store(block + BLOCK_BYTES - 4, BLOCK_BYTES);
            memory.store(block + 4, head);
            memory.store(block + 8, 0);
            if head != 0 {
                memory.store(head + 8, block);
            }
            head = block;
        }
        while head != 0 {
            let tag = memory.load(head);
            let next = memory.load(head + 4);
            if next != 0 {
                memory.store(next + 8, memory.load(head + 8));
            }
            memory.store(head, tag | 1);
            sum = sum.wrapping_add(memory.load(head + BLOCK_BYTES - 4));
            head = next;
        }
    }
    sum
}

fn time<M: Memory>(memory: &mut M) -> Duration {
    let start = Instant::now();
    black_box(churn(memory));
    start.elapsed()
}

fn silent(criterion: &mut Criterion) {
    let mut arena = host::machine().expect("4 GiB of address space");
    let start = arena.sbrk(HEAP_BYTES as i32).expect("room for the heap");
    assert_eq!(start.to_word(), START);
    let mut in_arena = InArena(arena);
    let mut bytes = vec![0; (START + HEAP_BYTES) as usize];
    let mut raw = Raw(bytes.as_mut_ptr());
    let mut checked = Checked(vec![0; (START + HEAP_BYTES) as usize]);
    let sums = [churn(&mut raw), churn(&mut in_arena), churn(&mut checked)];
    assert_eq!(sums, [ROUNDS * HEAP_BYTES; 3]);

    // The three take turns, so that a busy moment of the host slows all of them; the
    // fastest run of each counts.
    let mut fastest = [Duration::MAX; 3];
    for _ in 0..300 {
        let times = [time(&mut raw), time(&mut in_arena), time(&mut checked)];
        for (fastest, time) in fastest.iter_mut().zip(times) {
            *fastest = time.min(*fastest);
        }
    }
    let ratio = |time: Duration| time.as_secs_f64() / fastest[0].as_secs_f64();
    println!(
        "in turns, raw pointers = 1: Arena<Silent> {:.3}, checked slice {:.3}",
        ratio(fastest[1]),
        ratio(fastest[2])
    );

    let mut group = criterion.benchmark_group("memory");
    group.bench_function("raw pointers", |bencher| {
        bencher.iter_custom(|runs| (0..runs).map(|_| time(&mut raw)).sum());
    });
    group.bench_function("Arena<Silent>", |bencher| {
        bencher.iter_custom(|runs| (0..runs).map(|_| time(&mut in_arena)).sum());
    });
    group.bench_function("checked slice", |bencher| {
        bencher.iter_custom(|runs| (0..runs).map(|_| time(&mut checked)).sum());
    });
    group.finish();
    drop(bytes);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = silent
}
criterion_main!(benches);
