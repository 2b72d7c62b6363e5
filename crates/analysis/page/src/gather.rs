//! Runs a trace on a heap, and keeps what a page shows of it.
//!
//! Every answer is validated first, as `run` does it, and the words are counted as `cost` counts
//! them. Then the bytes are counted as `waste` counts them. A last run notes the addresses, the
//! heap's bytes and the free blocks.

use crate::lifetimes::{largest, lifetimes};
use crate::sampling::Sampling;
use heaplab_arena::host::Host;
use heaplab_arena::{self as arena, Addr, Arena, Silent};
use heaplab_cost::{Words, measure_each};
use heaplab_heap::{Design, Heap};
use heaplab_replay::{At, Facts, Fault, Kind, Position, Settings, call};
use heaplab_trace::{Op, Trace};
use heaplab_waste::{Waste, measure_at};
use serde::{Deserialize, Serialize};

/// What a page shows of a heap on a trace. Columns and blocks are those of the [`Sampling`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered {
    /// The facts, as `run` reports them.
    pub facts: Facts,
    /// The address of the first byte of the heap segment.
    pub heap_start: u32,
    /// The payload of each kept block that was asked for; 0 if it has none.
    pub addrs: Vec<u32>,
    /// The least and the most bytes in the heap segment, by column.
    pub heap_bytes: Vec<(u32, u32)>,
    /// What operations cost, by column.
    pub costs: Vec<ColumnCost>,
    /// Words read and written by each operation, if they are kept.
    pub touches: Option<Vec<u64>>,
    /// The operation that costs most; none without operations.
    pub worst: Option<Worst>,
    /// Where the bytes are, at some moments.
    pub waste: Waste,
    /// The free blocks at the same moments.
    pub free_sizes: Vec<FreeSizes>,
}

/// What the operations of a column cost, in words read and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnCost {
    /// All of them.
    pub total: u64,
    /// The cheapest one.
    pub least: u64,
    /// The most expensive one.
    pub most: u64,
    /// The index of the most expensive one; of equals, the first.
    pub most_op: usize,
}

/// The operation that costs most; of equals, the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worst {
    /// Its index, from 0.
    pub op_index: usize,
    /// Words that the allocator read.
    pub loads: u64,
    /// Words that it wrote.
    pub stores: u64,
}

/// The free blocks of a heap at one moment, by size: for each class with a block its binary
/// logarithm, the number of blocks, and their bytes. The blocks of class n have 2ⁿ bytes or more,
/// and fewer than twice as many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeSizes(pub Vec<(u32, u32, u64)>);

/// Why nothing is gathered.
#[derive(Debug)]
pub enum Stopped {
    /// The heap is at fault.
    Fault(Box<Fault>),
    /// It does not do the same in each run.
    Differs(String),
    /// The host gave no address space.
    NoMachine(String),
}

impl From<heaplab_replay::Stopped> for Stopped {
    fn from(stopped: heaplab_replay::Stopped) -> Stopped {
        match stopped {
            heaplab_replay::Stopped::Fault(fault) => Stopped::Fault(fault),
            heaplab_replay::Stopped::NoMachine(error) => Stopped::NoMachine(error.to_string()),
        }
    }
}

impl From<heaplab_waste::Stopped> for Stopped {
    fn from(stopped: heaplab_waste::Stopped) -> Stopped {
        match stopped {
            heaplab_waste::Stopped::Fault(fault) => Stopped::Fault(fault),
            differs @ heaplab_waste::Stopped::Differs { .. } => {
                Stopped::Differs(differs.to_string())
            }
            heaplab_waste::Stopped::NoMachine(error) => Stopped::NoMachine(error.to_string()),
        }
    }
}

/// Runs the first `ops` operations of `trace` on `design`; columns, moments and blocks are those of
/// the whole trace.
pub(crate) fn gather<D: Design>(
    design: &D,
    trace: &Trace,
    ops: usize,
    settings: &Settings,
    sampling: &Sampling,
    watch: &dyn Fn(Position),
) -> Result<Gathered, Stopped> {
    let run = trace.first_ops(ops);
    let (facts, words) = measure_each(design, &run, settings, watch)?;
    let moments = sampling.moments(trace);
    let counting = heaplab_waste::Settings {
        align: settings.align,
        limit_bytes: settings.limit_bytes,
        samples: 0,
    };
    let waste = measure_at(design, &run, &counting, &moments, &|position| {
        watch(match position {
            heaplab_waste::Position::Build => Position::Build,
            heaplab_waste::Position::Op(index) => Position::Op(index),
            heaplab_waste::Position::Blocks(done) => Position::Blocks(done),
        });
    })?;
    let due: Vec<usize> = waste.samples.iter().map(|sample| sample.ops_done).collect();
    let noted = note_run(design, &run, settings, &due, watch)?;
    let columns = sampling.columns(trace.ops().len());
    let columns = columns.iter().take_while(|column| column.start < ops);
    let columns = columns.map(|column| column.start..column.end.min(ops));
    let kept = largest(lifetimes(trace), sampling.blocks);
    let kept = kept.iter().take_while(|block| block.born < ops);
    Ok(Gathered {
        facts,
        heap_start: noted.heap_start,
        addrs: kept.map(|block| noted.returned[block.born].to_word()).collect(),
        heap_bytes: columns.clone().map(|column| extremes(&noted.heap_bytes[column])).collect(),
        costs: columns.map(|column| column_cost(column.start, &words[column])).collect(),
        touches: sampling.has_each_op.then(|| words.iter().map(|word| word.touches()).collect()),
        worst: worst(&words),
        waste,
        free_sizes: noted.free_sizes,
    })
}

/// Returns the least and the most of some numbers; 0 if there are none.
fn extremes(bytes: &[(u32, u32)]) -> (u32, u32) {
    let least = bytes.iter().map(|(least, _)| *least).min();
    let most = bytes.iter().map(|(_, most)| *most).max();
    (least.unwrap_or(0), most.unwrap_or(0))
}

fn column_cost(start: usize, words: &[Words]) -> ColumnCost {
    let mut cost = ColumnCost { least: u64::MAX, most_op: start, ..ColumnCost::default() };
    for (op, words) in (start..).zip(words) {
        let touches = words.touches();
        cost.total += touches;
        cost.least = cost.least.min(touches);
        if touches > cost.most {
            (cost.most, cost.most_op) = (touches, op);
        }
    }
    cost
}

fn worst(words: &[Words]) -> Option<Worst> {
    let all = words.iter().enumerate().rev();
    let worst = all.max_by_key(|(_, words)| words.touches());
    worst.map(|(op_index, words)| Worst { op_index, loads: words.loads, stores: words.stores })
}

/// What the last run notes.
struct Noted {
    heap_start: u32,
    /// The address that each operation returned.
    returned: Vec<Addr>,
    /// The bytes in the heap segment after each operation, and the most that were there within it
    /// if there were never more.
    heap_bytes: Vec<(u32, u32)>,
    free_sizes: Vec<FreeSizes>,
}

fn note_run<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &Settings,
    due: &[usize],
    watch: &dyn Fn(Position),
) -> Result<Noted, Stopped> {
    watch(Position::Build);
    let of_arena =
        arena::Settings { limit_bytes: settings.limit_bytes, ..arena::Settings::default() };
    let arena =
        Arena::with(of_arena, Silent).map_err(|error| Stopped::NoMachine(error.to_string()))?;
    let limit_bytes = arena.limit_bytes();
    let mut heap = design.build(arena, settings.align).map_err(|_| {
        Stopped::Fault(Box::new(Fault { at: None, kind: Kind::NotBuilt { limit_bytes } }))
    })?;
    let mut noted = Noted {
        heap_start: heap.arena().start().to_word(),
        returned: Vec::with_capacity(trace.ops().len()),
        heap_bytes: Vec::with_capacity(trace.ops().len()),
        free_sizes: Vec::with_capacity(due.len()),
    };
    let mut held = vec![Addr::NULL; trace.ids() as usize];
    let mut due = due.iter().peekable();
    for (index, &op) in trace.ops().iter().enumerate() {
        if due.next_if_eq(&&index).is_some() {
            noted.free_sizes.push(free_sizes(&heap, index, watch));
        }
        watch(Position::Op(index));
        let before = heap.arena().high_water_bytes();
        let old = op.id().map_or(Addr::NULL, |id| held[id.index()]);
        let returned = call(&mut heap, op, old).map_err(|error| {
            let at = Some(At { op_index: index, line: trace.line(index), op });
            Stopped::Fault(Box::new(Fault { at, kind: Kind::Refused(error) }))
        })?;
        if let Some(id) = op.id()
            && !matches!(op, Op::Write { .. })
        {
            held[id.index()] = returned;
        }
        let (bytes, high) = (heap.arena().heap_bytes(), heap.arena().high_water_bytes());
        noted.returned.push(returned);
        noted.heap_bytes.push((bytes, if high > before { high } else { bytes }));
    }
    if due.next().is_some() {
        noted.free_sizes.push(free_sizes(&heap, trace.ops().len(), watch));
    }
    Ok(noted)
}

fn free_sizes<H: Heap>(heap: &H, done: usize, watch: &dyn Fn(Position)) -> FreeSizes {
    watch(Position::Blocks(done));
    let mut classes = [(0_u32, 0_u64); 32];
    // `waste` has walked the same blocks, so the walk ends.
    for block in heap.blocks().filter(|block| !block.allocated && block.size > 0) {
        let (blocks, bytes) = &mut classes[block.size.ilog2() as usize];
        *blocks += 1;
        *bytes += u64::from(block.size);
    }
    let classes = (0..).zip(classes).filter(|(_, (blocks, _))| *blocks > 0);
    FreeSizes(classes.map(|(log2, (blocks, bytes))| (log2, blocks, bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_heap::Align;
    use heaplab_trace::{Id, Weight};

    fn trace() -> Trace {
        let mut ops = Vec::new();
        for id in 0..40 {
            ops.push(Op::Malloc { id: Id(id), size: 24 + 100 * id });
            if id % 3 == 2 {
                ops.push(Op::Realloc { id: Id(id - 1), size: 4000 });
                ops.push(Op::Free { id: Id(id - 2) });
            }
        }
        Trace::from_ops("test", Weight::Both, ops).unwrap()
    }

    fn gathered(ops: usize, sampling: &Sampling) -> Gathered {
        let settings = Settings { align: Align::Sixteen, limit_bytes: 1 << 20, check_every: None };
        let design = heaplab_implicit::Policy::default();
        gather(&design, &trace(), ops, &settings, sampling, &|_| ()).unwrap()
    }

    #[test]
    fn what_is_gathered_agrees_with_the_facts() {
        let trace = trace();
        let ops = trace.ops().len();
        let all = gathered(ops, &Sampling::of(&trace, 1, 1));
        let touches = all.touches.as_ref().unwrap();
        assert_eq!(touches.len(), ops);
        let total: u64 = all.costs.iter().map(|cost| cost.total).sum();
        assert_eq!(touches.iter().sum::<u64>(), total);
        assert!(total <= all.facts.loads + all.facts.stores, "the set-up is not an operation");
        let settings = Settings { align: Align::Sixteen, limit_bytes: 1 << 20, check_every: None };
        let (design, options) = (heaplab_implicit::Policy::default(), Default::default());
        let (facts, cost) =
            heaplab_cost::measure(&design, &trace, &settings, &options, &|_| ()).unwrap();
        assert_eq!(all.facts, facts);
        let summary = cost.get(heaplab_cost::Measure::Touches).unwrap();
        assert_eq!(summary.total, total);
        let worst = all.worst.unwrap();
        let named = summary.worst.map(|worst| (worst.op_index, worst.value));
        assert_eq!(named, Some((worst.op_index, worst.loads + worst.stores)));
        assert_eq!(Some(&(worst.loads + worst.stores)), touches.iter().max());
        let largest = all.heap_bytes.iter().map(|(_, most)| u64::from(*most)).max();
        assert_eq!(largest, Some(all.facts.heap_bytes));
        assert_eq!(all.free_sizes.len(), all.waste.samples.len());
        for (sizes, sample) in all.free_sizes.iter().zip(&all.waste.samples) {
            let parts = sample.counts.parts;
            let bytes: u64 = sizes.0.iter().map(|(_, _, bytes)| bytes).sum();
            assert_eq!(bytes, u64::from(parts.free_bytes + parts.never_used_bytes));
            let blocks: u32 = sizes.0.iter().map(|(_, blocks, _)| blocks).sum();
            assert_eq!(blocks, sample.counts.free_blocks);
        }
    }

    #[test]
    fn a_part_of_a_trace_is_the_beginning_of_the_whole() {
        let trace = trace();
        let sampling = Sampling { columns: 9, moments: 5, ..Sampling::of(&trace, 1, 1) };
        let (all, part) = (gathered(trace.ops().len(), &sampling), gathered(20, &sampling));
        assert_eq!(part.facts.ops, 20);
        assert!(all.addrs.starts_with(&part.addrs));
        let whole = part.heap_bytes.len() - 1; // the last column may be cut
        assert_eq!(part.heap_bytes[..whole], all.heap_bytes[..whole]);
        assert_eq!(part.waste.samples[..3], all.waste.samples[..3]);
        let none = gathered(0, &sampling);
        assert_eq!((none.addrs.len(), none.heap_bytes.len(), none.worst), (0, 0, None));
    }
}
