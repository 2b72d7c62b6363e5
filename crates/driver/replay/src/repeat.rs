//! Repeats the operations of a trace on a fresh machine.

use crate::checked_run::call;
use crate::fault::{At, Fault, FigureDiffers, Kind};
use crate::watch::Position;
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, Probe};
use heaplab_heap::{Heap, HeapError};
use heaplab_trace::{Op, Trace};

/// What a first run without a fault leaves.
pub(crate) struct Passed {
    pub(crate) heap_bytes: u32,
    pub(crate) sbrk_calls: u32,
    /// The address that each operation returned; null for a call that returned nothing or failed
    /// as it may.
    pub(crate) addresses: Vec<Addr>,
}

impl Passed {
    /// Returns what is left of a run that ended on this machine.
    pub(crate) fn new<P: Probe>(arena: &Arena<P>, addresses: Vec<Addr>) -> Passed {
        let (heap_bytes, sbrk_calls) = (arena.high_water_bytes(), arena.sbrk_calls());
        Passed { heap_bytes, sbrk_calls, addresses }
    }
}

/// Repeats a run. A heap that keeps nothing outside the machine gives the same answers again, and
/// takes as much memory. If the heap `may_run_out`, the trace may free blocks that were not
/// allocated. `look` is called after every operation.
///
/// # Errors
/// The first answer or figure that differs, or what `look` returns.
pub(crate) fn repeat<H: Heap>(
    heap: &mut H,
    trace: &Trace,
    first: &Passed,
    may_run_out: bool,
    watch: &dyn Fn(Position),
    look: impl Fn(&H) -> Result<(), Kind>,
) -> Result<(), Fault> {
    let mut held = vec![Addr::NULL; trace.ids() as usize];
    for (index, (&op, &first)) in trace.ops().iter().zip(&first.addresses).enumerate() {
        let fault = |kind| Fault { at: Some(At::of(trace, index)), kind };
        watch(Position::SecondRun(index));
        let payload = op.id().map_or(Addr::NULL, |id| held[id.index()]);
        if frees_nothing(op, payload) && first.is_null() && may_run_out {
            continue;
        }
        match call(heap, op, payload) {
            Ok(second) if second == first => {
                if let Some(id) = op.id() {
                    held[id.index()] = first;
                }
            }
            // The heap ran out of memory the first time too, and the block stays.
            Err(HeapError::OutOfMemory) if first.is_null() => {}
            second => return Err(fault(Kind::SecondRun { first, second })),
        }
        look(heap).map_err(fault)?;
    }
    let arena = heap.arena();
    expect_equal("heap bytes", first.heap_bytes.into(), arena.high_water_bytes().into())?;
    expect_equal("calls of sbrk", first.sbrk_calls.into(), arena.sbrk_calls().into())
}

/// Returns a fault if a second run has another figure than the first.
pub(crate) fn expect_equal(what: &'static str, first: u64, second: u64) -> Result<(), Fault> {
    if first == second {
        return Ok(());
    }
    let kind = Kind::SecondRunFigure(FigureDiffers { what, first, second });
    Err(Fault { at: None, kind })
}

/// Returns whether this is a realloc to 0 of a block that was not allocated: a free in the trace,
/// but a malloc to the heap.
fn frees_nothing(op: Op, payload: Addr) -> bool {
    payload.is_null() && matches!(op, Op::Realloc { size: 0, .. })
}
