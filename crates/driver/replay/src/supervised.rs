//! A heap on the checked machine under a program instead of a trace: its next request is not known.
//!
//! Every load and store of the allocator is checked before it happens, as in
//! [`check_accesses`](crate::check_accesses()), and so is every answer: aligned, inside the heap, as large as
//! asked for, sharing no byte with a live payload. What the program has in its payloads is not
//! read.

mod broken_rule;

pub use broken_rule::{BrokenRule, Near, NotBuilt};

use crate::access::Call;
use crate::check_budget::CheckBudget;
use crate::fault::Kind;
use crate::occupancy::overlapping;
use crate::scene::why;
use crate::shadow::Shadow;
use crate::written::{Overwritten, Written};
use heaplab_arena::host::Host;
use heaplab_arena::{self as arena, Addr, Arena, WORD_BYTES};
use heaplab_heap::{Align, Design, Heap, HeapError, LARGEST_REQUEST_BYTES};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Probes = (&'static Shadow, &'static Written);

/// A heap, with a check of each of its accesses.
pub struct Supervised<D: Design> {
    heap: D::Heap<Probes>,
    shadow: &'static Shadow,
    written: &'static Written,
    align: Align,
    /// The payloads that the program has, and how many bytes it asked for.
    live: BTreeMap<Addr, u32>,
    /// The payloads that it had, until their bytes are given out again.
    freed: BTreeMap<Addr, u32>,
    /// The first word that the program was found to have overwritten, and the block near it.
    suspect: Option<(Overwritten, Option<Near>)>,
    /// How many words were compared so far with what the heap stored last.
    compared: u64,
    budget: CheckBudget,
}

/// What the program gets: a payload, or none if memory ran out.
type Given = Result<Option<Addr>, BrokenRule>;

impl<D: Design> Supervised<D> {
    /// Returns an empty heap on a machine of its own, which stays in use.
    ///
    /// # Errors
    /// Why there is no empty heap.
    pub fn new(design: &D, limit_bytes: u32, align: Align) -> Result<Self, NotBuilt> {
        let shadow: &'static Shadow = Box::leak(Box::new(Shadow::new()));
        let written: &'static Written = Box::leak(Box::default());
        let settings = arena::Settings { limit_bytes, ..arena::Settings::default() };
        let arena = Arena::with(settings, (shadow, written)).map_err(NotBuilt::NoSpace)?;
        let built = guarded(shadow, Call::Build, (Addr::NULL, 0), || design.build(arena, align));
        let heap = built.map_err(|kind| NotBuilt::AtFault(kind.into()))?;
        let mut supervised = Supervised {
            heap: heap.map_err(|_| NotBuilt::NoRoom)?,
            shadow,
            written,
            align,
            live: BTreeMap::new(),
            freed: BTreeMap::new(),
            suspect: None,
            compared: 0,
            budget: CheckBudget::new(0),
        };
        supervised.written.end_call(|at| word(&supervised.heap, at));
        supervised.check_if_due().map_err(NotBuilt::AtFault)?;
        Ok(supervised)
    }

    /// Returns where the heap segment begins, and its end, the break.
    pub fn segment(&self) -> (Addr, Addr) {
        (self.heap.arena().start(), self.heap.arena().brk())
    }

    /// Returns the bytes in the heap segment at its largest.
    pub fn heap_bytes(&self) -> u32 {
        self.heap.arena().high_water_bytes()
    }

    /// Returns the heap limit in bytes.
    pub fn limit_bytes(&self) -> u32 {
        self.heap.arena().limit_bytes()
    }

    /// Returns bytes of the machine for the program; none if they are not all in the machine.
    pub fn payload_mut(&mut self, addr: Addr, size: u32) -> Option<&mut [u8]> {
        self.heap.arena_mut().payload_mut(addr, size)
    }

    /// Returns loads and stores so far; a copy counts as one.
    pub fn accesses(&self) -> u64 {
        self.shadow.steps()
    }

    /// Calls `malloc(size)`, of at least a byte.
    ///
    /// # Errors
    /// If the heap breaks a rule.
    pub fn malloc(&mut self, size: u32) -> Given {
        let answer = self.checked_malloc(size);
        answer.map_err(|broken_rule| self.blame(broken_rule))
    }

    fn checked_malloc(&mut self, size: u32) -> Given {
        let call = Call::Malloc { size };
        let answer = self.call(call, (Addr::NULL, 0), |heap| heap.malloc(size))?;
        self.given(answer, size, self.align.bytes())
    }

    /// Calls `calloc(1, size)`.
    ///
    /// # Errors
    /// If the heap breaks a rule.
    pub fn calloc(&mut self, size: u32) -> Given {
        let answer = self.checked_calloc(size);
        answer.map_err(|broken_rule| self.blame(broken_rule))
    }

    fn checked_calloc(&mut self, size: u32) -> Given {
        let call = Call::Calloc { size };
        let answer = self.call(call, (Addr::NULL, 0), |heap| heap.calloc(1, size))?;
        let given = self.given(answer, size, self.align.bytes())?;
        if let Some(addr) = given {
            let payload = self.heap.arena().payload(addr, size).unwrap_or_default();
            if let Some(offset) = payload.iter().position(|&byte| byte != 0) {
                let found = payload[offset];
                return Err(Kind::NotZeroed { addr, offset, found }.into());
            }
        }
        Ok(given)
    }

    /// Calls `memalign(align_bytes, size)`.
    ///
    /// # Errors
    /// If the heap breaks a rule.
    pub fn memalign(&mut self, align_bytes: u32, size: u32) -> Given {
        let answer = self.checked_memalign(align_bytes, size);
        answer.map_err(|broken_rule| self.blame(broken_rule))
    }

    fn checked_memalign(&mut self, align_bytes: u32, size: u32) -> Given {
        let call = Call::Memalign { align_bytes, size };
        let answer = self.call(call, (Addr::NULL, 0), |heap| heap.memalign(align_bytes, size))?;
        self.given(answer, size, align_bytes.max(self.align.bytes()))
    }

    /// Calls `realloc(payload, size)`, to at least a byte.
    ///
    /// # Errors
    /// If the heap breaks a rule, or the program has no block there.
    pub fn realloc(&mut self, payload: Addr, size: u32) -> Given {
        let answer = self.checked_realloc(payload, size);
        answer.map_err(|broken_rule| self.blame(broken_rule))
    }

    fn checked_realloc(&mut self, payload: Addr, size: u32) -> Given {
        let old = *self.live.get(&payload).ok_or(BrokenRule::ByProgram)?;
        let in_play = (payload, self.usable_bytes(payload)?.max(old));
        let call = Call::Realloc { payload, size };
        let answer = self.call(call, in_play, |heap| heap.realloc(payload, size))?;
        if answer == Err(HeapError::OutOfMemory) {
            return self.given(answer, size, self.align.bytes());
        }
        self.let_go(payload);
        self.given(answer, size, self.align.bytes())
    }

    /// Calls `free(payload)`.
    ///
    /// # Errors
    /// If the heap breaks a rule, or the program has no block there.
    pub fn free(&mut self, payload: Addr) -> Result<(), BrokenRule> {
        let answer = self.checked_free(payload);
        answer.map_err(|broken_rule| self.blame(broken_rule))
    }

    fn checked_free(&mut self, payload: Addr) -> Result<(), BrokenRule> {
        if !self.live.contains_key(&payload) {
            return Err(BrokenRule::ByProgram);
        }
        self.let_go(payload);
        let call = Call::Free { payload };
        let answer = self.call(call, (Addr::NULL, 0), |heap| heap.free(payload))?;
        answer.map_err(Kind::Refused)?;
        self.check_if_due()
    }

    /// Returns the bytes of a block that the program may use.
    ///
    /// # Errors
    /// If the heap breaks a rule, or the program has no block there.
    pub fn usable_bytes(&self, payload: Addr) -> Result<u32, BrokenRule> {
        if !self.live.contains_key(&payload) {
            return Err(BrokenRule::ByProgram);
        }
        Ok(self.usable_size(payload)?.map_err(Kind::Refused)?)
    }

    fn usable_size(&self, payload: Addr) -> Result<Result<u32, HeapError>, Kind> {
        let call = Call::UsableSize { payload };
        guarded(self.shadow, call, (Addr::NULL, 0), || self.heap.usable_size(payload))
    }

    fn call<T>(
        &mut self,
        call: Call,
        in_play: (Addr, u32),
        work: impl FnOnce(&mut D::Heap<Probes>) -> T,
    ) -> Result<T, Kind> {
        self.compare_if_due();
        let heap = &mut self.heap;
        let answer = guarded(self.shadow, call, in_play, || work(heap))?;
        self.written.end_call(|at| word(&self.heap, at));
        Ok(answer)
    }

    /// Returns whose fault it is if the heap seems to be at fault: the program's, if a word of the
    /// heap's own is not what the heap stored there.
    fn blame(&self, broken_rule: BrokenRule) -> BrokenRule {
        if broken_rule == BrokenRule::ByProgram {
            return broken_rule;
        }
        let overwritten = self.written.overwritten(|at| word(&self.heap, at));
        let overwritten = overwritten.map(|word| (word, self.near(word.at)));
        match overwritten.or(self.suspect) {
            None => broken_rule,
            Some((word, block)) => {
                BrokenRule::Overwrite { word, block, then: Box::new(broken_rule) }
            }
        }
    }

    /// Compares all words of the heap's own before a call, so that the heap has not yet stored over
    /// the program's writes; as often as this costs no more than the calls do.
    fn compare_if_due(&mut self) {
        let words = self.written.words();
        let due = FREE_COMPARISONS + COMPARISONS_A_STEP * self.shadow.steps();
        if self.suspect.is_none() && self.compared + words <= due {
            self.compared += words;
            let found = self.written.overwritten(|at| word(&self.heap, at));
            self.suspect = found.map(|word| (word, self.near(word.at)));
        }
    }

    /// Returns the freed block around an address, or the live one before it.
    fn near(&self, at: Addr) -> Option<Near> {
        let last = |blocks: &BTreeMap<Addr, u32>| {
            let block = blocks.range(..=at).next_back();
            block.map(|(&payload, &size)| (payload, size))
        };
        let near = |is_live| move |(payload, size)| Near { payload, size, is_live };
        // A free block's links may take more than the request.
        let freed =
            last(&self.freed).filter(|&(payload, size)| at - payload < size.max(LINKS_BYTES));
        freed.map(near(false)).or_else(|| last(&self.live).map(near(true)))
    }

    /// Checks an answer, and notes what the program has now.
    fn given(&mut self, answer: Result<Addr, HeapError>, size: u32, align_bytes: u32) -> Given {
        let addr = match answer {
            Ok(addr) => addr,
            Err(HeapError::OutOfMemory) => return self.refused(size, align_bytes),
            Err(error) => return Err(Kind::Refused(error).into()),
        };
        if addr.is_null() {
            return Err(Kind::Null.into());
        }
        if !addr.is_aligned_to(align_bytes) {
            return Err(Kind::Misaligned { addr, align_bytes }.into());
        }
        let arena = self.heap.arena();
        if !arena.contains(addr, size) {
            let (start, end) = (arena.start(), arena.brk());
            return Err(Kind::OutsideHeap { addr, size, start, end }.into());
        }
        if let Some(other) = overlapping(&self.live, addr, size) {
            return Err(BrokenRule::Overlap((addr, size), other));
        }
        let usable = match self.usable_size(addr)? {
            Ok(usable) if usable >= size => usable,
            answer => return Err(Kind::UsableSize { addr, answer, size }.into()),
        };
        self.shadow.hold(addr, size);
        let changed = self.written.hold(addr, usable, |at| word(&self.heap, at));
        if let (Some(word), None) = (changed, self.suspect) {
            self.suspect = Some((word, self.near(word.at)));
        }
        self.live.insert(addr, size);
        self.forget_freed(addr, size);
        self.check_if_due()?;
        Ok(Some(addr))
    }

    /// Checks a failed call: the machine must have refused memory, or have too little for `size`.
    fn refused(&self, size: u32, align_bytes: u32) -> Given {
        let arena = self.heap.arena();
        let most = arena.limit_bytes().min(LARGEST_REQUEST_BYTES);
        let asked = u64::from(size) + u64::from(align_bytes);
        if self.shadow.was_refused() || asked > u64::from(most) {
            return Ok(None);
        }
        Err(BrokenRule::ByHeap(Kind::OutOfMemory {
            size,
            heap_bytes: arena.heap_bytes(),
            limit_bytes: arena.limit_bytes(),
            live_bytes: self.live.values().map(|&bytes| u64::from(bytes)).sum(),
        }))
    }

    fn let_go(&mut self, payload: Addr) {
        if let Some(size) = self.live.remove(&payload) {
            self.shadow.let_go(payload, size);
            self.freed.insert(payload, size);
        }
    }

    /// Forgets freed blocks with any of these bytes, which are another block's now.
    fn forget_freed(&mut self, addr: Addr, size: u32) {
        while let Some((other, _)) = overlapping(&self.freed, addr, size) {
            self.freed.remove(&other);
        }
    }

    /// Calls the heap's own `check`, as often as it takes at most two thirds of the time.
    fn check_if_due(&mut self) -> Result<(), BrokenRule> {
        let before = self.shadow.steps();
        if !self.budget.allows(before) {
            return Ok(());
        }
        let call = (Call::Check, (Addr::NULL, 0));
        let answer = guarded(self.shadow, call.0, call.1, || self.heap.check())?;
        self.budget.pay(self.shadow.steps() - before);
        answer.map_err(|violation| Kind::Check(violation).into())
    }
}

/// How many words are compared whatever the calls cost, and how many for each of their loads and
/// stores.
const FREE_COMPARISONS: u64 = 100_000;
/// See [`FREE_COMPARISONS`].
const COMPARISONS_A_STEP: u64 = 8;

/// Two links, as free blocks have them.
const LINKS_BYTES: u32 = 2 * WORD_BYTES;

/// Returns the word in memory without a probe; 0 outside the machine.
fn word(heap: &impl Heap, at: Addr) -> u32 {
    let bytes = heap.arena().payload(at, WORD_BYTES);
    let bytes = bytes.and_then(|bytes| bytes.first_chunk());
    bytes.map_or(0, |&bytes| u32::from_le_bytes(bytes))
}

/// Runs a call of the allocator. If the shadow stops it, the reason is the error.
fn guarded<T>(
    shadow: &Shadow,
    call: Call,
    in_play: (Addr, u32),
    work: impl FnOnce() -> T,
) -> Result<T, Kind> {
    shadow.begin(call, in_play);
    let answer = catch_unwind(AssertUnwindSafe(work));
    shadow.end();
    answer.map_err(|unwound| why(unwound, shadow, |_| None))
}
