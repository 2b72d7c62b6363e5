//! The table of `runtime/heaplab.h`: the machine as C sees it.

use crate::{access, crash};
use heaplab_arena::host::Host;
use heaplab_arena::{Arena, Probe};
use std::ffi::c_void;

/// `struct heaplab_machine`: the same fields in the same order.
#[repr(C)]
pub(crate) struct Machine {
    pub(crate) context: *mut c_void,
    pub(crate) lo: *mut u8,
    pub(crate) brk: *mut u8,
    pub(crate) limit_bytes: u64,
    pub(crate) sbrk: unsafe extern "C-unwind" fn(*mut c_void, i64) -> *mut c_void,
    pub(crate) load: access::Load,
    pub(crate) store: access::Store,
    pub(crate) copy: access::Copy,
    pub(crate) fill: access::Fill,
    pub(crate) load_to_copy: access::Load,
    pub(crate) ended: crash::Ended,
    pub(crate) base: usize,
    pub(crate) bytes: usize,
    pub(crate) stack_high: usize,
    pub(crate) image_start: usize,
    pub(crate) image_end: usize,
    pub(crate) sbrk_pc: usize,
    pub(crate) depth: u64,
    pub(crate) calls: [usize; MOST_CALLS],
}

/// `HEAPLAB_MOST_CALLS`.
pub(crate) const MOST_CALLS: usize = 1024;

/// What `context` points to.
pub(crate) struct Context<P: Probe> {
    /// The machine of the heap.
    pub(crate) arena: Arena<P>,
    /// Where the machine's address 0 is in this process.
    pub(crate) base: *mut u8,
    /// The table that C reads.
    pub(crate) table: *mut Machine,
    /// What the reports of the checked build need.
    pub(crate) access: access::State,
}

impl<P: Probe> Context<P> {
    /// Brings `lo` and `brk` of the table up to date.
    pub(crate) fn update(&mut self) {
        let start = self.arena.start().to_word() as usize;
        let brk = self.arena.brk().to_word() as usize;
        // SAFETY: the table lives as long as the heap that owns both, and C code does not run now.
        let table = unsafe { &mut *self.table };
        table.lo = self.base.wrapping_add(start);
        table.brk = self.base.wrapping_add(brk);
        table.limit_bytes = self.arena.limit_bytes().into();
    }
}

/// What a failed `sbrk` returns in C.
const FAILED: *mut c_void = usize::MAX as *mut c_void;

/// `sbrk` of the table.
///
/// # Safety
/// `context` must point to a `Context<P>` that nothing else borrows.
pub(crate) unsafe extern "C-unwind" fn sbrk<P: Probe>(
    context: *mut c_void,
    increment: i64,
) -> *mut c_void {
    // SAFETY: as the caller promises.
    let context = unsafe { &mut *context.cast::<Context<P>>() };
    access::at_sbrk(context);
    let Ok(increment) = i32::try_from(increment) else {
        // Past a signed word nothing is granted; the probe sees a refused call.
        let brk = context.arena.brk();
        context.arena.probe().on_sbrk(i32::MAX, brk, brk);
        return FAILED;
    };
    match context.arena.sbrk(increment) {
        Ok(old) => {
            context.update();
            context.base.wrapping_add(old.to_word() as usize).cast()
        }
        Err(_) => FAILED,
    }
}
