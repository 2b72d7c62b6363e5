//! Shapes that behave like programs.
//!
//! They keep what recorded programs have in common: most requests are below 64
//! bytes and of few different sizes, blocks are freed in bursts, a few blocks
//! are very large. Each shape shows one pattern of lifetimes. Everything is
//! freed at the end, within the number of operations asked for.

use super::builder::TraceBuilder;
use super::parameters::Parameters;
use super::random::RandomSource;
use crate::{Id, Op};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Makes phase after phase: the live blocks ramp up to a peak, stay on a plateau where every
/// allocation is balanced by a free, and are dropped down to an eighth, half of them newest first.
/// Each phase has its own few sizes.
pub(super) fn phases(parameters: &Parameters) -> Vec<Op> {
    let (ops, max_live) = (parameters.ops, parameters.max_live_blocks.max(8));
    let mut random = RandomSource::new(parameters.seed, 10);
    let mut builder = TraceBuilder::new();
    let mut live: Vec<Id> = Vec::new();
    while builder.has_room(1, ops) {
        let peak = random.between(max_live / 4, max_live);
        let sizes: [u32; 4] = std::array::from_fn(|_| random.power_law_size(5));

        while builder.live_blocks() < peak && builder.has_room(1, ops) {
            if random.percent(80) {
                live.push(builder.malloc(phase_size(&mut random, &sizes)));
            } else if let Some(id) = random.take(&mut live) {
                builder.free(id);
            }
        }
        for _turn in 0..peak {
            if !builder.has_room(1, ops) {
                break;
            }
            if let Some(id) = random.take(&mut live) {
                builder.free(id);
            }
            live.push(builder.malloc(phase_size(&mut random, &sizes)));
        }
        let newest_first = live.split_off(live.len() - live.len() / 2);
        builder.free_all(newest_first.into_iter().rev());
        while live.len() as u32 > peak / 8
            && let Some(id) = random.take(&mut live)
        {
            builder.free(id);
        }
    }
    builder.free_all(live);
    builder.ops
}

/// Returns one of the phase's sizes; now and then that of a buffer.
fn phase_size(random: &mut RandomSource, sizes: &[u32]) -> u32 {
    if random.percent(3) { random.between(512, 8192) } else { random.pick(sizes) }
}

/// Makes calls and returns: a call allocates the blocks of one frame, a return frees them, newest
/// first. The depth varies at random.
pub(super) fn stack(parameters: &Parameters) -> Vec<Op> {
    const MOST_A_FRAME: u32 = 6;
    let (ops, max_live) = (parameters.ops, parameters.max_live_blocks);
    let mut random = RandomSource::new(parameters.seed, 11);
    let mut builder = TraceBuilder::new();
    let mut frames: Vec<Vec<Id>> = Vec::new();
    // Calls and returns come in runs, as a program descends and comes back.
    let mut calls_percent = 90;
    while builder.has_room(MOST_A_FRAME, ops) {
        if random.percent(1) {
            calls_percent = random.pick(&[20, 50, 90]);
        }
        let deep = builder.live_blocks() + MOST_A_FRAME > max_live;
        if !deep && (frames.is_empty() || random.percent(calls_percent)) {
            let blocks = random.between(1, MOST_A_FRAME);
            let frame = (0..blocks).map(|_| builder.malloc(random.power_law_size(8)));
            frames.push(frame.collect());
        } else if let Some(frame) = frames.pop() {
            builder.free_all(frame.into_iter().rev());
        } else {
            break;
        }
    }
    builder.free_all(frames.into_iter().flatten().rev());
    builder.ops
}

/// Makes a queue of messages: bursts arrive, bursts are handled, oldest first. A message is a
/// small node and, most times, a body.
pub(super) fn queue(parameters: &Parameters) -> Vec<Op> {
    let (ops, max_live) = (parameters.ops, parameters.max_live_blocks);
    let mut random = RandomSource::new(parameters.seed, 12);
    let mut builder = TraceBuilder::new();
    let mut waiting: VecDeque<Id> = VecDeque::new();
    while builder.has_room(2, ops) {
        let burst = random.between(1, max_live.max(4) / 4);
        let arriving = random.percent(50);
        for _message in 0..burst {
            if arriving && builder.live_blocks() + 2 <= max_live && builder.has_room(2, ops) {
                waiting.push_back(builder.malloc(48));
                if random.percent(75) {
                    waiting.push_back(builder.malloc(random.power_law_size(8)));
                }
            } else if !arriving && let Some(id) = waiting.pop_front() {
                builder.free(id);
            }
        }
        if waiting.is_empty() && max_live < 2 {
            break;
        }
    }
    builder.free_all(waiting);
    builder.ops
}

/// Makes blocks of power-law sizes, with lifetimes in generations: most blocks are freed after a
/// few dozen operations, some grow old, a few stay to the end.
pub(super) fn generational(parameters: &Parameters) -> Vec<Op> {
    let (ops, max_live) = (parameters.ops, parameters.max_live_blocks);
    let old_age = max_live.saturating_mul(8).max(32);
    let mut random = RandomSource::new(parameters.seed, 13);
    let mut builder = TraceBuilder::new();
    // The next block to free on top: when, and which.
    let mut deaths: BinaryHeap<Reverse<(u32, Id)>> = BinaryHeap::new();
    while builder.has_room(1, ops) && max_live > 0 {
        let now = builder.ops.len() as u32;
        let due = deaths.peek().is_some_and(|Reverse((when, _))| *when <= now);
        let full = builder.live_blocks() >= max_live;
        if (due || full)
            && let Some(Reverse((_, id))) = deaths.pop()
        {
            builder.free(id);
            continue;
        }
        let lifetime = match random.below(100) {
            0..85 => random.between(1, 32),
            85..98 => random.between(32, old_age),
            _ => ops,
        };
        let id = builder.malloc(random.power_law_size(11));
        deaths.push(Reverse((now.saturating_add(lifetime), id)));
    }
    while let Some(Reverse((_, id))) = deaths.pop() {
        builder.free(id);
    }
    builder.ops
}

/// Makes four channels between threads that take turns. A producer fills its channel with items of
/// its own size, a consumer empties it in the same order and keeps a result of another size for a
/// while.
pub(super) fn producer_consumer(parameters: &Parameters) -> Vec<Op> {
    const ITEM_SIZES: [u32; 4] = [24, 40, 200, 1500];
    const RESULT_SIZES: [u32; 4] = [16, 64, 32, 512];
    let (ops, max_live) = (parameters.ops, parameters.max_live_blocks.max(16));
    let mut random = RandomSource::new(parameters.seed, 14);
    let mut builder = TraceBuilder::new();
    let mut channels: [VecDeque<Id>; 4] = Default::default();
    let mut results: Vec<Id> = Vec::new();
    while builder.has_room(1, ops) {
        let turn = random.below(4) as usize;
        let produces = random.percent(50);
        for _item in 0..random.between(1, 24) {
            if !builder.has_room(1, ops) {
                break;
            }
            // A quarter of the blocks may be results; the channels share the rest.
            if produces {
                if channels[turn].len() as u32 >= max_live / 16 * 3 {
                    break;
                }
                channels[turn].push_back(builder.malloc(ITEM_SIZES[turn]));
            } else {
                let Some(item) = channels[turn].pop_front() else {
                    break;
                };
                builder.free(item);
                if results.len() as u32 >= max_live / 4
                    && let Some(old) = random.take(&mut results)
                {
                    builder.free(old);
                }
                results.push(builder.malloc(RESULT_SIZES[turn]));
            }
        }
    }
    builder.free_all(channels.into_iter().flatten());
    builder.free_all(results);
    builder.ops
}

/// A vector or string that is being filled.
struct Growing {
    id: Id,
    size: u32,
    final_size: u32,
}

/// Makes vectors and strings that double until their contents fit, are trimmed to size, stay a
/// while and are dropped; with small nodes allocated in between.
pub(super) fn growth(parameters: &Parameters) -> Vec<Op> {
    let (ops, max_live) = (parameters.ops, parameters.max_live_blocks.max(16));
    let most_growing = (max_live / 16) as usize;
    let mut random = RandomSource::new(parameters.seed, 15);
    let mut builder = TraceBuilder::new();
    let mut growing: Vec<Growing> = Vec::new();
    let mut done: Vec<Id> = Vec::new();
    while builder.has_room(2, ops) {
        if builder.live_blocks() >= max_live {
            // Half of the finished ones are freed at once, as a scope ends.
            let dropped = done.split_off(done.len() / 2);
            builder.free_all(dropped);
        } else if growing.len() < most_growing && random.percent(30) {
            let size = random.pick(&[8, 16, 32, 64]);
            growing.push(Growing {
                id: builder.malloc(size),
                size,
                final_size: random.power_law_size(10),
            });
        } else if random.percent(40) {
            done.push(builder.malloc(random.pick(&[24, 32, 56])));
        } else if let Some(mut vector) = random.take(&mut growing) {
            if vector.size < vector.final_size {
                vector.size *= 2;
                builder.realloc(vector.id, vector.size);
                growing.push(vector);
            } else {
                builder.realloc(vector.id, vector.final_size);
                done.push(vector.id);
            }
        }
    }
    builder.free_all(growing.into_iter().map(|vector| vector.id));
    builder.free_all(done);
    builder.ops
}
