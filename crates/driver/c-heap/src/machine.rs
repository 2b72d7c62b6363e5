//! The table of `runtime/heaplab.h`: the machine as C sees it.

use std::ffi::{c_char, c_void};

/// `struct heaplab_machine`: the same fields in the same order.
#[repr(C)]
pub(crate) struct Machine {
    pub(crate) context: *mut c_void,
    pub(crate) lo: *mut u8,
    pub(crate) brk: *mut u8,
    pub(crate) limit_bytes: u64,
    pub(crate) sbrk: unsafe extern "C-unwind" fn(*mut c_void, i64) -> *mut c_void,
    pub(crate) load: Load,
    pub(crate) store: Store,
    pub(crate) copy: Copy,
    pub(crate) fill: Fill,
    pub(crate) load_to_copy: Load,
    pub(crate) ended: Ended,
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

/// Before a load: context, address, bytes, place in the code.
pub(crate) type Load = unsafe extern "C-unwind" fn(*mut c_void, *const c_void, u64, *const c_void);
/// Before a store.
pub(crate) type Store = unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, u64, *const c_void);
/// Before a copy: context, to, from, bytes, place in the code.
pub(crate) type Copy =
    unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, *const c_void, u64, *const c_void);
/// Before bytes are set.
pub(crate) type Fill = unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, u64, *const c_void);

/// When the code calls a function that ends or copies the process: its name, a number, a text.
pub(crate) type Ended = unsafe extern "C-unwind" fn(*const c_char, i64, *const c_char);
