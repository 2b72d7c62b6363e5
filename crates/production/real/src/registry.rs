//! The list of available allocators, with their types erased.

use crate::resident::{self, Prepared, Resident};
use crate::validity::{self, Wrong};
use crate::{C_LIBRARY_KEPT_NAME, C_LIBRARY_NAME};
use heaplab_host::c_api::{CAllocator, CApi, HostMemory};
use heaplab_host::{CAN_KEEP, CLibrary};
use heaplab_replay::{Bonus, Heartbeat, Timed, TimedSubject, bonus};
use heaplab_trace::Trace;
use std::io;

/// Names of all allocators that are compared by default, in the order of the tables, whether or not
/// they are built in.
pub const KNOWN: [&str; 11] = [
    C_LIBRARY_NAME,
    "mimalloc",
    "mimalloc2",
    "jemalloc",
    "tcmalloc",
    "rpmalloc",
    "snmalloc",
    "dlmalloc",
    "talc",
    "rlsf",
    "linked-list",
];

/// An allocator that is built in.
pub struct Allocator {
    /// The allocator's name.
    pub name: String,
    /// A description in one line.
    pub about: &'static str,
    /// Whether it reports how much of a block may be used.
    pub says_usable_size: bool,
    of: Box<dyn Of>,
    /// Makes a contender in another process, if it can't take turns with others in this one.
    racer_elsewhere: fn() -> Option<Box<dyn Timed>>,
}

impl Allocator {
    pub(crate) fn new<S: HostMemory + 'static>(
        name: &str,
        about: &'static str,
        make: impl Fn() -> S + 'static,
    ) -> Allocator {
        Allocator {
            name: name.to_owned(),
            about,
            says_usable_size: true,
            of: Box::new(Make(make)),
            racer_elsewhere: || None,
        }
    }

    /// Returns it as a contender.
    pub fn contender(&self) -> Box<dyn Timed> {
        (self.racer_elsewhere)().unwrap_or_else(|| self.of.contender())
    }

    /// Runs a trace and checks every answer; calls `watch` before each operation.
    ///
    /// # Errors
    /// The first wrong answer.
    pub fn check(&self, trace: &Trace, watch: &dyn Fn(usize)) -> Result<(), Wrong> {
        self.of.check(trace, watch)
    }

    /// Returns how much memory it takes of the host for a trace, in a fresh process; each operation
    /// moves `heartbeat`.
    ///
    /// # Errors
    /// If the host does not report it.
    pub fn resident(&self, prepared: &Prepared, heartbeat: &Heartbeat) -> io::Result<Resident> {
        self.of.resident(prepared, heartbeat)
    }

    /// Returns what becomes of the bytes beyond the request, for blocks of `asked` bytes that grow
    /// to `grown`.
    pub fn bonus(&self, asked: u32, grown: u32) -> Bonus {
        self.of.bonus(asked, grown)
    }
}

/// A function that makes the allocator.
struct Make<F>(F);

/// The operations on an allocator, without its type.
trait Of {
    fn contender(&self) -> Box<dyn Timed>;
    fn check(&self, trace: &Trace, watch: &dyn Fn(usize)) -> Result<(), Wrong>;
    fn resident(&self, prepared: &Prepared, heartbeat: &Heartbeat) -> io::Result<Resident>;
    fn bonus(&self, asked: u32, grown: u32) -> Bonus;
}

impl<S: HostMemory + 'static, F: Fn() -> S> Of for Make<F> {
    fn contender(&self) -> Box<dyn Timed> {
        Box::new(TimedSubject::new((self.0)()))
    }

    fn check(&self, trace: &Trace, watch: &dyn Fn(usize)) -> Result<(), Wrong> {
        validity::check((self.0)(), trace, watch)
    }

    fn resident(&self, prepared: &Prepared, heartbeat: &Heartbeat) -> io::Result<Resident> {
        resident::measure(|| Ok((self.0)()), prepared, heartbeat)
    }

    fn bonus(&self, asked: u32, grown: u32) -> Bonus {
        bonus(&mut (self.0)(), asked, grown)
    }
}

/// Makes an allocator with C's interface.
fn with_c_api<A: CApi>() -> CAllocator<A> {
    // SAFETY: an `Allocator` hands its subject to a program or a checked run of a trace.
    unsafe { CAllocator::new() }
}

/// Returns whether an allocator has this name: one of [`KNOWN`], or one that is compared only if it
/// is named.
pub fn is_known(name: &str) -> bool {
    KNOWN.contains(&name) || name == C_LIBRARY_KEPT_NAME
}

/// Returns the allocators that are built in.
pub fn allocators() -> Vec<Allocator> {
    let mut all = vec![Allocator::new(
        C_LIBRARY_NAME,
        "the C library's malloc: the default of every program",
        with_c_api::<CLibrary>,
    )];
    if CAN_KEEP {
        let mut kept = Allocator::new(
            C_LIBRARY_KEPT_NAME,
            "the C library's malloc, set to keep freed memory (by name only)",
            || {
                heaplab_host::keep_memory();
                with_c_api::<CLibrary>()
            },
        );
        kept.racer_elsewhere = || Some(Box::new(heaplab_host::c_library_kept()?));
        all.push(kept);
    }
    #[cfg(all(feature = "all", target_os = "linux"))]
    all.extend(others());
    all
}

#[cfg(all(feature = "all", target_os = "linux"))]
fn others() -> [Allocator; 10] {
    use crate::layout_api::LayoutAllocator;
    use crate::peers::{Dlmalloc, LinkedList, Rlsf, Talc};
    use crate::production::{Jemalloc, Mimalloc, Mimalloc2, Rpmalloc, Snmalloc, Tcmalloc};
    [
        Allocator::new(
            "mimalloc",
            "mimalloc 3: a free list in each page of a size class",
            with_c_api::<Mimalloc>,
        ),
        Allocator::new(
            "mimalloc2",
            "mimalloc 2, in the same program under other names",
            with_c_api::<Mimalloc2>,
        ),
        Allocator::new(
            "jemalloc",
            "jemalloc 5: slabs of a size class, and a cache for each thread",
            with_c_api::<Jemalloc>,
        ),
        Allocator::new(
            "tcmalloc",
            "Google's TCMalloc: spans of a size class, and a cache for each core",
            with_c_api::<Tcmalloc>,
        ),
        Allocator::new(
            "rpmalloc",
            "rpmalloc 1.4: spans of a size class, owned by a thread",
            with_c_api::<Rpmalloc>,
        ),
        Allocator::new(
            "snmalloc",
            "snmalloc: slabs of a size class; remote frees are messages",
            with_c_api::<Snmalloc>,
        ),
        Allocator::new(
            "dlmalloc",
            "dlmalloc in Rust: Lea's bins and trees over boundary tags",
            || LayoutAllocator(Dlmalloc::new()),
        ),
        Allocator::new("talc", "talc: bins under a bitmap, in a region that it is given", || {
            LayoutAllocator(Talc::new())
        }),
        Allocator::new(
            "rlsf",
            "rlsf: two-level segregated fits, in a region that it is given",
            || LayoutAllocator(Rlsf::new()),
        ),
        Allocator::new(
            "linked-list",
            "linked_list_allocator: first fit in address order, in a region",
            || LayoutAllocator(LinkedList::new()),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_heap::Align;
    use heaplab_replay::{Program, TimingEnvironment};
    use heaplab_trace::{Id, Op, Trace, Weight};

    /// Returns a trace with every kind of operation, odd sizes and alignments, and many blocks.
    fn trace() -> Trace {
        let mut ops = vec![Op::FreeNull, Op::Malloc { id: Id(0), size: 0 }, Op::Free { id: Id(0) }];
        for id in (1..400).map(Id) {
            let size = id.0 * id.0 % 3001 + 1;
            ops.push(match id.0 % 4 {
                0 => Op::Calloc { id, size },
                1 => Op::Realloc { id, size },
                2 => Op::Malloc { id, size },
                _ => Op::Memalign { id, align_log2: (id.0 / 4 % 14) as u8, size },
            });
            if id.0 % 3 == 0 {
                ops.push(Op::Free { id: Id(id.0 / 3) });
            }
            if id.0 > 200 && id.0 % 5 == 0 {
                let size = (id.0 * 7919) % 50_000 * (id.0 % 2);
                ops.push(Op::Realloc { id: Id(id.0 - 3), size });
            }
        }
        ops.push(Op::Malloc { id: Id(400), size: 40 << 20 });
        ops.push(Op::Free { id: Id(400) });
        Trace::from_ops("test", Weight::Both, ops).unwrap()
    }

    #[test]
    fn every_allocator_answers_correctly() {
        let trace = trace();
        for allocator in allocators() {
            for _ in 0..3 {
                let answers = allocator.check(&trace, &|_| ());
                assert_eq!(answers, Ok(()), "{}", allocator.name);
            }
        }
    }

    #[test]
    fn every_allocator_can_be_timed_repeatedly() {
        let program = Program::new(&trace()).unwrap();
        let mut environment = TimingEnvironment::new(0, Align::Sixteen);
        for allocator in allocators() {
            let mut contender = allocator.contender();
            for _ in 0..200 {
                contender.replay(&program, &mut environment).unwrap();
            }
        }
    }

    /// Also checks the trap: a caller that zeroes from the usable size on misses exactly the bytes
    /// that calloc left.
    #[test]
    fn bytes_beyond_the_request_are_as_calloc_left_them() {
        for allocator in allocators() {
            for asked in 1..300 {
                let bonus = allocator.bonus(asked, asked + 64);
                assert!(bonus.usable >= asked, "{}: {bonus:?}", allocator.name);
                let beyond = asked..bonus.usable;
                let mut dirty = bonus.dirty_after_calloc.iter();
                assert!(dirty.all(|offset| beyond.contains(offset)), "{bonus:?}");
                assert_eq!(
                    bonus.dirty_after_growth, bonus.dirty_after_calloc,
                    "{}: {bonus:?}",
                    allocator.name
                );
            }
        }
    }

    #[test]
    fn the_allocators_are_the_known_ones_in_the_same_order() {
        let mut names: Vec<String> = allocators().into_iter().map(|one| one.name).collect();
        assert!(names.iter().all(|name| is_known(name)));
        names.retain(|name| name != C_LIBRARY_KEPT_NAME);
        if cfg!(all(feature = "all", target_os = "linux")) {
            assert_eq!(names, KNOWN)
        } else {
            assert_eq!(names, KNOWN[..1])
        }
    }
}
