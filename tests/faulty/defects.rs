//! The defective heaps.

use crate::bump::{Bump, Defect, Hooks};
use heaplab::Lab;
use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, OutOfMemory, Probe};
use heaplab_heap::{Align, BlockView, Design, HeapError, Violation, Word};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Declares heaps with a defect each: name, description, and the hooks that are not the default.
macro_rules! defects {
    ($($defect:ident($name:literal, $about:literal) { $($hooks:tt)* })*) => {
        $(
            struct $defect;
            impl Defect<Kept> for $defect {
                $($hooks)*
            }
        )*

        /// Which defect.
        #[derive(Clone, Copy, Default)]
        pub enum Kind {
            #[default]
            $($defect),*
        }

        impl Kind {
            fn hooks<P: Probe>(self) -> Hooks<P, Kept> {
                match self {
                    $(Kind::$defect => Hooks::of::<$defect>()),*
                }
            }
        }

        /// The lab with all of them.
        pub fn register(lab: Lab) -> Lab {
            let lab = lab.with::<TooLarge>();
            lab $(.with_policy($name, $about, Broken(Kind::$defect)))*
        }
    };
}

/// A heap with a defect. It is one design for all of them: the driver is compiled for it once.
#[derive(Clone, Default)]
pub struct Broken(Kind);

impl Design for Broken {
    const NAME: &'static str = "broken";
    const ABOUT: &'static str = "has a defect";
    const WORDS: &'static [Word<Self>] = &[];
    type Heap<P: Probe> = Bump<P, Kept>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Bump<P, Kept>, OutOfMemory> {
        Ok(Bump::new(arena, align, self.0.hooks()))
    }
}

/// What a defect keeps outside the machine.
#[derive(Default)]
pub struct Kept {
    was_large: bool,
    calls_by_class: [u32; 2],
    hoard: Vec<Vec<u8>>,
}

/// A heap whose struct is too large.
#[derive(Clone, Default)]
struct TooLarge;

impl Defect<[u64; 20]> for TooLarge {}

impl Design for TooLarge {
    const NAME: &'static str = "too-large";
    const ABOUT: &'static str = "keeps a table in its struct";
    const WORDS: &'static [Word<Self>] = &[];
    type Heap<P: Probe> = Bump<P, [u64; 20]>;

    fn build<P: Probe>(&self, arena: Arena<P>, align: Align) -> Result<Self::Heap<P>, OutOfMemory> {
        Ok(Bump::new(arena, align, Hooks::of::<TooLarge>()))
    }
}

/// A reply as a worker sends it, of a heap without any waste.
const FORGERY: &str = r#"{"Answer":{"ops":1,"peak_payload_bytes":1000,"heap_bytes":1000,"sbrk_calls":1,"loads":1,"stores":1}}"#;

/// Whether it was printed.
static FORGED: AtomicBool = AtomicBool::new(false);

/// How often a check builds a heap, and a little more; a timed run builds many.
const OFTEN: u32 = 8;
static LOOPS_BUILT: AtomicU32 = AtomicU32::new(0);
static SLEEPS_BUILT: AtomicU32 = AtomicU32::new(0);

/// The story's first block: freed early, while its neighbour stays live.
fn first_payload<P: Probe, X>(heap: &Bump<P, X>) -> Addr {
    heap.arena.start() + 16
}

/// A free block of this many bytes at the start of the heap.
fn free_block<P: Probe, X>(heap: &Bump<P, X>, size: u32) -> BlockView {
    BlockView { start: heap.arena.start(), size, payload: first_payload(heap), allocated: false }
}

defects! {
    Correct("correct", "nothing is wrong") {}

    Misaligned("misaligned", "one payload is 4 bytes off") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            let payload = heap.bump(size + 4, 16)?;
            Ok(if size == 200 { payload + 4 } else { payload })
        }
    }

    Outside("outside", "forgets to move the break") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            match size {
                200 => Ok(heap.arena.brk()),
                _ => heap.bump(size, 16),
            }
        }
    }

    OverlapsEnd("overlaps-end", "a payload begins inside another") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            let payload = heap.bump(size, 16)?;
            // The bump before it is a payload of 32 bytes and a header.
            Ok(if size == 200 { payload - 32 } else { payload })
        }
    }

    FirstSmall("first-small", "an empty heap refuses 32 bytes") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            let is_empty = heap.arena.brk() == heap.arena.start();
            if is_empty && size == 32 {
                return Err(HeapError::OutOfMemory);
            }
            heap.bump(size, 16)
        }
    }

    OverlapsStart("overlaps-start", "a payload ends inside another") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            match size {
                // A gap that is 8 bytes too short for ...
                16 => {
                    let gap = heap.bump(192 - 16, 16)?;
                    heap.mark_freed(gap);
                    heap.bump(16, 16)
                }
                // ... the payload that is put into it.
                200 => {
                    let gap = first_payload(heap) + 64 + 16;
                    heap.arena.store(gap - 4, 200);
                    Ok(gap)
                }
                _ => heap.bump(size, 16),
            }
        }
    }

    Encloses("encloses", "a payload has another one in its middle") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            match size {
                200 => {
                    heap.bump(size, 16)?;
                    Ok(first_payload(heap))
                }
                _ => heap.bump(size, 16),
            }
        }
    }

    Twice("twice", "hands out the same payload twice") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            match size {
                32 => Ok(first_payload(heap)),
                _ => heap.bump(size, 16),
            }
        }
    }

    Tramples("tramples", "free writes behind the block, into a block that is not touched again") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            if heap.size_of(payload) == 64 {
                let neighbour = payload + 64 + 16;
                heap.arena.store(neighbour + 4, 0xdead_beef);
            }
            Ok(())
        }
    }

    Forgets("forgets", "realloc copies too little") {
        fn realloc<P: Probe>(heap: &mut Bump<P, Kept>, from: Addr, to: Addr, kept: u32) {
            heap.arena.copy(from, to, kept - 4);
        }
    }

    Dirty("dirty", "calloc does not zero") {
        fn calloc<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr, size: u32) {
            heap.arena.store(payload + size - 4, 7);
        }
    }

    Unaligned("unaligned", "memalign knows only its own alignment") {
        fn memalign<P: Probe>(heap: &mut Bump<P, Kept>, align: u32, size: u32) -> Result<Addr, HeapError> {
            Ok(heap.bump(size + align, align)? + 16)
        }
    }

    NoMemalign("no-memalign", "does not offer memalign") {
        fn memalign<P: Probe>(_: &mut Bump<P, Kept>, _: u32, _: u32) -> Result<Addr, HeapError> {
            Err(HeapError::NotOffered)
        }
    }

    Stingy("stingy", "usable_size is less than what was asked for") {
        fn usable_size<P: Probe>(heap: &Bump<P, Kept>, payload: Addr) -> u32 {
            heap.size_of(payload) - 1
        }
    }

    Leaks("leaks", "a free of a large block does nothing") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            if heap.size_of(payload) == 200 {
                heap.arena.store(payload - 4, 200);
            }
            Ok(())
        }
    }

    CutsOff("cuts-off", "what is too much for a request stays allocated, and the program does not have it") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            let payload = heap.bump(size, 16)?;
            if size == 300 {
                heap.bump(16, 16)?;
            }
            Ok(payload)
        }
    }

    Generous("generous", "usable_size takes the padding and the next block's header along") {
        fn usable_size<P: Probe>(heap: &Bump<P, Kept>, payload: Addr) -> u32 {
            heap.size_of(payload) + 8
        }
    }

    CountsItsTag("counts-its-tag", "usable_size promises the word that says so") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            let payload = heap.bump(size + 16, 16)?;
            heap.arena.store(payload + size.next_multiple_of(8) + 4, size + 12);
            heap.arena.store(payload - 4, size);
            Ok(payload)
        }
        fn usable_size<P: Probe>(heap: &Bump<P, Kept>, payload: Addr) -> u32 {
            let size = heap.size_of(payload);
            let promised = heap.arena.load(payload + size.next_multiple_of(8) + 4);
            promised.max(size)
        }
    }

    Spills("spills", "free writes a word behind the break") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            if heap.size_of(payload) == 32 {
                heap.arena.store(heap.arena.brk(), 32);
            }
            Ok(())
        }
    }

    Follows("follows-null", "free reads the header of the block at null") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            if heap.size_of(payload) == 300 {
                heap.size_of(Addr::NULL);
            }
            Ok(())
        }
    }

    Below("below", "free links the block to a head that lies before the heap") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            let head = heap.arena.start() - 8;
            heap.arena.store_addr(head, payload);
            Ok(())
        }
    }

    GivesBack("gives-back", "free gives the last block back, and marks it free then") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            // 100 bytes are followed by 12 of padding; the header takes 16.
            if heap.size_of(payload) == 100 && payload + 112 == heap.arena.brk() {
                heap.arena.sbrk(-128)?;
                heap.arena.store(payload - 4, 0);
            }
            Ok(())
        }
    }

    Shrinks("shrinks", "free gives back more than the last block") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            if heap.size_of(payload) == 100 && payload + 112 == heap.arena.brk() {
                heap.arena.sbrk(-512)?;
            }
            Ok(())
        }
    }

    Odd("odd", "free keeps a flag in the second byte of the header") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            let flag = payload - 3;
            heap.arena.store(flag, 1);
            Ok(())
        }
    }

    Peeks("peeks", "free looks for a header behind the block, where a payload is") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            let size = heap.size_of(payload);
            if size == 64 {
                heap.size_of(payload + size + 16 + 8);
            }
            Ok(())
        }
    }

    Guesses("guesses", "malloc takes a word of new memory for a list's head") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            let payload = heap.bump(size, 16)?;
            if size == 200 {
                heap.arena.load_addr(payload - 8);
            }
            Ok(payload)
        }
    }

    Remnant("remnant", "free takes what the program left for a link") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            if heap.size_of(payload) == 32 {
                let next = heap.arena.load_addr(first_payload(heap));
                heap.arena.store_addr(payload, next);
            }
            Ok(())
        }
    }

    CopiesTooMuch("copies-too-much", "realloc copies the new size, not the old") {
        fn realloc<P: Probe>(heap: &mut Bump<P, Kept>, from: Addr, to: Addr, _kept: u32) {
            let new_size = heap.size_of(to);
            heap.arena.copy(from, to, new_size);
        }
    }

    ZeroesTooMuch("zeroes-too-much", "calloc zeroes words for bytes") {
        fn calloc<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr, size: u32) {
            heap.arena.zero(payload, 4 * size);
        }
    }

    Circles("circles", "a free list of three blocks that has no end") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            if heap.size_of(payload) != 300 {
                return Ok(());
            }
            let links = [payload, payload + 64, payload + 32];
            for (at, to) in links.into_iter().zip(links.into_iter().cycle().skip(1)) {
                heap.arena.store_addr(at, to);
            }
            let mut link = payload;
            while !link.is_null() {
                link = heap.arena.load_addr(link);
            }
            Ok(())
        }
    }

    DropsFirst("drops-first", "a realloc that fails has written to the old block") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            let old = first_payload(heap) + 64 + 16 + 16 + 16 + 32 + 16;
            if size == 300 {
                heap.arena.store(old, 0);
            }
            heap.bump(size, 16)
        }
    }

    LosesOnFailure("loses-on-failure", "a realloc that fails has freed the old block") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            heap.extra.was_large = size == 300;
            heap.bump(size, 16)
        }
        fn usable_size<P: Probe>(heap: &Bump<P, Kept>, payload: Addr) -> u32 {
            if heap.extra.was_large { 0 } else { heap.size_of(payload) }
        }
    }

    Null("null", "returns null though there is room") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            match size {
                200 => Ok(Addr::NULL),
                _ => heap.bump(size, 16),
            }
        }
    }

    Suspicious("suspicious", "refuses a good pointer") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            match heap.size_of(payload) {
                32 => Err(heaplab_heap::PointerFault::NotAllocated.at(payload)),
                _ => Ok(()),
            }
        }
    }

    Greedy("greedy", "a mebibyte for every payload") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            let payload = heap.bump(size, 16)?;
            let beside = heap.bump((1 << 20) - 16, 16)?;
            heap.mark_freed(beside);
            Ok(payload)
        }
    }

    Remembers("remembers", "a static survives from one run to the next") {
        fn build<P: Probe>(heap: &mut Bump<P, Kept>) {
            static BUILT: AtomicU32 = AtomicU32::new(0);
            let built = BUILT.fetch_add(1, Ordering::Relaxed);
            // Room for it is always there.
            if built > 0 && let Ok(payload) = heap.bump(16 * built - 16, 16) {
                heap.mark_freed(payload);
            }
        }
    }

    Inconsistent("inconsistent", "its check fails after the free of a large block") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            heap.extra.was_large |= heap.size_of(payload) == 300;
            Ok(())
        }
        fn check<P: Probe>(heap: &Bump<P, Kept>) -> Result<(), Violation> {
            if heap.extra.was_large { Err(Violation::Gap { block: first_payload(heap), size: 300 }) } else { Ok(()) }
        }
    }

    Panics("panics", "an index out of bounds in free") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            heap.extra.calls_by_class[heap.size_of(payload) as usize / 300] += 1;
            match heap.size_of(payload) {
                300 => panic!("no class for blocks of 300 bytes"),
                _ => Ok(()),
            }
        }
    }

    Recurses("recurses", "an endless recursion in free") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            if heap.size_of(payload) != 300 {
                return Ok(());
            }
            let answer = Self::free(heap, black_box(payload));
            black_box(&answer);
            answer
        }
    }

    Loops("loops", "an endless loop in free") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            while black_box(heap.size_of(payload)) == 300 {}
            Ok(())
        }
    }

    Spins("spins", "an endless loop in free that reads nothing") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            let size = heap.size_of(payload);
            while black_box(size) == 300 {}
            Ok(())
        }
    }

    Repeats("repeats", "blocks() yields the same block for ever") {
        fn block<P: Probe>(heap: &Bump<P, Kept>, _: Addr) -> Option<BlockView> {
            Some(free_block(heap, 32))
        }
    }

    PastBreak("past-break", "blocks() yields a block past the break") {
        fn block<P: Probe>(heap: &Bump<P, Kept>, _: Addr) -> Option<BlockView> {
            Some(free_block(heap, heap.arena.heap_bytes() + 16))
        }
    }

    NoBlocks("no-blocks", "blocks() yields none") {
        fn block<P: Probe>(_: &Bump<P, Kept>, _: Addr) -> Option<BlockView> {
            None
        }
    }

    BlocksPanic("blocks-panic", "blocks() panics") {
        fn block<P: Probe>(heap: &Bump<P, Kept>, _: Addr) -> Option<BlockView> {
            match heap.calls {
                0 => None,
                _ => panic!("no block there"),
            }
        }
    }

    BlocksLoop("blocks-loop", "blocks() never yields") {
        fn block<P: Probe>(heap: &Bump<P, Kept>, _: Addr) -> Option<BlockView> {
            while black_box(heap.calls) > 0 {}
            None
        }
    }

    BlocksRecurse("blocks-recurse", "blocks() overflows the stack") {
        fn block<P: Probe>(heap: &Bump<P, Kept>, start: Addr) -> Option<BlockView> {
            if heap.calls == 0 {
                return None;
            }
            let block = Self::block(heap, black_box(start));
            black_box(&block);
            block
        }
    }

    Hoards("hoards", "keeps ever more memory of the host") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            while heap.size_of(payload) == 300 {
                heap.extra.hoard.push(vec![0; 64 << 20]);
            }
            Ok(())
        }
    }

    Aborts("aborts", "ends the process") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            match heap.size_of(payload) {
                300 => std::process::abort(),
                _ => Ok(()),
            }
        }
    }

    Exits("exits", "ends the process as if all were well") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            match heap.size_of(payload) {
                300 => std::process::exit(0),
                _ => Ok(()),
            }
        }
    }

    WearsOut("wears-out", "panics when it was built often") {
        fn build<P: Probe>(_heap: &mut Bump<P, Kept>) {
            static BUILT: AtomicU32 = AtomicU32::new(0);
            // A check builds two; a timed run many more.
            assert!(BUILT.fetch_add(1, Ordering::Relaxed) < 8, "worn out");
        }
    }

    TiresOut("tires-out", "loops for ever when it was built often") {
        fn build<P: Probe>(_heap: &mut Bump<P, Kept>) {
            static BUILT: AtomicU32 = AtomicU32::new(0);
            while BUILT.fetch_add(1, Ordering::Relaxed) >= 8 {}
        }
    }

    Sleeps("sleeps", "sleeps for ever in free") {
        fn free<P: Probe>(heap: &mut Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            while heap.size_of(payload) == 300 {
                thread::sleep(Duration::from_secs(60));
            }
            Ok(())
        }
    }

    LoopsLate("loops-late", "loops for ever in a malloc of 200 bytes, when it was built often") {
        fn build<P: Probe>(_heap: &mut Bump<P, Kept>) {
            LOOPS_BUILT.fetch_add(1, Ordering::Relaxed);
        }
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            while black_box(size == 200 && LOOPS_BUILT.load(Ordering::Relaxed) > OFTEN) {}
            heap.bump(size, 16)
        }
    }

    SleepsLate("sleeps-late", "sleeps for ever in a malloc of 200 bytes, when it was built often") {
        fn build<P: Probe>(_heap: &mut Bump<P, Kept>) {
            SLEEPS_BUILT.fetch_add(1, Ordering::Relaxed);
        }
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            while size == 200 && SLEEPS_BUILT.load(Ordering::Relaxed) > OFTEN {
                thread::sleep(Duration::from_secs(60));
            }
            heap.bump(size, 16)
        }
    }

    Slow("slow", "correct, and takes 30 ms for each malloc") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(30) {}
            heap.bump(size, 16)
        }
    }

    HalfDone("half-done", "a malloc for which there is no memory clears the first block's size") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            let answer = heap.bump(size, 16);
            let first = first_payload(heap);
            if size < 1 << 20 && answer.is_err() && heap.arena.contains(first, 4) {
                heap.arena.store(first - 4, 0);
            }
            answer
        }
    }

    FillsUp("fills-up", "malloc returns NULL when the heap has more than 96 MiB") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            match heap.arena.heap_bytes() >> 20 {
                96.. => Ok(Addr::NULL),
                _ => heap.bump(size, 16),
            }
        }
    }

    Narrow("narrow", "sizes are kept in 24 bits") {
        fn usable_size<P: Probe>(heap: &Bump<P, Kept>, payload: Addr) -> u32 {
            heap.size_of(payload) & 0x00ff_ffff
        }
    }

    PageAligned("page-aligned", "memalign knows no alignment above a page") {
        fn memalign<P: Probe>(heap: &mut Bump<P, Kept>, align: u32, size: u32) -> Result<Addr, HeapError> {
            heap.bump(size, align.clamp(16, 4096))
        }
    }

    Trusting("trusting", "every multiple of 16 in the heap is a payload") {
        fn check_pointer<P: Probe>(heap: &Bump<P, Kept>, payload: Addr) -> Result<(), HeapError> {
            let is_trusted = payload >= first_payload(heap)
                && payload < heap.arena.brk()
                && payload.is_aligned_to(16);
            if is_trusted { Ok(()) } else { heap.check_pointer(payload) }
        }
    }

    Chatters("chatters", "correct, and prints while it works") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            print!("malloc({size}) ");
            if size == 200 {
                println!("on a line of its own");
                eprintln!("and to standard error");
            }
            heap.bump(size, 16)
        }
    }

    Forges("forges", "correct, and prints what would be good to be believed") {
        fn malloc<P: Probe>(heap: &mut Bump<P, Kept>, size: u32) -> Result<Addr, HeapError> {
            // Only in the first run, so that it is printed once.
            if size == 200 && !FORGED.swap(true, Ordering::Relaxed) {
                for secret in ["", "00000000000000000000000000000000"] {
                    println!("\u{1e}{secret}{FORGERY}");
                }
            }
            heap.bump(size, 16)
        }
    }
}
