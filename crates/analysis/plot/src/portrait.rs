//! The blocks of a heap at moments of a run: what a map shows. A worker makes it from a film.

use heaplab_checks::CheckSettings;
use heaplab_film::{FactsSoFar, Failure, Film, FilmError, HeapView, Kind, KnownFault, Options};
use heaplab_heap::Design;
use heaplab_replay::Position;
use heaplab_trace::{Op, Trace};
use heaplab_worker::{Error, Job, JobContext, Stop, last_panic};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Where are the blocks of a heap, over the operations of a trace?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskPortrait {
    /// The heap, the trace and the machine.
    pub settings: CheckSettings,
    /// What a check found to be wrong.
    pub fault: Option<KnownFault>,
    /// How many moments to look at, at most, besides the peaks.
    pub columns: usize,
    /// How many blocks are shown one by one, at most.
    pub most_blocks: usize,
    /// How many rows of addresses are shown if the blocks are more.
    pub rows: usize,
}

/// The blocks of a heap at moments of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Portrait {
    /// The moments, in order.
    pub columns: Vec<Column>,
    /// The blocks there.
    pub shape: Shape,
    /// Whether the heap does not show its blocks: these are then the program's payloads.
    pub hides_blocks: bool,
    /// The whole run, up to its end or to the operation before the one that fails.
    pub facts: FactsSoFar,
    /// Why the run ends.
    pub failure: Option<Failure>,
}

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// How many operations are done.
    pub done: usize,
    /// Bytes in the heap segment.
    pub heap_bytes: u32,
    /// Requested bytes that are live.
    pub payload_bytes: u64,
    /// Allocated blocks.
    pub allocated_blocks: u32,
    /// Free blocks.
    pub free_blocks: u32,
}

/// How blocks are shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Shape {
    /// One by one.
    Blocks(Vec<Run>),
    /// By rows of addresses, because they are too many: for each column and row the percentage of
    /// bytes in allocated blocks, and 255 where there is no block.
    Rows {
        /// Bytes in a row.
        row_bytes: u32,
        /// For each column its rows, from the start of the heap.
        columns: Vec<Vec<u8>>,
    },
}

/// A row without a block.
pub(crate) const NO_BLOCK: u8 = u8::MAX;

/// A block that stays as it is over some columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The first of these columns.
    pub first: usize,
    /// The last of them.
    pub last: usize,
    /// Bytes from the start of the heap to that of the block.
    pub offset: u32,
    /// Bytes in the whole block.
    pub bytes: u32,
    /// Whether it is allocated.
    pub is_allocated: bool,
    /// The id of the program's block in it, and the bytes that were asked for.
    pub owner: Option<(u32, u32)>,
}

type Erased =
    Box<dyn Fn(&AskPortrait, Arc<Trace>, &dyn Fn(Position)) -> Result<Portrait, FilmError>>;

impl Job for AskPortrait {
    const NAME: &'static str = "ask-portrait";
    const IS_REPEATED: bool = true;
    type Erased = Erased;
    type Answer = Portrait;

    fn erase<D: Design>(design: D) -> Erased {
        Box::new(move |ask, trace, watch| {
            let film = Film::record_watched(
                design.clone(),
                trace,
                Options::of(&ask.settings, ask.fault.clone()),
                watch,
            )?;
            portrait(ask, film, watch)
        })
    }

    fn run(&self, context: &mut JobContext<'_>) -> Result<Portrait, Stop> {
        let ask = context.erased::<AskPortrait>(&self.settings.heap)?;
        let trace = context.begin(&self.settings.trace, self.settings.conditions.common)?;
        let watch = |position| context.step(position);
        let portrait = ask(self, trace, &watch);
        // The next panic's message must not be an old one.
        last_panic();
        Ok(portrait.map_err(|error| Error::new(format!("error: {error}")))?)
    }

    fn timeout(&self) -> Duration {
        self.settings.conditions.common.timeout()
    }
}

fn portrait<D: Design>(
    ask: &AskPortrait,
    mut film: Film<D>,
    watch: &dyn Fn(Position),
) -> Result<Portrait, FilmError> {
    let failure = film.failure().cloned();
    // The operation that fails may leave anything.
    let ops = film.len() - usize::from(failure.is_some() && !film.is_empty());
    let facts = match ops.checked_sub(1) {
        Some(last) => film.step_watched(last, watch)?.facts,
        None => FactsSoFar::default(),
    };
    let moments = moments(&film, ops, ask.columns);
    let row_bytes = facts.peak_heap_bytes.div_ceil(ask.rows.max(1) as u32).max(1);
    let mut columns = Vec::new();
    let mut runs = Runs::new(ask.most_blocks);
    let mut rows = Vec::new();
    let mut hides_blocks = false;
    for done in moments {
        let heap = film.heap(done, watch)?;
        hides_blocks |= heap.hides_blocks;
        runs.add(columns.len(), &heap);
        rows.push(rows_of(&heap, row_bytes));
        columns.push(column(&heap));
    }
    let shape = match runs.finish() {
        Some(runs) => Shape::Blocks(runs),
        None => Shape::Rows { row_bytes, columns: rows },
    };
    Ok(Portrait { columns, shape, hides_blocks, facts, failure })
}

/// Returns the moments to look at, in operations done: one in each stretch of equal length, and the
/// end; when payload is first at its peak; and when the break moved last.
///
/// Even distances would show one phase only of a trace that repeats itself. So the place within a
/// stretch changes, by the golden ratio: spread out, and the same in every run.
fn moments<D: Design>(film: &Film<D>, ops: usize, columns: usize) -> Vec<usize> {
    let columns = columns.clamp(1, ops.max(1));
    let stretch = |column: usize| {
        let [from, to] = [column, column + 1].map(|column| column * ops / columns);
        let part = (column as f64 * 0.618_033_988_75).fract();
        from + 1 + (part * to.saturating_sub(from) as f64) as usize
    };
    let mut moments: Vec<usize> = (0..columns).map(|column| stretch(column).min(ops)).collect();
    moments.push(ops);
    let peak = peak_of_payload(film.trace(), ops);
    let grown = film.previous(Kind::Sbrk, ops).map(|step| step + 1);
    moments.extend([peak].into_iter().chain(grown));
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// Returns after how many operations most payload is live, for the first time.
fn peak_of_payload(trace: &Trace, ops: usize) -> usize {
    let mut sizes: HashMap<u32, u64> = HashMap::new();
    let (mut live, mut peak, mut at) = (0, 0, 0);
    for (index, op) in trace.ops()[..ops].iter().enumerate() {
        let Some(id) = op.id() else { continue };
        if matches!(op, Op::Write { .. }) {
            continue;
        }
        live -= sizes.remove(&id.0).unwrap_or(0);
        if let Some(size) = op.size() {
            live += u64::from(size);
            sizes.insert(id.0, size.into());
        }
        if live > peak {
            (peak, at) = (live, index + 1);
        }
    }
    at
}

fn column(heap: &HeapView) -> Column {
    let payload = heap.blocks.iter().filter_map(|block| Some(block.owner?.payload_bytes));
    let allocated = heap.blocks.iter().filter(|block| block.is_allocated).count();
    Column {
        done: heap.ops,
        heap_bytes: heap.heap_break - heap.heap_start,
        payload_bytes: payload.map(u64::from).sum(),
        allocated_blocks: allocated as u32,
        free_blocks: (heap.blocks.len() - allocated) as u32,
    }
}

/// The blocks, one by one, until they are too many.
struct Runs {
    most: usize,
    /// Those that ended.
    ended: Vec<Run>,
    /// Those of the last column, by their offset.
    open: HashMap<u32, Run>,
    are_too_many: bool,
}

impl Runs {
    fn new(most: usize) -> Runs {
        Runs { most, ended: Vec::new(), open: HashMap::new(), are_too_many: false }
    }

    fn add(&mut self, column: usize, heap: &HeapView) {
        if self.are_too_many {
            return;
        }
        let mut now = HashMap::with_capacity(heap.blocks.len());
        for block in &heap.blocks {
            let offset = block.start.wrapping_sub(heap.heap_start);
            let owner = block.owner.map(|owner| (owner.id, owner.payload_bytes));
            let (bytes, is_allocated) = (block.bytes, block.is_allocated);
            let new = Run { first: column, last: column, offset, bytes, is_allocated, owner };
            let before = self.open.remove(&offset);
            let is_same = |before: &Run| Run { first: column, last: column, ..*before } == new;
            match before {
                Some(before) if is_same(&before) => {
                    now.insert(offset, Run { last: column, ..before })
                }
                before => {
                    self.ended.extend(before);
                    now.insert(offset, new)
                }
            };
        }
        self.ended.extend(self.open.drain().map(|(_, run)| run));
        self.open = now;
        if self.ended.len() + self.open.len() > self.most {
            self.are_too_many = true;
            self.ended = Vec::new();
            self.open = HashMap::new();
        }
    }

    /// Returns the runs by column and offset; none if they are too many.
    fn finish(mut self) -> Option<Vec<Run>> {
        self.ended.extend(self.open.into_values());
        self.ended.sort_by_key(|run| (run.first, run.offset));
        (!self.are_too_many).then_some(self.ended)
    }
}

/// Returns the percentage of bytes in allocated blocks, for each row of addresses.
fn rows_of(heap: &HeapView, row_bytes: u32) -> Vec<u8> {
    let bytes = heap.heap_break - heap.heap_start;
    let count = bytes.div_ceil(row_bytes) as usize;
    let mut in_blocks = vec![[0_u64; 2]; count];
    for block in &heap.blocks {
        let start = u64::from(block.start.wrapping_sub(heap.heap_start));
        let end = (start + u64::from(block.bytes)).min(bytes.into());
        let mut from = start;
        while from < end {
            let row = from / u64::from(row_bytes);
            let to = end.min((row + 1) * u64::from(row_bytes));
            if let Some(row) = in_blocks.get_mut(row as usize) {
                row[usize::from(block.is_allocated)] += to - from;
            }
            from = to;
        }
    }
    let percent = |[free, allocated]: &[u64; 2]| match free + allocated {
        0 => NO_BLOCK,
        all => (100 * allocated / all) as u8,
    };
    in_blocks.iter().map(percent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_film::{BlockNow, Owner};

    fn view(ops: usize, blocks: &[(u32, u32, Option<u32>)]) -> HeapView {
        let block = |&(start, bytes, id): &(u32, u32, Option<u32>)| BlockNow {
            start: 1000 + start,
            bytes,
            payload: 1004 + start,
            is_allocated: id.is_some(),
            owner: id.map(|id| Owner { id, payload_bytes: bytes - 8, line: 1 }),
        };
        HeapView {
            ops,
            heap_start: 1000,
            heap_break: 1100,
            hides_blocks: false,
            blocks: blocks.iter().map(block).collect(),
            lists: Vec::new(),
        }
    }

    #[test]
    fn a_block_that_stays_is_one_run() {
        let mut runs = Runs::new(10);
        runs.add(0, &view(1, &[(0, 32, Some(7)), (32, 64, None)]));
        runs.add(1, &view(2, &[(0, 32, Some(7)), (32, 32, Some(8)), (64, 32, None)]));
        runs.add(2, &view(3, &[(0, 32, Some(7)), (32, 64, None)]));
        let all = runs.finish().unwrap();
        let seen: Vec<_> =
            all.iter().map(|run| (run.first, run.last, run.offset, run.bytes)).collect();
        let expected =
            [(0, 2, 0, 32), (0, 0, 32, 64), (1, 1, 32, 32), (1, 1, 64, 32), (2, 2, 32, 64)];
        assert_eq!(seen, expected);
    }

    #[test]
    fn too_many_blocks_are_not_shown_one_by_one() {
        let mut runs = Runs::new(1);
        runs.add(0, &view(1, &[(0, 32, Some(7)), (32, 64, None)]));
        assert!(runs.finish().is_none());
    }

    #[test]
    fn a_row_says_how_much_of_it_is_allocated() {
        let heap = view(1, &[(0, 30, Some(7)), (30, 50, None)]);
        assert_eq!(rows_of(&heap, 20), [100, 50, 0, 0, NO_BLOCK]);
    }
}
