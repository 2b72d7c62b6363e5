//! Reports that are only noted, without a machine: for the self-test of a compiler.

use crate::crash;
use crate::machine::{MOST_CALLS, Machine};
use crate::places::stack_high;
use std::ffi::c_void;

/// A report that was only noted.
pub(crate) struct Report {
    pub(crate) at: usize,
    pub(crate) size: usize,
    pub(crate) is_store: bool,
    pub(crate) pc: usize,
}

/// The reports of the self-test, which has no machine.
#[derive(Default)]
pub(crate) struct Reports(Vec<Report>);

impl Reports {
    /// Returns a table for memory from `base` on, which notes each report here.
    pub(crate) fn table(&mut self, base: usize, bytes: usize) -> Box<Machine> {
        Box::new(Machine {
            context: (&raw mut *self).cast(),
            lo: std::ptr::null_mut(),
            brk: std::ptr::null_mut(),
            limit_bytes: 0,
            sbrk: no_sbrk,
            load: note_load,
            store: note_store,
            copy: note_copy,
            fill: note_store,
            load_to_copy: note_load,
            ended: crash::ended,
            base,
            bytes,
            stack_high: stack_high(),
            image_start: 0,
            image_end: 0,
            sbrk_pc: 0,
            depth: 0,
            calls: [0; MOST_CALLS],
        })
    }

    /// Returns them, in order.
    pub(crate) fn all(&self) -> &[Report] {
        &self.0
    }
}

unsafe extern "C-unwind" fn no_sbrk(_context: *mut c_void, _increment: i64) -> *mut c_void {
    std::ptr::null_mut()
}

unsafe extern "C-unwind" fn note_load(
    context: *mut c_void,
    at: *const c_void,
    size: u64,
    pc: *const c_void,
) {
    let report = Report { at: at as usize, size: size as usize, is_store: false, pc: pc as usize };
    // SAFETY: the context of these functions is a `Reports`.
    unsafe { &mut *context.cast::<Reports>() }.0.push(report);
}

unsafe extern "C-unwind" fn note_store(
    context: *mut c_void,
    at: *mut c_void,
    size: u64,
    pc: *const c_void,
) {
    let report = Report { at: at as usize, size: size as usize, is_store: true, pc: pc as usize };
    // SAFETY: as in `note_load`.
    unsafe { &mut *context.cast::<Reports>() }.0.push(report);
}

unsafe extern "C-unwind" fn note_copy(
    context: *mut c_void,
    to: *mut c_void,
    from: *const c_void,
    size: u64,
    pc: *const c_void,
) {
    // SAFETY: as in `note_load`.
    unsafe {
        note_load(context, from, size, pc);
        note_store(context, to, size, pc);
    }
}
