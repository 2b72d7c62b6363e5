//! Reports of the checked build: each access of the C code, to the probe.

use heaplab_arena::Probe;
use std::ffi::c_void;

/// Before a load: context, address, bytes, place in the code.
pub(crate) type Load = unsafe extern "C-unwind" fn(*mut c_void, *const c_void, u64, *const c_void);
/// Before a store.
pub(crate) type Store = unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, u64, *const c_void);
/// Before a copy: context, to, from, bytes, place in the code.
pub(crate) type Copy =
    unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, *const c_void, u64, *const c_void);
/// Before bytes are set.
pub(crate) type Fill = unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, u64, *const c_void);
/// A function of the C code begins: context, function, the place in its caller.
pub(crate) type Enter = unsafe extern "C-unwind" fn(*mut c_void, *const c_void, *const c_void);
/// It ends.
pub(crate) type Leave = unsafe extern "C-unwind" fn(*mut c_void);

/// What the reports need to know of a heap, beside its machine.
#[derive(Default)]
pub(crate) struct State {}

/// See [`Load`].
///
/// # Safety
/// `context` must point to a `Context<P>` (module `machine`).
pub(crate) unsafe extern "C-unwind" fn load<P: Probe>(
    _context: *mut c_void,
    _addr: *const c_void,
    _size: u64,
    _pc: *const c_void,
) {
}

/// See [`Store`].
///
/// # Safety
/// As [`load`].
pub(crate) unsafe extern "C-unwind" fn store<P: Probe>(
    _context: *mut c_void,
    _addr: *mut c_void,
    _size: u64,
    _pc: *const c_void,
) {
}

/// See [`Copy`].
///
/// # Safety
/// As [`load`].
pub(crate) unsafe extern "C-unwind" fn copy<P: Probe>(
    _context: *mut c_void,
    _to: *mut c_void,
    _from: *const c_void,
    _size: u64,
    _pc: *const c_void,
) {
}

/// See [`Fill`].
///
/// # Safety
/// As [`load`].
pub(crate) unsafe extern "C-unwind" fn fill<P: Probe>(
    _context: *mut c_void,
    _addr: *mut c_void,
    _size: u64,
    _pc: *const c_void,
) {
}

/// See [`Enter`].
///
/// # Safety
/// As [`load`].
pub(crate) unsafe extern "C-unwind" fn enter<P: Probe>(
    _context: *mut c_void,
    _function: *const c_void,
    _pc: *const c_void,
) {
}

/// See [`Leave`].
///
/// # Safety
/// As [`load`].
pub(crate) unsafe extern "C-unwind" fn leave<P: Probe>(_context: *mut c_void) {}
