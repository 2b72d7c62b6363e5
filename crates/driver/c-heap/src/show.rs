//! The blocks and lists that a heap shows of its own: what `mm_blocks` and `mm_free_lists` report.

use heaplab_arena::Addr;
use heaplab_heap::{BlockView, Listed};
use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// `void (*show)(void *block, size_t bytes, void *payload, int allocated)`.
pub(crate) type ShowBlock = unsafe extern "C-unwind" fn(*mut c_void, usize, *mut c_void, c_int);

/// `void (*show)(int list, void *payload)`.
pub(crate) type ShowListed = unsafe extern "C-unwind" fn(c_int, *mut c_void);

/// What is shown, while a function of the heap shows it.
#[derive(Default)]
struct Shown {
    base: usize,
    /// The most entries that are taken: a walk in circles ends.
    most: usize,
    blocks: Vec<BlockView>,
    listed: Vec<Listed>,
}

thread_local! {
    static SHOWN: RefCell<Shown> = RefCell::default();
}

/// What ends a walk that shows too much.
struct Enough;

/// Returns the blocks that `show` reports; at most `most`.
pub(crate) fn shown_blocks(
    base: usize,
    most: usize,
    show: impl FnOnce(ShowBlock),
) -> Vec<BlockView> {
    shown(base, most, || show(block)).blocks
}

/// Returns the entries of lists that `show` reports; at most `most`.
pub(crate) fn shown_lists(base: usize, most: usize, show: impl FnOnce(ShowListed)) -> Vec<Listed> {
    shown(base, most, || show(listed)).listed
}

fn shown(base: usize, most: usize, show: impl FnOnce()) -> Shown {
    SHOWN.set(Shown { base, most, ..Shown::default() });
    if let Err(unwound) = catch_unwind(AssertUnwindSafe(show))
        && !unwound.is::<Enough>()
    {
        resume_unwind(unwound);
    }
    SHOWN.take()
}

unsafe extern "C-unwind" fn block(
    start: *mut c_void,
    bytes: usize,
    payload: *mut c_void,
    allocated: c_int,
) {
    let is_enough = SHOWN.with_borrow_mut(|shown| {
        let addr = |pointer: *mut c_void| addr_of(shown.base, pointer);
        let block = BlockView {
            start: addr(start),
            size: u32::try_from(bytes).unwrap_or(u32::MAX),
            payload: addr(payload),
            allocated: allocated != 0,
        };
        shown.blocks.push(block);
        shown.blocks.len() >= shown.most
    });
    if is_enough {
        resume_unwind(Box::new(Enough));
    }
}

unsafe extern "C-unwind" fn listed(list: c_int, payload: *mut c_void) {
    let is_enough = SHOWN.with_borrow_mut(|shown| {
        let payload = addr_of(shown.base, payload);
        shown.listed.push(Listed { list: u32::try_from(list).unwrap_or(u32::MAX), payload });
        shown.listed.len() >= shown.most
    });
    if is_enough {
        resume_unwind(Box::new(Enough));
    }
}

/// Returns the address of a pointer; null for one that is not into the machine.
fn addr_of(base: usize, pointer: *mut c_void) -> Addr {
    let offset = pointer.addr().checked_sub(base).and_then(|offset| u32::try_from(offset).ok());
    offset.map_or(Addr::NULL, Addr::new)
}
