//! `check` proves itself: each invariant is broken on purpose in a sound heap,
//! and `check` has to name it.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

use heaplab_arena::{Addr, Arena, Silent, WORD_BYTES};
use heaplab_explicit as explicit;
use heaplab_heap::{
    Adjacency, Align, Block, BlockView, Design, Footers, Heap, HeapError, Layout, Listed, Prologue,
    Tag, Violation, check_free_blocks_are_listed, parse_policy,
};
use heaplab_implicit as implicit;
use heaplab_segregated as segregated;
use heaplab_tests::designs::heap;

const ALIGN: Align = Align::Eight;

/// Too large for the quick lists of segregated fits.
const PAYLOAD_BYTES: u32 = 1200;

/// A heap with allocated blocks `a`, `b`, `c`, `d`, `e`, of which `b` and `d`
/// were then freed.
struct Sample<H> {
    heap: H,
    a: Block,
    b: Block,
    c: Block,
    d: Block,
}

fn sample<D: Design>(words: &str) -> Sample<D::Heap<Silent>> {
    let design: D = parse_policy(words).unwrap();
    let mut heap = heap(&design, ALIGN);
    let [a, b, c, d, _] = [(); 5].map(|()| heap.malloc(PAYLOAD_BYTES).unwrap());
    heap.free(b).unwrap();
    heap.free(d).unwrap();
    heap.check().unwrap();
    let [a, b, c, d] = [a, b, c, d].map(Block::at);
    Sample { heap, a, b, c, d }
}

impl<H: Heap> Sample<H> {
    fn arena(&mut self) -> &mut Arena<H::Probe> {
        self.heap.arena_mut()
    }

    fn tag(&self, block: Block) -> Tag {
        block.header(self.heap.arena())
    }

    /// Asserts that `check` now says what `expected` says.
    fn shows(&self, expected: Violation) {
        assert_eq!(self.heap.check(), Err(expected));
    }

    /// Makes `b` follow `a` on a list whose links are the payload's first words.
    fn join(&mut self, a: Addr, b: Addr) {
        self.arena().store_addr(a, b);
        self.arena().store_addr(b + WORD_BYTES, a);
    }

    /// The list that a free block is on.
    fn list(&self, block: Addr) -> u32 {
        let mut lists = self.heap.free_lists();
        lists.find(|entry| entry.payload == block).unwrap().list
    }

    fn next_free(&self, block: Addr) -> Addr {
        self.heap.arena().load_addr(block)
    }

    fn prev_free(&self, block: Addr) -> Addr {
        self.heap.arena().load_addr(block + WORD_BYTES)
    }
}

#[test]
fn i1_a_block_that_reaches_past_the_heap() {
    fn test<D: Design>(words: &str) {
        let mut sample = sample::<D>(words);
        let (block, tag) = (sample.c, sample.tag(sample.c).with_size(1 << 20));
        block.set_header(sample.arena(), tag);
        sample.shows(Violation::Gap {
            block: block.payload(),
            size: 1 << 20,
        });
    }
    test::<implicit::Policy>("textbook");
    test::<implicit::Policy>("elided");
    test::<explicit::Policy>("");
    test::<segregated::Policy>("");
}

#[test]
fn i2_a_size_that_is_too_small_or_no_multiple() {
    fn test<D: Design>(words: &str, size: u32, minimum: u32) {
        let mut sample = sample::<D>(words);
        let (block, tag) = (sample.c, sample.tag(sample.c).with_size(size));
        block.set_header(sample.arena(), tag);
        sample.shows(Violation::Size {
            block: block.payload(),
            size,
            minimum,
        });
    }
    for size in [0, 8] {
        test::<implicit::Policy>("textbook", size, 16);
        test::<explicit::Policy>("", size, 16);
        test::<segregated::Policy>("", size, 16);
    }
    test::<implicit::Policy>("elided", 0, 8);
    // 24 is a multiple of 8 and not of 16.
    let mut heap = heap(&segregated::Policy::default(), Align::Sixteen);
    let block = Block::at(heap.malloc(64).unwrap());
    let tag = block.header(heap.arena()).with_size(24);
    block.set_header(heap.arena_mut(), tag);
    let violation = Violation::Size {
        block: block.payload(),
        size: 24,
        minimum: 16,
    };
    assert_eq!(heap.check(), Err(violation));
}

#[test]
fn i3_a_footer_that_differs_from_the_header() {
    fn test<D: Design>(words: &str, pick: fn(&Sample<D::Heap<Silent>>) -> Block) {
        let mut sample = sample::<D>(words);
        let block = pick(&sample);
        let header = sample.tag(block);
        let footer = header.with_size(header.size() + 8);
        sample
            .arena()
            .store(block.footer_addr(header.size()), footer.to_word());
        sample.shows(Violation::Footer {
            block: block.payload(),
            header,
            footer,
        });
    }
    test::<implicit::Policy>("textbook", |sample| sample.a);
    test::<explicit::Policy>("", |sample| sample.c);
    test::<implicit::Policy>("elided", |sample| sample.b);
    test::<segregated::Policy>("", |sample| sample.b);
}

#[test]
fn i4_a_header_that_is_wrong_about_the_block_before() {
    fn test<D: Design>(words: &str) {
        for says in [true, false] {
            let mut sample = sample::<D>(words);
            // `b` follows `a`, which is allocated; `c` follows `b`, which is free.
            let block = if says { sample.c } else { sample.b };
            block.set_prev_allocated(sample.arena(), says);
            sample.shows(Violation::PrevAllocated {
                block: block.payload(),
                says,
            });
        }
    }
    test::<implicit::Policy>("elided");
    test::<segregated::Policy>("");
}

#[test]
fn i5_adjacent_free_blocks() {
    fn test<D: Design>(words: &str) {
        let mut sample = sample::<D>(words);
        let (a, tag) = (sample.a, sample.tag(sample.a));
        let freed = Tag::free(tag.size()).with_prev_allocated(tag.is_prev_allocated());
        a.set_tags(sample.arena(), freed);
        let b = sample.b;
        if tag.is_prev_allocated() {
            b.set_prev_allocated(sample.arena(), false);
        }
        sample.shows(Violation::Uncoalesced { block: a.payload() });
    }
    test::<implicit::Policy>("textbook");
    test::<implicit::Policy>("elided");
    test::<explicit::Policy>("");
    test::<segregated::Policy>("");
}

/// By I2 one block's alignment follows from the one before it, so only the
/// first can be misaligned: in a design that starts its blocks at the wrong
/// place.
#[test]
fn i6_a_heap_that_starts_its_blocks_at_the_wrong_place() {
    let mut arena = Arena::new().unwrap();
    let start = arena.sbrk(4096).unwrap();
    let layout = Layout {
        first: Block::at(start + 12),
        align: ALIGN,
        minimum_block_bytes: 16,
        footers: Footers::Kept,
        adjacency: Adjacency::Coalesced,
        prologue: Prologue::None,
    };
    layout.first.set_tags(&mut arena, Tag::free(4080));
    let violation = Violation::Misaligned {
        block: start + 12,
        align_bytes: 8,
    };
    assert_eq!(layout.check(&arena), Err(violation));
}

#[test]
fn i7_an_overwritten_prologue() {
    fn test<D: Design>(prologue: u32, size: u32) {
        for at in [prologue, prologue + size - 4] {
            let mut sample = sample::<D>("");
            let start = sample.heap.arena().start();
            sample.arena().store(start + at, 0);
            sample.shows(Violation::Prologue {
                at: start + prologue,
            });
        }
    }
    test::<implicit::Policy>(4, 8);
    test::<explicit::Policy>(12, 16);
}

#[test]
fn i7_an_overwritten_epilogue() {
    fn test<D: Design>(words: &str) {
        let mut sample = sample::<D>(words);
        let at = sample.heap.arena().brk() - WORD_BYTES;
        let found = Tag::allocated(8);
        sample.arena().store(at, found.to_word());
        sample.shows(Violation::Epilogue { at, found });
    }
    test::<implicit::Policy>("textbook");
    test::<implicit::Policy>("elided");
    test::<explicit::Policy>("");
    test::<segregated::Policy>("");
}

#[test]
fn i8_a_free_block_on_no_list() {
    fn test<D: Design>() {
        let mut sample = sample::<D>("");
        let b = sample.b.payload();
        let (before, after) = (sample.prev_free(b), sample.next_free(b));
        sample.join(before, after);
        sample.shows(Violation::NotListed { block: b });
    }
    test::<explicit::Policy>();
    // Freed last, `d` heads its class: `b` is behind it.
    test::<segregated::Policy>();
}

#[test]
fn i8_an_allocated_block_on_a_list() {
    fn test<D: Design>() {
        let mut sample = sample::<D>("");
        let (b, c) = (sample.b.payload(), sample.c.payload());
        let (list, after) = (sample.list(b), sample.next_free(b));
        sample.join(b, c);
        sample.join(c, after);
        sample.shows(Violation::NotAFreeBlock { list, block: c });
    }
    test::<explicit::Policy>();
    test::<segregated::Policy>();
}

/// On a list with mutual links nothing can be twice (I9), but there are designs
/// with one link a block.
#[test]
fn i8_a_block_listed_twice() {
    struct Scripted(Arena);
    impl Heap for Scripted {
        type Probe = Silent;
        fn malloc(&mut self, _: u32) -> Result<Addr, HeapError> {
            Err(HeapError::OutOfMemory)
        }
        fn free(&mut self, _: Addr) -> Result<(), HeapError> {
            Ok(())
        }
        fn usable_size(&self, _: Addr) -> Result<u32, HeapError> {
            Ok(0)
        }
        fn check(&self) -> Result<(), Violation> {
            check_free_blocks_are_listed(self)
        }
        fn blocks(&self) -> impl Iterator<Item = BlockView> + '_ {
            let start = self.0.start();
            let block = BlockView {
                start,
                size: 16,
                payload: start + 4,
                allocated: false,
            };
            std::iter::once(block)
        }
        fn free_lists(&self) -> impl Iterator<Item = Listed> + '_ {
            let payload = self.0.start() + 4;
            [0, 1].into_iter().map(move |list| Listed { list, payload })
        }
        fn arena(&self) -> &Arena {
            &self.0
        }
        fn arena_mut(&mut self) -> &mut Arena {
            &mut self.0
        }
        fn into_arena(self) -> Arena {
            self.0
        }
    }
    let heap = Scripted(Arena::new().unwrap());
    let block = heap.arena().start() + 4;
    assert_eq!(heap.check(), Err(Violation::ListedTwice { block }));
}

#[test]
fn i9_links_that_are_not_mutual() {
    fn test<D: Design>() {
        let mut sample = sample::<D>("");
        let (b, d) = (sample.b.payload(), sample.d.payload());
        assert_eq!(sample.next_free(d), b, "last in, first out");
        sample.arena().store_addr(b + WORD_BYTES, b);
        let violation = sample.heap.check().unwrap_err();
        assert!(
            matches!(violation, Violation::Link { block, next, .. } if block == d && next == b),
            "{violation}"
        );
    }
    test::<explicit::Policy>();
    test::<segregated::Policy>();
}

/// A cycle can't have mutual links and lead back to the head as well.
#[test]
fn i9_a_cycle() {
    fn test<D: Design>() {
        let mut sample = sample::<D>("");
        let (b, d) = (sample.b.payload(), sample.d.payload());
        sample.arena().store_addr(b, d);
        let violation = sample.heap.check().unwrap_err();
        assert!(
            matches!(violation, Violation::Link { block, next, .. } if block == b && next == d),
            "{violation}"
        );
        assert!(sample.heap.free_lists().count() < 1000, "the walk ends");
    }
    test::<explicit::Policy>();
    test::<segregated::Policy>();
}

#[test]
fn i10_a_block_on_the_list_of_another_class() {
    let mut sample = sample::<segregated::Policy>("");
    let mut freed = |size| {
        let payload = sample.heap.malloc(size).unwrap();
        sample.heap.malloc(9000).unwrap(); // fits nowhere but behind it
        sample.heap.free(payload).unwrap();
        payload
    };
    let (small, large) = (freed(2000), freed(4000));
    let (small_list, large_list) = (sample.list(small), sample.list(large));
    assert_ne!(small_list, large_list);
    // Exchange two blocks that are alone on their lists.
    let (small_head, large_head) = (sample.next_free(small), sample.next_free(large));
    for (head, block) in [(small_head, large), (large_head, small)] {
        sample.join(head, block);
        sample.join(block, head);
    }
    sample.shows(Violation::WrongClass {
        list: small_list,
        block: large,
        class: large_list,
    });
}

#[test]
fn i11_a_bitmap_that_is_wrong() {
    let mut sample = sample::<segregated::Policy>("");
    let list = sample.list(sample.b.payload());
    let word_at = |list: u32| Addr::new(0x1_0000) + list / 32 * WORD_BYTES;
    let bit = 1 << (list % 32);
    let word = sample.heap.arena().load(word_at(list));
    assert_ne!(word & bit, 0, "the class of `b` and `d`");
    sample.arena().store(word_at(list), word & !bit);
    sample.shows(Violation::Bitmap { list, says: false });
    sample.arena().store(word_at(list), word);
    sample.arena().store(word_at(5), 1 << 5);
    sample.shows(Violation::Bitmap {
        list: 5,
        says: true,
    });
}

#[test]
fn i12_a_list_out_of_order() {
    let mut sample = sample::<explicit::Policy>("address");
    let (b, d) = (sample.b.payload(), sample.d.payload());
    let (head, after) = (sample.prev_free(b), sample.next_free(d));
    sample.join(head, d);
    sample.join(d, b);
    sample.join(b, after);
    sample.shows(Violation::Order { list: 0, block: b });
}

#[test]
fn i13_a_rover_inside_a_block() {
    let mut sample = sample::<implicit::Policy>("next-fit");
    // The rover rests on the last block found: `e`, behind `d`. Let `d` swallow it.
    let d = sample.d;
    let e = d.next(sample.tag(d).size());
    let both = sample.tag(d).size() + sample.tag(e).size();
    d.set_tags(sample.arena(), Tag::allocated(both));
    sample.shows(Violation::Remembered {
        what: "rover",
        addr: e.payload(),
    });
}

#[test]
fn i13_a_top_that_is_no_block() {
    let mut sample = sample::<segregated::Policy>("");
    let last = sample.heap.malloc(5000).unwrap();
    sample.heap.free(last).unwrap();
    let top = sample.heap.blocks().last().unwrap();
    assert!(!top.allocated, "the heap ends with its top");
    // Let `e`, the last allocated block, swallow the top.
    let e = Block::at(
        sample
            .heap
            .blocks()
            .filter(|block| block.allocated)
            .last()
            .unwrap()
            .payload,
    );
    let tag = sample.tag(e);
    e.set_header(sample.arena(), tag.with_size(tag.size() + top.size));
    let epilogue = Block::at(sample.heap.arena().brk());
    epilogue.set_prev_allocated(sample.arena(), true);
    sample.shows(Violation::Remembered {
        what: "top",
        addr: top.payload,
    });
}

/// A sound heap with one block of 24 bytes on its quick list.
fn with_a_quick_block() -> (Sample<<segregated::Policy as Design>::Heap<Silent>>, Block) {
    let mut sample = sample::<segregated::Policy>("");
    let quick = sample.heap.malloc(20).unwrap();
    sample.heap.free(quick).unwrap();
    sample.heap.check().unwrap();
    (sample, Block::at(quick))
}

#[test]
fn i8_a_quick_block_on_no_list_and_a_listed_block_that_is_not_quick() {
    let (mut sample, quick) = with_a_quick_block();
    let other = Block::at(sample.heap.malloc(40).unwrap());
    let tag = sample.tag(other);
    other.set_header(sample.arena(), tag.with_quick(true));
    sample.shows(Violation::NotListed {
        block: other.payload(),
    });
    other.set_header(sample.arena(), tag);
    sample.heap.check().unwrap();
    let list = sample.list(quick.payload());
    let tag = sample.tag(quick);
    quick.set_header(sample.arena(), tag.with_quick(false));
    sample.shows(Violation::NotAFreeBlock {
        list,
        block: quick.payload(),
    });
}

#[test]
fn i10_a_block_on_the_quick_list_of_another_size() {
    let (mut sample, quick) = with_a_quick_block();
    let list = sample.list(quick.payload());
    let longer = Block::at(sample.heap.malloc(40).unwrap());
    sample.heap.free(longer.payload()).unwrap();
    let class = sample.list(longer.payload());
    // Move the longer block behind the shorter one.
    let head_of_longer = {
        let start = sample.heap.arena().start();
        let words = (0..2000).map(|word| start + word * WORD_BYTES);
        let mut holders = words.filter(|&at| sample.heap.arena().load_addr(at) == longer.payload());
        holders.next().unwrap()
    };
    sample.arena().store_addr(head_of_longer, Addr::NULL);
    sample.arena().store_addr(quick.payload(), longer.payload());
    sample.shows(Violation::WrongClass {
        list,
        block: longer.payload(),
        class,
    });
}

#[test]
fn i14_a_count_that_is_wrong() {
    let (mut sample, quick) = with_a_quick_block();
    // Let the quick block be one unit shorter than it was when it was counted,
    // on the list of that size, with the next block a unit longer.
    let again = sample.heap.malloc(20).unwrap();
    assert_eq!(again, quick.payload());
    let violation = {
        let tag = sample.tag(quick);
        sample.heap.free(again).unwrap();
        let start = sample.heap.arena().start();
        let words = (0..2000).map(|word| start + word * WORD_BYTES);
        let arena = sample.heap.arena();
        let head = words
            .clone()
            .find(|&at| arena.load_addr(at) == quick.payload())
            .unwrap();
        // The list is emptied behind the heap's back.
        sample.arena().store_addr(head, Addr::NULL);
        quick.set_header(sample.arena(), tag);
        Violation::Count {
            what: "quick bytes",
            remembered: tag.size(),
            found: 0,
        }
    };
    sample.shows(violation);
}
