//! The C library's allocator as a contender: what the simulated heaps race
//! against.
//!
//! It lives in the host's own memory, not in a simulated heap. So there is no
//! heap segment whose size could be compared with the payload, and no
//! utilization in the sense of the lab. It is not 0; there is none.
//!
//! It races as programs get it, with its defaults. Two of them show in the
//! figures. With a second thread in the process it takes locks, so time it in a
//! process that has one. And glibc gives a large free top back to the host and
//! pays for touching it again, which the simulated heaps do not do between
//! replays; `GLIBC_TUNABLES=glibc.malloc.trim_threshold=1073741824` in the
//! environment shows how much that is.

use heaplab_replay::{Subject, SubjectRacer};
use libc::c_void;
use std::ptr;

/// The name of the C library's allocator in tables and reports.
pub const C_LIBRARY_NAME: &str = "libc";

/// `malloc` and its kin of the C library that this program is linked to.
pub fn c_library() -> SubjectRacer<impl Subject> {
    SubjectRacer::new(CLibrary)
}

/// Never handed out by itself: a safe `free` of any pointer at all would not be
/// sound. Inside a [`SubjectRacer`] only a
/// [`Program`](heaplab_replay::Program) calls it.
///
/// The argument that every `unsafe` below rests on: a program is made from a
/// validated trace. It frees or resizes a slot only after it has stored the
/// result of an allocation there, once, and a size of 0 at a resize ends the
/// slot's block too. So every pointer that arrives is null or one that these
/// functions returned and that was not given back since. Nobody reads or writes
/// through it.
struct CLibrary;

impl Subject for CLibrary {
    type Ptr = *mut c_void;
    const NULL: *mut c_void = ptr::null_mut();

    #[inline]
    fn malloc(&mut self, size: u32) -> *mut c_void {
        // SAFETY: any size may be asked for.
        unsafe { libc::malloc(size as usize) }
    }

    #[inline]
    fn free(&mut self, ptr: *mut c_void) {
        // SAFETY: null or a block not given back yet, see the type.
        unsafe { libc::free(ptr) }
    }

    #[inline]
    fn realloc(&mut self, ptr: *mut c_void, size: u32) -> *mut c_void {
        if size == 0 && !ptr.is_null() {
            // C libraries differ in what realloc(p, 0) does; the lab's frees.
            self.free(ptr);
            return ptr::null_mut();
        }
        // SAFETY: null or a block not given back yet, see the type.
        unsafe { libc::realloc(ptr, size as usize) }
    }

    #[inline]
    fn calloc(&mut self, size: u32) -> *mut c_void {
        // SAFETY: any size may be asked for.
        unsafe { libc::calloc(1, size as usize) }
    }

    #[inline]
    fn memalign(&mut self, align_bytes: u32, size: u32) -> *mut c_void {
        let mut ptr = ptr::null_mut();
        let align_bytes = (align_bytes as usize).max(size_of::<*mut c_void>());
        // SAFETY: `ptr` may be written. posix_memalign wants a power of two,
        // which a trace's alignments are, and at least the size of a pointer.
        match unsafe { libc::posix_memalign(&mut ptr, align_bytes, size as usize) } {
            0 => ptr,
            _ => ptr::null_mut(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_replay::{Course, Program, Racer};
    use heaplab_trace::{Id, Op, Trace, Weight};

    #[test]
    fn replays_every_kind_of_operation_again_and_again() {
        let id = Id;
        let ops = vec![
            Op::Malloc {
                id: id(0),
                size: 100,
            },
            Op::Malloc { id: id(1), size: 0 },
            Op::Realloc {
                id: id(2),
                size: 5000,
            },
            Op::Calloc {
                id: id(3),
                size: 64,
            },
            Op::Memalign {
                id: id(4),
                align_log2: 0,
                size: 10,
            },
            Op::Memalign {
                id: id(5),
                align_log2: 12,
                size: 10,
            },
            Op::FreeNull,
            Op::Realloc {
                id: id(0),
                size: 1 << 20,
            },
            Op::Realloc { id: id(2), size: 0 },
            Op::Free { id: id(1) },
            Op::Free { id: id(5) },
        ];
        let trace = Trace::from_ops("test", Weight::Both, ops).unwrap();
        let program = Program::new(&trace).unwrap();
        let mut course = Course::new(0, heaplab_heap::Align::Sixteen);
        let mut racer = c_library();
        for _ in 0..1000 {
            racer.replay(&program, &mut course).unwrap();
        }
    }

    #[test]
    fn an_aligned_block_is_aligned() {
        for log2 in 0..=16 {
            let ptr = CLibrary.memalign(1 << log2, 100);
            assert!(!ptr.is_null() && ptr.addr().is_multiple_of(1 << log2));
            CLibrary.free(ptr);
        }
    }
}
