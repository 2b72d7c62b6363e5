//! The synthetic traces of the classic allocator labs.
//!
//! Each is aimed at one weakness, and all but the random ones are known
//! operation by operation, so that utilizations can be compared to the fourth
//! decimal with those of other drivers. Everything is freed at the end.
//!
//! The published sizes are constants of [`Classic`]. A heap that does well on these sizes only has
//! rules for them: [`Classic::resized`] makes the same shapes with other sizes.

use super::builder::TraceBuilder;
use super::random::RandomSource;
use crate::{Id, Op};

/// The shape of a classic trace, with its sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classic {
    /// Allocates two blocks of `size`, frees both, and allocates one twice as large, which only
    /// fits into the two together. Without coalescing the heap grows with every round.
    Coalescing {
        /// Of each of the two, in bytes.
        size: u32,
    },
    /// Allocates small and large blocks in turn, frees the large ones, and asks for blocks as
    /// large as both together. Each hole is between two small blocks and just too small, so an
    /// allocator that does not keep the small ones apart uses only about half of its heap.
    Binary {
        /// How many small blocks, and how many large ones.
        pairs: u32,
        /// Of a small block, in bytes.
        small_size: u32,
        /// Of a large block, in bytes.
        large_size: u32,
    },
    /// Grows one block 4799 times, and each time replaces the small block behind it by a new one,
    /// so that it never has room to grow in place unless the allocator plans ahead. Copying it
    /// each time leaves most of the heap unused.
    Realloc {
        /// Of the growing block at first, in bytes.
        start_size: u32,
        /// By which it grows, in bytes.
        step: u32,
        /// Of a small block, in bytes.
        small_size: u32,
    },
    /// Allocates 2400 blocks of 1 byte to `most_bytes`, all sizes equally likely, and frees each
    /// at a random point: three steps in five allocate, two free one of the live blocks, and what
    /// is left at the end is freed in random order.
    Random {
        /// Which random numbers of a seed are used.
        stream: u64,
        /// The largest size.
        most_bytes: u32,
    },
}

impl Classic {
    pub(super) const COALESCING: Classic = Classic::Coalescing { size: 4095 };
    pub(super) const BINARY: Classic =
        Classic::Binary { pairs: 2000, small_size: 64, large_size: 448 };
    pub(super) const BINARY2: Classic =
        Classic::Binary { pairs: 4000, small_size: 16, large_size: 112 };
    pub(super) const REALLOC: Classic =
        Classic::Realloc { start_size: 512, step: 128, small_size: 128 };
    pub(super) const REALLOC2: Classic =
        Classic::Realloc { start_size: 4092, step: 5, small_size: 16 };
    pub(super) const RANDOM: Classic = Classic::Random { stream: 1, most_bytes: 32 * 1024 };
    pub(super) const RANDOM2: Classic = Classic::Random { stream: 2, most_bytes: 32 * 1024 };

    /// Returns the shape of the generator of that name, with the published sizes.
    pub fn named(name: &str) -> Option<Classic> {
        match name {
            "coalescing" => Some(Classic::COALESCING),
            "binary" => Some(Classic::BINARY),
            "binary2" => Some(Classic::BINARY2),
            "realloc" => Some(Classic::REALLOC),
            "realloc2" => Some(Classic::REALLOC2),
            "random" => Some(Classic::RANDOM),
            "random2" => Some(Classic::RANDOM2),
            _ => None,
        }
    }

    /// Returns the same shape, each size replaced by what `other` returns for it.
    #[must_use]
    pub fn resized(self, mut other: impl FnMut(u32) -> u32) -> Classic {
        match self {
            Classic::Coalescing { size } => Classic::Coalescing { size: other(size) },
            Classic::Binary { pairs, small_size, large_size } => Classic::Binary {
                pairs,
                small_size: other(small_size),
                large_size: other(large_size),
            },
            Classic::Realloc { start_size, step, small_size } => Classic::Realloc {
                start_size: other(start_size),
                step: other(step),
                small_size: other(small_size),
            },
            Classic::Random { stream, most_bytes } => {
                Classic::Random { stream, most_bytes: other(most_bytes) }
            }
        }
    }

    /// Returns the operations. Only [`Random`](Classic::Random) uses the seed.
    pub fn ops(self, seed: u64) -> Vec<Op> {
        match self {
            Classic::Coalescing { size } => merge(size),
            Classic::Binary { pairs, small_size, large_size } => {
                alternate(pairs, small_size, large_size)
            }
            Classic::Realloc { start_size, step, small_size } => grow(start_size, step, small_size),
            Classic::Random { stream, most_bytes } => {
                uniform(RandomSource::new(seed, stream), most_bytes)
            }
        }
    }
}

fn merge(size: u32) -> Vec<Op> {
    let mut builder = TraceBuilder::new();
    for _round in 0..2400 {
        let pair = [builder.malloc(size), builder.malloc(size)];
        builder.free_all(pair);
        let merged = builder.malloc(2 * size);
        builder.free(merged);
    }
    builder.ops
}

fn alternate(pairs: u32, small_size: u32, large_size: u32) -> Vec<Op> {
    let mut builder = TraceBuilder::new();
    let (small, large): (Vec<Id>, Vec<Id>) =
        (0..pairs).map(|_| (builder.malloc(small_size), builder.malloc(large_size))).unzip();
    builder.free_all(large);
    let both: Vec<Id> = (0..pairs).map(|_| builder.malloc(small_size + large_size)).collect();
    builder.free_all(small);
    builder.free_all(both);
    builder.ops
}

fn grow(start_size: u32, step: u32, small_size: u32) -> Vec<Op> {
    let mut builder = TraceBuilder::new();
    let growing = builder.malloc(start_size);
    let mut small = builder.malloc(small_size);
    for round in 1..=4799 {
        builder.realloc(growing, start_size + step * round);
        let next = builder.malloc(small_size);
        builder.free(small);
        small = next;
    }
    builder.free(small);
    builder.free(growing);
    builder.ops
}

fn uniform(mut random: RandomSource, most_bytes: u32) -> Vec<Op> {
    let mut builder = TraceBuilder::new();
    let mut live = Vec::new();
    let mut allocations = 0;
    while allocations < 2400 {
        if random.percent(60) {
            live.push(builder.malloc(random.between(1, most_bytes)));
            allocations += 1;
        } else if let Some(id) = random.take(&mut live) {
            builder.free(id);
        }
    }
    while let Some(id) = random.take(&mut live) {
        builder.free(id);
    }
    builder.ops
}
