//! What a pointer of the C code is to: the machine, a variable of the C library, or neither.

use crate::context::Context;
use heaplab_arena::{Addr, Probe};
use std::cell::RefCell;
use std::ffi::c_void;
use std::ops::Range;

/// Where the stack of this thread ends, its highest address.
pub(crate) fn stack_high() -> usize {
    thread_local! {
        static HIGH: usize = find_stack_high();
    }
    HIGH.with(|&high| high)
}

fn find_stack_high() -> usize {
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut low, mut bytes) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are initialized by the first call, read by the second, and destroyed
    // by the third; each only if the one before it succeeded.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return usize::MAX;
        }
        libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut bytes);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
    }
    (low as usize).saturating_add(bytes)
}

/// What an access is of.
pub(crate) enum Where {
    /// Bytes of the machine; those near the null pointer are given as the machine's first.
    Machine(Addr),
    /// Something that the C library or the host gave to the code.
    Host,
    /// Anything else.
    Outside,
}

/// Below this and above minus this, an address is a null pointer with an offset.
const NEAR_NULL_BYTES: usize = 4096;

pub(crate) fn place_of<P: Probe>(context: &Context<P>, at: *const c_void) -> Where {
    let (at, base) = (at as usize, context.base as usize);
    // SAFETY: the table lives as long as the heap that owns both; C code waits.
    let bytes = unsafe { &*context.table }.bytes;
    if at.wrapping_sub(base) < bytes {
        return Where::Machine(Addr::new((at - base) as u32));
    }
    if at.wrapping_add(NEAR_NULL_BYTES) < 2 * NEAR_NULL_BYTES {
        return Where::Machine(Addr::new(at as u32));
    }
    // What is behind the last variable of the allocator's own file belongs to nothing.
    // SAFETY: the table lives as long as the heap that owns both; C code waits.
    let table = unsafe { &*context.table };
    let is_behind = at.wrapping_sub(table.image_start) < table.image_end - table.image_start + PAGE;
    if !is_behind && is_of_a_library(at) { Where::Host } else { Where::Outside }
}

/// Bytes of a page of the host, or fewer.
const PAGE: usize = 4096;

/// Returns whether an address is of a variable of the C library, such as `stdout`, or of `errno`.
fn is_of_a_library(at: usize) -> bool {
    const ERRNO_BYTES: usize = 256;
    thread_local! {
        static KNOWN: RefCell<Vec<Range<usize>>> = const { RefCell::new(Vec::new()) };
    }
    // SAFETY: the function has no conditions.
    let errno = unsafe { libc::__errno_location() } as usize;
    if at.wrapping_sub(errno - ERRNO_BYTES) < 2 * ERRNO_BYTES {
        return true;
    }
    let is_known = || KNOWN.with_borrow(|known| known.iter().any(|range| range.contains(&at)));
    is_known() || {
        KNOWN.replace(libraries());
        is_known()
    }
}

/// Returns where the libraries of this process are.
fn libraries() -> Vec<Range<usize>> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let range = |line: &str| {
        let (start, rest) = line.split_once('-')?;
        let (end, rest) = rest.split_once(' ')?;
        let is_library = rest.contains(".so") || rest.contains("[vdso]");
        let start = usize::from_str_radix(start, 16).ok()?;
        let end = usize::from_str_radix(end, 16).ok()?;
        is_library.then_some(start..end)
    };
    maps.lines().filter_map(range).collect()
}
