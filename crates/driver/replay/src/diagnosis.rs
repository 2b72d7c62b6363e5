//! A fault, with the heap around it before and after the operation.
//!
//! The trace is run again up to the fault, so that finding faults costs nothing for pictures. The
//! picture shows what the heap's own `blocks` shows, beside the payloads that the program knows to
//! be live; it also shows where the two disagree.

use crate::fault::Fault;
use crate::other::Other;
use crate::scene::{CheckSettings, Run, Scene};
use crate::shadow::Shadow;
use crate::watch::{Position, Stopped};
use heaplab_arena::{Addr, Probe, Silent, WORD_BYTES};
use heaplab_heap::{Design, Heap};
use heaplab_trace::Trace;
use std::collections::BTreeMap;

/// The heap around one address, before an operation and after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Neighbours, by rising address.
    pub rows: Vec<Row>,
    /// How many more there are below the first row.
    pub more_below: usize,
    /// How many more there are above the last row.
    pub more_above: usize,
    /// The heap segment after the operation: its start, and its end, which is the break.
    pub segment: (Addr, Addr),
}

/// One block, or a live payload where `blocks` shows no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where the block starts, its header included.
    pub start: Addr,
    /// The block's state before; none if no block started there.
    pub before: Option<State>,
    /// Its state after.
    pub after: Option<State>,
    /// The payload that the program has there, or had.
    pub holds: Option<Other>,
    /// Whether the address that the picture is about is in it.
    pub is_meant: bool,
}

/// The state of a block as `blocks` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Bytes in the whole block.
    pub size: u32,
    /// Whether it is allocated.
    pub allocated: bool,
}

/// At most this many neighbours are shown on each side.
const NEIGHBOURS: usize = 3;

/// Draws the heap around a fault that [`check_accesses`](crate::check_accesses) found.
///
/// # Errors
/// If the host gives no address space.
pub fn draw_fault<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &CheckSettings,
    fault: &Fault,
    watch: &dyn Fn(Position),
) -> Result<Around, Stopped> {
    if fault.at.is_none() && fault.kind.addr().is_none() {
        return Ok(Around::default()); // the fault has no address
    }
    let done_before = fault.at.map_or(trace.ops().len(), |at| at.op_index);
    let scene = Scene { design, trace, settings, watch };
    let shadow = Shadow::new();
    let mut run = match scene.start(&shadow, &Silent) {
        Ok(run) => run,
        // A heap that can't even be built has nothing to show.
        Err(Stopped::Fault(_)) => return Ok(Around::default()),
        Err(stopped) => return Err(stopped),
    };
    let before = perform(&mut run, done_before);
    let Some(at) = fault.at else {
        return Ok(around(&before, &before, fault.kind.addr()));
    };
    let operand = at.op.id().and_then(|id| before.payload_of(id.0));
    // The outcome of this operation is known: it is the fault.
    let answer = run.step(at.op_index).ok();
    let after = Snapshot::of(&run);
    let meant = fault.kind.addr().filter(|&addr| after.is_near(addr));
    Ok(around(&before, &after, meant.or(operand).or(answer)))
}

/// Draws the heap after this many operations, around the address that the last of them returned or
/// was about.
///
/// # Errors
/// If the host gives no address space.
pub fn draw_heap<D: Design>(
    design: &D,
    trace: &Trace,
    settings: &CheckSettings,
    done: usize,
    watch: &dyn Fn(Position),
) -> Result<Around, Stopped> {
    let scene = Scene { design, trace, settings, watch };
    let shadow = Shadow::new();
    let mut run = scene.start(&shadow, &Silent)?;
    let Some(last) = done.checked_sub(1) else {
        let empty = Snapshot::of(&run);
        return Ok(around(&empty, &empty, None));
    };
    let before = perform(&mut run, last);
    let operand = trace.ops()[last].id().and_then(|id| before.payload_of(id.0));
    let answer = run.step(last).ok().filter(|answer| !answer.is_null());
    let after = Snapshot::of(&run);
    Ok(around(&before, &after, answer.or(operand)))
}

/// Returns the heap after this many operations.
fn perform<D: Design, P: Probe>(run: &mut Run<'_, D, P>, ops: usize) -> Snapshot {
    for index in 0..ops {
        if run.step(index).is_err() {
            break;
        }
    }
    Snapshot::of(run)
}

/// The heap at one moment.
struct Snapshot {
    blocks: BTreeMap<Addr, State>,
    live: Vec<Other>,
    segment: (Addr, Addr),
}

impl Snapshot {
    fn of<D: Design, P: Probe>(run: &Run<'_, D, P>) -> Snapshot {
        let arena = run.checked().heap().arena();
        // No sound heap has more blocks than this.
        let most = (arena.heap_bytes() / (2 * WORD_BYTES)) as usize;
        let mut blocks = BTreeMap::new();
        // The walk over a damaged heap may end in any way; what it saw until then is shown.
        run.glance(|heap| {
            for block in heap.blocks().take(most) {
                let state = State { size: block.size, allocated: block.allocated };
                blocks.insert(block.start, state);
            }
        });
        Snapshot {
            blocks,
            live: run
                .checked()
                .history()
                .described()
                .filter(|block| !block.addr.is_null())
                .collect(),
            segment: (arena.start(), arena.brk()),
        }
    }

    fn payload_of(&self, id: u32) -> Option<Addr> {
        let block = self.live.iter().find(|block| block.id.0 == id)?;
        Some(block.addr)
    }

    /// Returns where the block that contains the address starts.
    fn start_of(&self, addr: Addr) -> Option<Addr> {
        let (&start, state) = self.blocks.range(..=addr).next_back()?;
        (addr - start < state.size).then_some(start)
    }

    /// Returns whether the address is in the heap segment, or close enough behind it that the last
    /// blocks matter.
    fn is_near(&self, addr: Addr) -> bool {
        const NEAR_BYTES: u32 = 1 << 16;
        let (start, end) = self.segment;
        addr >= start && addr - start < (end - start).saturating_add(NEAR_BYTES)
    }
}

/// Puts both moments side by side, and keeps the rows around `meant`.
fn around(before: &Snapshot, after: &Snapshot, meant: Option<Addr>) -> Around {
    let mut rows: BTreeMap<Addr, Row> = BTreeMap::new();
    let empty = |start| Row { start, before: None, after: None, holds: None, is_meant: false };
    for (&start, &state) in &before.blocks {
        rows.entry(start).or_insert(empty(start)).before = Some(state);
    }
    for (&start, &state) in &after.blocks {
        rows.entry(start).or_insert(empty(start)).after = Some(state);
    }
    // What was live before, then what is live after: the later entry replaces the earlier one.
    for (snapshot, block) in [before, after]
        .into_iter()
        .flat_map(|snapshot| snapshot.live.iter().map(move |block| (snapshot, *block)))
    {
        let start = snapshot.start_of(block.addr).unwrap_or(block.addr);
        rows.entry(start).or_insert(empty(start)).holds = Some(block);
    }
    let meant_start = meant.map(|addr| {
        let found = after.start_of(addr).or_else(|| before.start_of(addr));
        found.or_else(|| rows.range(..=addr).next_back().map(|(&start, _)| start))
    });
    let mut rows: Vec<Row> = rows.into_values().collect();
    let center = match (meant, meant_start.flatten()) {
        (_, Some(start)) => {
            let center = rows.partition_point(|row| row.start < start);
            rows[center].is_meant = true;
            center
        }
        // Below all blocks.
        (Some(_), None) => 0,
        (None, None) => rows.len().saturating_sub(1),
    };
    let first = center.saturating_sub(NEIGHBOURS);
    let end = (center + NEIGHBOURS + 1).min(rows.len());
    Around {
        more_below: first,
        more_above: rows.len() - end,
        rows: rows.drain(first..end).collect(),
        segment: after.segment,
    }
}
