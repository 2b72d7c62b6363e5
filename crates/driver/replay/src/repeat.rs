//! Repeats the operations of a trace on a fresh machine.

use crate::checked_run::call;
use crate::fault::{At, Fault, Kind};
use crate::watch::Position;
use heaplab_arena::Addr;
use heaplab_heap::{Heap, HeapError};
use heaplab_trace::{Op, Trace};

/// Repeats a run that returned these addresses; null stands for a call that returned nothing or
/// failed as it may. A heap that keeps nothing outside the machine gives the same answers again. If
/// the heap `may_run_out`, the trace may free blocks that were not allocated. `look` is called
/// after every operation.
///
/// # Errors
/// The first answer that differs, or what `look` returns.
pub(crate) fn repeat<H: Heap>(
    heap: &mut H,
    trace: &Trace,
    first: &[Addr],
    may_run_out: bool,
    watch: &dyn Fn(Position),
    look: impl Fn(&H) -> Result<(), Kind>,
) -> Result<(), Fault> {
    let mut held = vec![Addr::NULL; trace.ids() as usize];
    for (index, (&op, &first)) in trace.ops().iter().zip(first).enumerate() {
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
    Ok(())
}

/// Returns whether this is a realloc to 0 of a block that was not allocated: a free in the trace,
/// but a malloc to the heap.
fn frees_nothing(op: Op, payload: Addr) -> bool {
    payload.is_null() && matches!(op, Op::Realloc { size: 0, .. })
}
