//! Measures a trace.

mod lifetimes;
mod sizes;

pub use lifetimes::Lifetimes;
pub use sizes::{SizeClass, SizeCount, Sizes};

use crate::{Id, Ledger, Op, Slot, Trace, Visit};
use serde::Serialize;
use std::collections::HashMap;

/// The measurements of one trace. All are exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// How often each call occurs.
    pub calls: Calls,
    /// How many ids there are.
    pub ids: u32,
    /// The requested sizes.
    pub sizes: Sizes,
    /// How long blocks live.
    pub lifetimes: Lifetimes,
    /// When most payload is live.
    pub peak: Peak,
    /// The most blocks that are live at once.
    pub peak_live_blocks: u32,
    /// Blocks that are still live at the end.
    pub live_blocks_at_end: u32,
    /// Their requested payload bytes.
    pub live_bytes_at_end: u64,
    /// The live blocks and bytes over time, in equal stretches of operations.
    pub timeline: Vec<Stretch>,
}

/// How often each call occurs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// All operations.
    pub total: u64,
    /// `malloc`.
    pub malloc: u64,
    /// `calloc`.
    pub calloc: u64,
    /// `memalign`.
    pub memalign: u64,
    /// `realloc` of every kind.
    pub realloc: u64,
    /// `realloc(NULL, n)` among them.
    pub realloc_of_null: u64,
    /// `realloc(p, 0)` among them.
    pub realloc_to_zero: u64,
    /// `free` of a block.
    pub free: u64,
    /// `free(NULL)`.
    pub free_null: u64,
    /// Writes of the program, which are not calls of the heap.
    pub write: u64,
}

/// The first operation at which most payload is live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Peak {
    /// Requested payload bytes.
    pub payload_bytes: u64,
    /// The operation that reaches it, from 0.
    pub op: usize,
    /// Its source line; 0 if no byte is ever live.
    pub line: u32,
}

/// A stretch of operations and the most that was live in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// The operation after its last, from 0.
    pub end_op: usize,
    /// The most live blocks.
    pub live_blocks: u32,
    /// The most live payload bytes.
    pub live_bytes: u64,
}

impl Stats {
    /// Measures a trace; its timeline gets at most `stretches` stretches.
    pub fn of(trace: &Trace, stretches: usize) -> Stats {
        let mut measurement = Measurement::new(trace.ops().len(), stretches);
        trace.pass_to(&mut measurement);
        measurement.finish(trace.ids())
    }
}

/// Measures a trace one operation after the other, so that it need not be in memory.
///
/// Memory: a few words for each id, for each size and for each lifetime.
pub struct Measurement {
    counter: Counter,
    /// Operations so far.
    ops: usize,
    /// The operations after the last of each stretch that is to come.
    ends: std::vec::IntoIter<usize>,
    timeline: Vec<Stretch>,
    keep_timeline: bool,
}

impl Measurement {
    /// Begins a measurement of `ops` operations; the timeline is cut into at most `stretches`
    /// stretches.
    pub fn new(ops: usize, stretches: usize) -> Measurement {
        // Without any stretch there would be no peak.
        let ends: Vec<usize> = stretch_ends(ops, stretches.max(1)).collect();
        let mut measurement = Measurement {
            counter: Counter::default(),
            ops: 0,
            ends: ends.into_iter(),
            timeline: Vec::new(),
            keep_timeline: stretches > 0,
        };
        measurement.begin_stretch();
        measurement
    }

    /// Returns the measurements; the trace has that many ids.
    pub fn finish(self, ids: u32) -> Stats {
        let Counter { ledger, calls, size_counts, lifetimes, peak, .. } = self.counter;
        let blocks = self.timeline.iter().map(|stretch| stretch.live_blocks);
        let peak_live_blocks = blocks.max().unwrap_or(0);
        Stats {
            calls,
            ids,
            sizes: Sizes::of(&size_counts),
            lifetimes: Lifetimes::of(&lifetimes, ledger.live_blocks()),
            peak,
            peak_live_blocks,
            live_blocks_at_end: ledger.live_blocks(),
            live_bytes_at_end: ledger.live_bytes(),
            timeline: if self.keep_timeline { self.timeline } else { Vec::new() },
        }
    }

    fn begin_stretch(&mut self) {
        let ledger = &self.counter.ledger;
        self.counter.stretch = Stretch {
            end_op: self.ends.next().unwrap_or(usize::MAX),
            live_blocks: ledger.live_blocks(),
            live_bytes: ledger.live_bytes(),
        };
    }
}

/// Operations must make sense where they are, as those of a [`Trace`] do.
impl Visit for Measurement {
    fn op(&mut self, op: Op, line: u32) {
        self.counter.op(self.ops, op, line);
        self.ops += 1;
        if self.ops == self.counter.stretch.end_op {
            self.timeline.push(self.counter.stretch);
            self.begin_stretch();
        }
    }
}

/// Cuts `0 .. ops` into at most `stretches` ranges of nearly equal length; returns their ends.
fn stretch_ends(ops: usize, stretches: usize) -> impl Iterator<Item = usize> {
    let stretches = stretches.min(ops);
    (1..=stretches).map(move |n| n * ops / stretches)
}

/// The running counts.
#[derive(Default)]
struct Counter {
    /// "When" is an operation's index.
    ledger: Ledger,
    calls: Calls,
    size_counts: HashMap<u32, u64>,
    /// How often each lifetime occurs, in operations.
    lifetimes: HashMap<u32, u64>,
    peak: Peak,
    stretch: Stretch,
}

impl Counter {
    fn op(&mut self, index: usize, op: Op, line: u32) {
        self.calls.total += 1;
        let when = u32::try_from(index).unwrap_or(u32::MAX);
        match op {
            Op::Malloc { size, .. } => self.request(size, |calls| &mut calls.malloc),
            Op::Calloc { size, .. } => self.request(size, |calls| &mut calls.calloc),
            Op::Memalign { size, .. } => self.request(size, |calls| &mut calls.memalign),
            Op::Free { id } => {
                self.calls.free += 1;
                self.end_of_life(id, when);
            }
            Op::FreeNull => self.calls.free_null += 1,
            Op::Write { .. } => self.calls.write += 1,
            Op::Realloc { id, size } => self.realloc(id, size, when),
        }
        // A trace is valid by construction, so this never fails.
        let _ = self.ledger.apply(op, when);

        let live_bytes = self.ledger.live_bytes();
        if live_bytes > self.peak.payload_bytes {
            self.peak = Peak { payload_bytes: live_bytes, op: index, line };
        }
        let stretch = &mut self.stretch;
        stretch.live_bytes = stretch.live_bytes.max(live_bytes);
        stretch.live_blocks = stretch.live_blocks.max(self.ledger.live_blocks());
    }

    fn request(&mut self, size: u32, call: fn(&mut Calls) -> &mut u64) {
        *call(&mut self.calls) += 1;
        *self.size_counts.entry(size).or_default() += 1;
    }

    fn realloc(&mut self, id: Id, size: u32, when: u32) {
        let live = matches!(self.ledger.slot(id), Slot::Live { .. });
        if live && size == 0 {
            self.calls.realloc += 1;
            self.calls.realloc_to_zero += 1;
            self.end_of_life(id, when);
        } else {
            self.request(size, |calls| &mut calls.realloc);
            self.calls.realloc_of_null += u64::from(!live);
        }
    }

    fn end_of_life(&mut self, id: Id, when: u32) {
        if let Slot::Live { since, .. } = self.ledger.slot(id) {
            *self.lifetimes.entry(when - since).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReadOptions;

    fn stats(text: &str) -> Stats {
        let reading =
            Trace::parse("t.script", text.as_bytes(), &ReadOptions::default()).expect("valid");
        Stats::of(&reading.trace, 4)
    }

    #[test]
    fn calls_sizes_and_peak_are_counted() {
        let stats = stats("a 0 16\na 1 16\nr 0 100\nr 2 5\nr 1 0\nf 0\n\na 0 3\n");
        let calls = Calls {
            total: 7,
            malloc: 3,
            realloc: 3,
            realloc_of_null: 1,
            realloc_to_zero: 1,
            free: 1,
            ..Calls::default()
        };
        assert_eq!(stats.calls, calls);
        assert_eq!((stats.sizes.requests, stats.sizes.distinct), (5, 4));
        assert_eq!((stats.sizes.min_bytes, stats.sizes.max_bytes), (3, 100));
        assert_eq!(stats.sizes.median_bytes, 16);
        let most = stats.sizes.most_frequent[0];
        assert_eq!((most.bytes, most.requests), (16, 2));
        assert_eq!(stats.peak.payload_bytes, 121);
        assert_eq!((stats.peak.op, stats.peak.line), (3, 4));
        assert_eq!(stats.peak_live_blocks, 3);
        assert_eq!((stats.live_blocks_at_end, stats.live_bytes_at_end), (2, 8));
    }

    #[test]
    fn a_realloc_continues_the_lifetime_of_its_block() {
        let lifetimes = stats("a 0 1\na 1 1\nr 0 9\nf 1\nf 0\na 2 1\n").lifetimes;
        assert_eq!((lifetimes.freed, lifetimes.never_freed), (2, 1));
        assert_eq!((lifetimes.p10_ops, lifetimes.p50_ops), (2, 2));
        assert_eq!((lifetimes.p90_ops, lifetimes.max_ops), (4, 4));
    }

    #[test]
    fn everything_is_counted_without_a_timeline() {
        let trace =
            Trace::from_ops("t", crate::Weight::Both, vec![Op::FreeNull; 3]).expect("valid");
        let stats = Stats::of(&trace, 0);
        assert_eq!((stats.calls.total, stats.timeline.len()), (3, 0));
    }

    #[test]
    fn the_timeline_covers_all_operations() {
        let timeline = stats("a 0 1\na 1 2\nf 0\nf 1\na 0 9\n").timeline;
        let seen: Vec<_> =
            timeline.iter().map(|s| (s.end_op, s.live_blocks, s.live_bytes)).collect();
        // A stretch begins with what is live when it begins.
        assert_eq!(seen, [(1, 1, 1), (2, 2, 3), (3, 2, 3), (5, 1, 9)]);
    }

    #[test]
    fn an_empty_trace_has_empty_stats() {
        let trace = Trace::from_ops("t", crate::Weight::Both, vec![]).expect("valid");
        let stats = Stats::of(&trace, 10);
        assert_eq!((stats.calls.total, stats.peak.line), (0, 0));
        assert!(stats.timeline.is_empty() && stats.sizes.histogram.is_empty());
    }
}
