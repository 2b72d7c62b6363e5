//! Replays a trace on a heap, with a count of all blocks at some operations.
//!
//! Two runs, each on a fresh machine: the first finds when payload is at its peak and the heap at
//! its largest, the second counts there and at even distances in between. The heap must have been
//! validated before.

use crate::Touched;
use crate::program::Program;
use heaplab_arena::host::Host;
use heaplab_arena::{self as arena, Arena, Probe, ReserveError, Silent};
use heaplab_heap::{Align, Design, Heap};
use heaplab_replay::{At, BlockCounts, Fault, Kind, Live, OwnBlocks};
use heaplab_trace::Trace;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The alignment of payloads.
    pub align: Align,
    /// The heap limit in bytes: `sbrk` fails beyond it.
    pub limit_bytes: u32,
    /// How many samples to take at even distances, the last at the end; at most as many as there
    /// are operations. A sample walks all blocks.
    pub samples: u32,
}

/// What is going on: a run passes it to its watcher before the heap is called, so that a panic or
/// an endless loop can be attributed to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// An empty heap is being set up.
    Build,
    /// The operation with this index runs.
    Op(usize),
    /// The blocks are counted; this many operations are done.
    Blocks(usize),
}

/// What is in the heap when this many operations are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// How many operations are done; 0 for the empty heap before the first.
    pub ops_done: usize,
    /// Where each byte is.
    pub counts: BlockCounts,
}

impl Sample {
    /// Returns the index of the last operation; none before the first.
    pub fn op_index(&self) -> Option<usize> {
        self.ops_done.checked_sub(1)
    }

    /// Returns the bytes in the heap segment.
    pub fn heap_bytes(&self) -> u32 {
        self.counts.parts.total_bytes()
    }
}

/// Where the bytes went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waste {
    /// In order of time: samples at even distances, and the two that follow.
    pub samples: Vec<Sample>,
    /// When payload is first at its peak.
    pub peak: Sample,
    /// When the heap first reached its largest size.
    pub largest: Sample,
    /// Bytes in the heap segment at its largest: the denominator of utilization. It exceeds the
    /// heap in `largest` only if one operation takes bytes and gives some back.
    pub largest_heap_bytes: u32,
}

/// Why the bytes could not be counted.
#[derive(Debug)]
pub enum Stopped {
    /// The heap's blocks don't account for its bytes, or the heap does not get through the trace:
    /// it was not validated, or is not the same in every run.
    Fault(Box<Fault>),
    /// Two runs, each on a fresh machine, gave heaps of different sizes.
    Differs {
        /// Bytes in the first run's heap at its largest.
        first_bytes: u32,
        /// Bytes in the second's.
        second_bytes: u32,
    },
    /// The host gave no address space for a machine.
    NoMachine(ReserveError),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Fault(fault) => fault.fmt(f),
            Stopped::Differs { first_bytes, second_bytes } => write!(
                f,
                "the heap has {first_bytes} bytes at its largest in one run, but {second_bytes} in the next, on a fresh machine; does the allocator keep data outside the heap, in a static?"
            ),
            Stopped::NoMachine(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Stopped {}

/// Runs `trace` on `design` and returns where the bytes are at its peak of payload, at its largest
/// heap, and over time.
///
/// # Errors
/// If the heap's blocks don't add up, or the heap or the host fails.
pub fn measure<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    watch: &dyn Fn(Position),
) -> Result<Waste, Stopped> {
    measure_at(design, trace, settings, &[], watch)
}

/// As [`measure`], with more samples: one at each of these moments, in operations done. Those after
/// the last operation are left out.
///
/// # Errors
/// As for [`measure`].
pub fn measure_at<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    moments: &[usize],
    watch: &dyn Fn(Position),
) -> Result<Waste, Stopped> {
    let attempt = Attempt { design, trace, settings, watch };
    let extremes = attempt.find_extremes()?;
    let ops = trace.ops().len();
    let mut due = due(ops, settings.samples, &extremes);
    due.extend(moments.iter().filter(|&&moment| moment <= ops));
    due.sort_unstable();
    due.dedup();
    let (samples, second_bytes) = attempt.count_at(&due)?;
    let first_bytes = extremes.largest_heap_bytes;
    if first_bytes != second_bytes {
        return Err(Stopped::Differs { first_bytes, second_bytes });
    }
    // Each moment in `due` has its sample, in the same order.
    let sample_at = |ops_done| samples[due.partition_point(|&position| position < ops_done)];
    Ok(Waste {
        peak: sample_at(extremes.peak_at),
        largest: sample_at(extremes.largest_at),
        largest_heap_bytes: first_bytes,
        samples,
    })
}

/// When payload and heap are first at their largest, in operations done.
struct Extremes {
    peak_at: usize,
    largest_at: usize,
    largest_heap_bytes: u32,
}

/// Returns the moments to count at, in operations done, each once and in order.
fn due(ops: usize, samples: u32, extremes: &Extremes) -> Vec<usize> {
    let samples = samples as usize;
    let even = |sample: usize| {
        let at = (sample as u128 * ops as u128).div_ceil(samples as u128);
        usize::try_from(at).unwrap_or(ops)
    };
    let count = samples.min(ops);
    let mut due: Vec<usize> =
        if count == ops { (1..=ops).collect() } else { (1..=count).map(even).collect() };
    due.extend([extremes.peak_at, extremes.largest_at, ops]);
    due.sort_unstable();
    due.dedup();
    due
}

/// Marks all bytes that the program may write, including its padding.
fn hand_out<H: Heap<Probe = Touched>>(heap: &H, live: Live) {
    if live.payload.is_null() {
        return;
    }
    // If `usable_size` is wrong, the count reports it.
    let usable = heap.usable_size(live.payload).unwrap_or(0);
    let arena = heap.arena();
    let room = arena.brk() - live.payload.min(arena.brk());
    let size = usable.max(live.size).min(room);
    arena.probe().handed_out(live.payload, size);
}

struct Attempt<'a, D> {
    design: &'a D,
    trace: &'a Trace,
    settings: &'a Settings,
    watch: &'a dyn Fn(Position),
}

impl<D: Design> Attempt<'_, D> {
    fn find_extremes(&self) -> Result<Extremes, Stopped> {
        let mut program = Program::new(self.build(Silent)?, self.trace);
        let mut extremes = Extremes {
            peak_at: 0,
            largest_at: 0,
            largest_heap_bytes: program.heap.arena().high_water_bytes(),
        };
        let mut peak_bytes = 0;
        for index in 0..self.trace.ops().len() {
            self.step(&mut program, index)?;
            if program.live.bytes() > peak_bytes {
                peak_bytes = program.live.bytes();
                extremes.peak_at = index + 1;
            }
            let heap_bytes = program.heap.arena().high_water_bytes();
            if heap_bytes > extremes.largest_heap_bytes {
                extremes.largest_heap_bytes = heap_bytes;
                extremes.largest_at = index + 1;
            }
        }
        Ok(extremes)
    }

    /// Returns a sample at each of these moments, the last of which is the end; and the bytes of
    /// the heap at its largest.
    fn count_at(&self, due: &[usize]) -> Result<(Vec<Sample>, u32), Stopped> {
        let mut program = Program::new(self.build(Touched::default())?, self.trace);
        (self.watch)(Position::Blocks(0));
        let own = OwnBlocks::of(&program.heap);
        let mut samples = Vec::with_capacity(due.len());
        let mut done = 0;
        for &position in due {
            for index in done..position {
                if let Some(live) = self.step(&mut program, index)? {
                    hand_out(&program.heap, live);
                }
            }
            done = position;
            samples.push(self.sample(&program, &own, done)?);
        }
        Ok((samples, program.heap.arena().high_water_bytes()))
    }

    fn sample<H: Heap<Probe = Touched>>(
        &self,
        program: &Program<'_, H>,
        own: &OwnBlocks,
        ops_done: usize,
    ) -> Result<Sample, Stopped> {
        (self.watch)(Position::Blocks(ops_done));
        let touched = program.heap.arena().probe();
        let never_used = |start, size| touched.never_written_bytes(start, size);
        let counts = BlockCounts::take(&program.heap, &program.live.payloads(), own, never_used);
        let counts = counts.map_err(|miscount| {
            Stopped::Fault(Box::new(Fault {
                at: ops_done.checked_sub(1).map(|index| self.at(index)),
                kind: Kind::from(miscount),
            }))
        })?;
        Ok(Sample { ops_done, counts })
    }

    fn step<H: Heap>(
        &self,
        program: &mut Program<'_, H>,
        index: usize,
    ) -> Result<Option<Live>, Stopped> {
        (self.watch)(Position::Op(index));
        let kind = match program.step(index) {
            Ok(Some(live)) if live.payload.is_null() && live.size > 0 => Kind::Null,
            Ok(live) => return Ok(live),
            Err(error) => Kind::Refused(error),
        };
        let at = Some(self.at(index));
        Err(Stopped::Fault(Box::new(Fault { at, kind })))
    }

    fn build<P: Probe>(&self, probe: P) -> Result<D::Heap<P>, Stopped> {
        (self.watch)(Position::Build);
        let settings = arena::Settings {
            limit_bytes: self.settings.limit_bytes,
            ..arena::Settings::default()
        };
        let arena = Arena::with(settings, probe).map_err(Stopped::NoMachine)?;
        let limit_bytes = arena.limit_bytes();
        self.design.build(arena, self.settings.align).map_err(|_| {
            Stopped::Fault(Box::new(Fault { at: None, kind: Kind::NotBuilt { limit_bytes } }))
        })
    }

    fn at(&self, op_index: usize) -> At {
        At { op_index, line: self.trace.line(op_index), op: self.trace.ops()[op_index] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_evenly_spaced_and_include_the_extremes() {
        let extremes =
            |peak_at, largest_at| Extremes { peak_at, largest_at, largest_heap_bytes: 0 };
        assert_eq!(due(100, 4, &extremes(0, 60)), [0, 25, 50, 60, 75, 100]);
        assert_eq!(due(100, 4, &extremes(50, 50)), [25, 50, 75, 100]);
        assert_eq!(due(10, 4, &extremes(5, 3)), [3, 5, 8, 10]);
        assert_eq!(due(3, 64, &extremes(0, 1)), [0, 1, 2, 3]);
        assert_eq!(due(0, 64, &extremes(0, 0)), [0]);
    }
}
