//! The functions of a file, as they are called.

use crate::interface::{Interface, MM_BLOCKS, MM_FREE_LISTS};
use crate::load::Instance;
use crate::show;
use heaplab_heap::NativeCalls;
use std::ffi::{c_int, c_void};
use std::mem;

/// The functions of a file, with types that those of all courses fit: a function does not see an
/// argument that it does not take.
#[derive(Clone, Copy)]
pub(crate) struct Functions {
    /// Stanford's gets the segment and its bytes; Seoul's a place for a list; others nothing.
    pub(crate) init: Option<unsafe extern "C-unwind" fn(*mut c_void, usize) -> c_int>,
    pub(crate) malloc: unsafe extern "C-unwind" fn(usize) -> *mut c_void,
    pub(crate) free: unsafe extern "C-unwind" fn(*mut c_void),
    pub(crate) realloc: Option<unsafe extern "C-unwind" fn(*mut c_void, usize) -> *mut c_void>,
    pub(crate) calloc: Option<unsafe extern "C-unwind" fn(usize, usize) -> *mut c_void>,
    /// The argument is the verbosity in some courses, the caller's line in others.
    pub(crate) check: Option<unsafe extern "C-unwind" fn(c_int) -> c_int>,
    pub(crate) blocks: Option<unsafe extern "C-unwind" fn(show::ShowBlock)>,
    pub(crate) free_lists: Option<unsafe extern "C-unwind" fn(show::ShowListed)>,
}

impl Functions {
    /// Finds the functions of an interface in an object.
    pub(crate) fn of(instance: &Instance, interface: &Interface) -> Result<Functions, String> {
        let family = interface.family;
        let check = interface.check.map(|(name, _)| name);
        // SAFETY: the interfaces give these functions these types, but for arguments and answers
        // that are narrower or missing: a caller may pass more than is taken, and what it reads of
        // a missing answer is not used.
        unsafe {
            Ok(Functions {
                init: optional(instance, interface.init.map(|_| family.init))?,
                malloc: instance.function(family.malloc)?,
                free: instance.function(family.free)?,
                realloc: optional(instance, interface.has_realloc.then_some(family.realloc))?,
                calloc: optional(instance, interface.has_calloc.then_some(family.calloc))?,
                check: optional(instance, check)?,
                blocks: optional(instance, interface.has_blocks.then_some(MM_BLOCKS))?,
                free_lists: optional(instance, interface.has_free_lists.then_some(MM_FREE_LISTS))?,
            })
        }
    }
}

impl Functions {
    /// Returns the functions for a timed run, with the machine's place in this process; none
    /// without a `realloc`.
    pub(crate) fn native_calls(&self, base: usize) -> Option<NativeCalls> {
        type Malloc = extern "C-unwind" fn(usize) -> *mut c_void;
        type Free = extern "C-unwind" fn(*mut c_void);
        type Realloc = extern "C-unwind" fn(*mut c_void, usize) -> *mut c_void;
        type Calloc = extern "C-unwind" fn(usize, usize) -> *mut c_void;
        let (realloc, calloc) = (self.realloc?, self.calloc);
        // SAFETY: only `unsafe` is taken from the types. The caller runs in a worker, which has
        // nothing to lose: the crate's argument.
        unsafe {
            Some(NativeCalls {
                base,
                malloc: mem::transmute::<unsafe extern "C-unwind" fn(usize) -> *mut c_void, Malloc>(
                    self.malloc,
                ),
                free: mem::transmute::<unsafe extern "C-unwind" fn(*mut c_void), Free>(self.free),
                realloc: mem::transmute::<
                    unsafe extern "C-unwind" fn(*mut c_void, usize) -> *mut c_void,
                    Realloc,
                >(realloc),
                calloc:
                    calloc.map(|calloc| {
                        mem::transmute::<
                            unsafe extern "C-unwind" fn(usize, usize) -> *mut c_void,
                            Calloc,
                        >(calloc)
                    }),
            })
        }
    }
}

/// Returns the function of this name, if there is one.
///
/// # Safety
/// As for [`Instance::function`].
unsafe fn optional<F: Copy>(instance: &Instance, name: Option<&str>) -> Result<Option<F>, String> {
    // SAFETY: the caller's.
    name.map(|name| unsafe { instance.function(name) }).transpose()
}
