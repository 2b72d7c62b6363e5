//! `sbrk` of the table: the break of the machine, for C code.

use crate::access;
use crate::context::Context;
use heaplab_arena::Probe;
use heaplab_arena::host::Host;
use std::ffi::c_void;

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
    if !P::IS_SILENT {
        access::at_sbrk(context);
    }
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
