//! The synthetic traces of the classic allocator labs.
//!
//! Each is aimed at one weakness, and all but the random ones are known
//! operation by operation, so that utilizations can be compared to the fourth
//! decimal with those of other drivers. Everything is freed at the end.

use super::builder::TraceBuilder;
use super::parameters::Parameters;
use super::random::RandomSource;
use crate::{Id, Op};

/// Allocates two blocks of 4095, frees both, and allocates one of 8190, which only fits into the
/// two together. Without coalescing the heap grows with every round.
pub(super) fn coalescing(_: &Parameters) -> Vec<Op> {
    let mut builder = TraceBuilder::new();
    for _round in 0..2400 {
        let pair = [builder.malloc(4095), builder.malloc(4095)];
        builder.free_all(pair);
        let merged = builder.malloc(8190);
        builder.free(merged);
    }
    builder.ops
}

/// Allocates blocks of 64 and 448; see [`alternate`].
pub(super) fn binary(_: &Parameters) -> Vec<Op> {
    alternate(2000, 64, 448)
}

/// Allocates blocks of 16 and 112; see [`alternate`].
pub(super) fn binary2(_: &Parameters) -> Vec<Op> {
    alternate(4000, 16, 112)
}

/// Allocates small and large blocks in turn, frees the large ones, and asks for blocks as large as
/// both together. Each hole is between two small blocks and just too small, so an allocator that
/// does not keep the small ones apart uses only about half of its heap.
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

/// Grows one block from 512 by 128 at a time, with small ones of 128; see [`grow`].
pub(super) fn realloc(_: &Parameters) -> Vec<Op> {
    grow(512, 128, 128)
}

/// Grows one block from 4092 by 5 at a time, with small ones of 16; see [`grow`].
pub(super) fn realloc2(_: &Parameters) -> Vec<Op> {
    grow(4092, 5, 16)
}

/// Grows one block 4799 times, and each time replaces the small block behind it by a new one, so
/// that it never has room to grow in place unless the allocator plans ahead. Copying it each time
/// leaves most of the heap unused.
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

/// See [`uniform`].
pub(super) fn random(parameters: &Parameters) -> Vec<Op> {
    uniform(RandomSource::new(parameters.seed, 1))
}

/// See [`uniform`].
pub(super) fn random2(parameters: &Parameters) -> Vec<Op> {
    uniform(RandomSource::new(parameters.seed, 2))
}

/// Allocates 2400 blocks of 1 byte to 32 KiB, all sizes equally likely, and frees each at a random
/// point: three steps in five allocate, two free one of the live blocks, and what is left at the
/// end is freed in random order.
fn uniform(mut random: RandomSource) -> Vec<Op> {
    let mut builder = TraceBuilder::new();
    let mut live = Vec::new();
    let mut allocations = 0;
    while allocations < 2400 {
        if random.percent(60) {
            live.push(builder.malloc(random.between(1, 32 * 1024)));
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
