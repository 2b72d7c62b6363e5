//! Checks every answer of an allocator. The rules are those for simulated heaps
//! ([`Rule`](heaplab_replay::Rule)), as far as they can be checked from outside: where blocks are,
//! and what they contain.

use heaplab_host::c_api::HostMemory;
use heaplab_replay::{LiveBlock, LiveBlocks, Pattern};
use heaplab_trace::{Id, Op, Trace};
use std::fmt;

/// Runs `trace` on a subject and checks every answer: aligned, overlapping no other block, as large
/// as requested, and still containing what was written into it. Calls `watch` before each
/// operation, and before each block that is live at the end is freed.
///
/// # Errors
/// The first wrong answer.
pub(crate) fn check<S: HostMemory>(
    subject: S,
    trace: &Trace,
    watch: &dyn Fn(usize),
) -> Result<(), Wrong> {
    let mut run =
        Run { subject, live: LiveBlocks::new(trace), ptrs: vec![S::NULL; trace.ids() as usize] };
    for (op_index, &op) in trace.ops().iter().enumerate() {
        watch(op_index);
        let wrong = |what| Wrong { op_index, what };
        run.step(op).map_err(wrong)?;
    }
    let end = trace.ops().len().saturating_sub(1);
    for id in (0..trace.ids()).map(Id) {
        if run.live.of(id).is_some() {
            watch(end);
            let wrong = |what| Wrong { op_index: end, what };
            run.free(id).map_err(wrong)?;
        }
    }
    Ok(())
}

/// A wrong answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The index of the operation after which it was noticed.
    pub op_index: usize,
    /// What is wrong with it.
    pub what: What,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// No block for this many bytes.
    Null(u32),
    /// The allocator has no call for a block of a given alignment.
    NoMemalign,
    /// A block at an address that is not a multiple of this.
    Misaligned(usize),
    /// A block that shares bytes with this id's.
    Overlap(Id),
    /// Fewer usable bytes than requested: usable bytes, requested bytes.
    TooSmall(u32, u32),
    /// A byte of a live block changed: the block's id, and the byte's offset.
    Trampled(Id, usize),
    /// realloc lost the byte at this offset.
    Lost(usize),
    /// calloc left the byte at this offset.
    NotZeroed(usize),
}

impl What {
    /// Returns a stable name, the same as for simulated heaps.
    pub fn code(self) -> &'static str {
        match self {
            What::Null(_) => "null",
            What::NoMemalign => "no-memalign",
            What::Misaligned(_) => "misaligned",
            What::Overlap(_) => "overlap",
            What::TooSmall(..) => "usable-size",
            What::Trampled(..) => "trampled",
            What::Lost(_) => "lost-by-realloc",
            What::NotZeroed(_) => "not-zeroed",
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Null(size) => write!(f, "no memory for {size} bytes"),
            What::NoMemalign => write!(
                f,
                "it defines none of {}, but this operation needs one of them",
                crate::library::ALIGNED_NAMES.join(", ")
            ),
            What::Misaligned(align) => write!(f, "the payload is not aligned to {align} bytes"),
            What::Overlap(id) => write!(f, "the payload overlaps that of id {}", id.0),
            What::TooSmall(usable, size) => {
                write!(f, "{usable} bytes are usable, but {size} were requested")
            }
            What::Trampled(id, offset) => {
                write!(f, "byte {offset} of the payload of id {} has changed", id.0)
            }
            What::Lost(offset) => write!(f, "realloc lost byte {offset} of the payload"),
            What::NotZeroed(offset) => write!(f, "calloc did not set byte {offset} to zero"),
        }
    }
}

struct Run<S: HostMemory> {
    subject: S,
    /// The live blocks of the ids, by address.
    live: LiveBlocks<usize>,
    /// The last pointer of each id.
    ptrs: Vec<S::Ptr>,
}

impl<S: HostMemory> Run<S> {
    fn step(&mut self, op: Op) -> Result<(), What> {
        match op {
            Op::Malloc { id, size } => {
                let ptr = self.subject.malloc(size);
                self.hold(id, ptr, size, natural_align(size), None)
            }
            Op::Calloc { id, size } => {
                let ptr = self.subject.calloc(size);
                if !S::place(ptr).is_null() {
                    let payload = self.subject.payload_mut(ptr, size);
                    if let Some(offset) = payload.iter().position(|&byte| byte != 0) {
                        return Err(What::NotZeroed(offset));
                    }
                }
                self.hold(id, ptr, size, natural_align(size), None)
            }
            Op::Memalign { id, align_log2, size } => {
                if !self.subject.has_memalign() {
                    return Err(What::NoMemalign);
                }
                let align = 1u32 << align_log2;
                let ptr = self.subject.memalign(align, size);
                self.hold(id, ptr, size, align as usize, None)
            }
            Op::Realloc { id, size } => self.realloc(id, size),
            Op::Free { id } => self.free(id),
            Op::FreeNull => {
                self.subject.free(S::NULL);
                Ok(())
            }
            Op::Write { id, .. } => match self.live.of(id) {
                Some(block) => self.read(id, block),
                None => Ok(()),
            },
        }
    }

    fn realloc(&mut self, id: Id, size: u32) -> Result<(), What> {
        let Some(old) = self.live.of(id) else {
            let ptr = self.subject.realloc(S::NULL, size);
            return self.hold(id, ptr, size, natural_align(size), None);
        };
        self.read(id, old)?;
        self.live.let_go(id);
        let ptr = self.subject.realloc(self.ptrs[id.index()], size);
        if size == 0 {
            return Ok(());
        }
        let kept = old.size.min(size);
        if !S::place(ptr).is_null()
            && let Some(offset) = old.pattern.first_difference(self.subject.payload_mut(ptr, kept))
        {
            return Err(What::Lost(offset));
        }
        // The added bytes continue the same pattern.
        let written = Some((old.pattern, kept as usize));
        self.hold(id, ptr, size, natural_align(size), written)
    }

    fn free(&mut self, id: Id) -> Result<(), What> {
        match self.live.of(id) {
            Some(block) => {
                self.read(id, block)?;
                self.live.let_go(id);
                self.subject.free(self.ptrs[id.index()]);
            }
            None => self.subject.free(S::NULL),
        }
        Ok(())
    }

    /// Checks a new block, and fills in its pattern from where `written` ends, or all of it.
    fn hold(
        &mut self,
        id: Id,
        ptr: S::Ptr,
        size: u32,
        align: usize,
        written: Option<(Pattern, usize)>,
    ) -> Result<(), What> {
        let place = S::place(ptr);
        if place.is_null() {
            // malloc(0) may return null; the id then holds an empty block.
            return match size {
                0 => Ok(()),
                _ => Err(What::Null(size)),
            };
        }
        if !place.addr().is_multiple_of(align) {
            return Err(What::Misaligned(align));
        }
        let usable = self.subject.usable_bytes(ptr);
        if usable < size {
            return Err(What::TooSmall(usable, size));
        }
        let addr = place.addr();
        let overlapping = self.live.overlapping(addr, size);
        if let Some((other, _)) = overlapping.iter().max_by_key(|(_, block)| block.addr) {
            return Err(What::Overlap(*other));
        }
        let (pattern, from) = written.unwrap_or_else(|| (self.live.next_pattern(id), 0));
        pattern.fill(self.subject.payload_mut(ptr, size), from);
        self.ptrs[id.index()] = ptr;
        let block = LiveBlock { addr, size, usable_bytes: size, pattern, ..LiveBlock::default() };
        self.live.hold(id, block);
        Ok(())
    }

    /// Checks that a block still contains what was written into it.
    fn read(&mut self, id: Id, block: LiveBlock<usize>) -> Result<(), What> {
        let payload = self.subject.payload_mut(self.ptrs[id.index()], block.size);
        match block.pattern.first_difference(payload) {
            Some(offset) => Err(What::Trampled(id, offset)),
            None => Ok(()),
        }
    }
}

/// Returns the alignment that C requires of malloc: that of any object that fits, at most 16.
fn natural_align(size: u32) -> usize {
    match size {
        16.. => 16,
        8..=15 => 8,
        4..=7 => 4,
        2..=3 => 2,
        0..=1 => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_host::c_api::payload_at;
    use heaplab_replay::{Payloads, Subject};
    use heaplab_trace::Weight;
    use std::ptr;

    /// What is wrong with an allocator that otherwise gives out new bytes each time.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Mistake {
        None,
        /// The third block is null.
        GivesUp,
        /// Blocks begin 8 bytes into a granule.
        Misaligns,
        /// The third block is the second one again.
        GivesTwice,
        /// It reports one usable byte too few.
        SaysLess,
        /// It writes outside its block, into the block before.
        Tramples,
        /// realloc copies one byte too few.
        CopiesLess,
        /// calloc does not set zeros.
        ZeroesNothing,
    }

    struct Mistaken {
        mistake: Mistake,
        memory: Vec<u128>,
        used: usize,
        /// Each block's address and size.
        blocks: Vec<(*mut u8, u32)>,
    }

    impl Mistaken {
        fn new(mistake: Mistake) -> Mistaken {
            let dirty = u128::from_le_bytes([0xee; 16]);
            Mistaken { mistake, memory: vec![dirty; 1 << 12], used: 0, blocks: Vec::new() }
        }

        fn bytes_of(&self, ptr: *mut u8) -> u32 {
            let mut blocks = self.blocks.iter().rev();
            blocks.find(|&&(at, _)| at == ptr).map_or(0, |&(_, size)| size)
        }
    }

    impl Subject for Mistaken {
        type Ptr = *mut u8;
        const NULL: *mut u8 = ptr::null_mut();

        fn malloc(&mut self, size: u32) -> *mut u8 {
            let is_third = self.blocks.len() == 2;
            let skipped = usize::from(self.mistake == Mistake::Misaligns) * 8;
            let ptr = match self.mistake {
                Mistake::GivesUp if is_third => return ptr::null_mut(),
                Mistake::GivesTwice if is_third => self.blocks[1].0,
                _ => self.memory.as_mut_ptr().cast::<u8>().wrapping_add(self.used + skipped),
            };
            self.used += (size as usize + skipped).next_multiple_of(16);
            if self.mistake == Mistake::Tramples && is_third {
                // SAFETY: the block before is in `memory`, too.
                unsafe { *self.blocks[1].0 = 0 };
            }
            self.blocks.push((ptr, size));
            ptr
        }

        fn free(&mut self, _: *mut u8) {}

        fn realloc(&mut self, old: *mut u8, size: u32) -> *mut u8 {
            let kept = self.bytes_of(old).min(size) as usize;
            let ptr = self.malloc(size);
            let copied = match self.mistake {
                Mistake::CopiesLess => kept.saturating_sub(1),
                _ => kept,
            };
            // SAFETY: both are in `memory`, and the new one is behind the old one.
            unsafe { ptr::copy_nonoverlapping(old, ptr, copied) };
            ptr
        }

        fn calloc(&mut self, size: u32) -> *mut u8 {
            let ptr = self.malloc(size);
            if self.mistake != Mistake::ZeroesNothing {
                // SAFETY: it is in `memory`.
                unsafe { ptr.write_bytes(0, size as usize) };
            }
            ptr
        }

        fn memalign(&mut self, _: u32, size: u32) -> *mut u8 {
            self.malloc(size)
        }
    }

    impl Payloads for Mistaken {
        fn usable_bytes(&self, ptr: *mut u8) -> u32 {
            let less = u32::from(self.mistake == Mistake::SaysLess);
            self.bytes_of(ptr) - less
        }

        fn payload_mut(&mut self, ptr: *mut u8, size: u32) -> &mut [u8] {
            // SAFETY: a block of `memory`; the slice borrows `self`.
            unsafe { payload_at::<Self>(ptr, size) }
        }
    }

    // SAFETY: blocks are in `memory`, which lives as long. Where two share bytes,
    // the check sees it before it looks at either again.
    unsafe impl HostMemory for Mistaken {
        fn place(ptr: *mut u8) -> *mut u8 {
            ptr
        }
    }

    #[test]
    fn every_kind_of_wrong_answer_is_found_at_its_operation() {
        let id = Id;
        let ops = vec![
            Op::Malloc { id: id(0), size: 40 },
            Op::Malloc { id: id(1), size: 20 },
            Op::Malloc { id: id(2), size: 32 },
            Op::Realloc { id: id(0), size: 60 },
            Op::Calloc { id: id(3), size: 24 },
            Op::Free { id: id(1) },
        ];
        let trace = Trace::from_ops("test", Weight::Both, ops).unwrap();
        let answers = |mistake| check(Mistaken::new(mistake), &trace, &|_| ());
        let wrong = |op_index, what| Err(Wrong { op_index, what });
        assert_eq!(answers(Mistake::None), Ok(()));
        assert_eq!(answers(Mistake::GivesUp), wrong(2, What::Null(32)));
        assert_eq!(answers(Mistake::Misaligns), wrong(0, What::Misaligned(16)));
        assert_eq!(answers(Mistake::GivesTwice), wrong(2, What::Overlap(id(1))));
        assert_eq!(answers(Mistake::SaysLess), wrong(0, What::TooSmall(39, 40)));
        assert_eq!(answers(Mistake::Tramples), wrong(5, What::Trampled(id(1), 0)));
        assert_eq!(answers(Mistake::CopiesLess), wrong(3, What::Lost(39)));
        assert_eq!(answers(Mistake::ZeroesNothing), wrong(4, What::NotZeroed(0)));
    }
}
