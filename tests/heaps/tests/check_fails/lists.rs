//! Invariants I8 to I14, about lists and the state between calls.

use super::*;
use heaplab_arena::host;

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
    // `d` was freed last and heads its class: `b` is after it.
    test::<segregated::Policy>();
    test::<quick::Policy>();
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
    test::<quick::Policy>();
}

/// On a list with mutual links a block can't occur twice
/// (I9), but some designs have one link a block.
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
            let block = BlockView { start, size: 16, payload: start + 4, allocated: false };
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
    let heap = Scripted(host::machine().unwrap());
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
    test::<quick::Policy>();
}

/// A cycle can't have mutual links and also lead back to the head.
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
    test::<quick::Policy>();
}

#[test]
fn i10_a_block_on_the_list_of_another_class() {
    fn test<D: Design>() {
        let mut sample = sample::<D>("");
        let mut freed = |size| {
            let payload = sample.heap.malloc(size).unwrap();
            sample.heap.malloc(9000).unwrap(); // fits only after it
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
        sample.shows(Violation::WrongClass { list: small_list, block: large, class: large_list });
    }
    test::<segregated::Policy>();
    test::<quick::Policy>();
}

#[test]
fn i11_a_bitmap_that_is_wrong() {
    /// Runs the test for a bitmap at this offset from the start of the heap.
    fn test<D: Design>(offset: u32) {
        let mut sample = sample::<D>("");
        let list = sample.list(sample.b.payload());
        let word_at = |list: u32| Addr::new(0x1_0000) + offset + list / 32 * WORD_BYTES;
        let bit = 1 << (list % 32);
        let word = sample.heap.arena().load(word_at(list));
        assert_ne!(word & bit, 0, "the class of `b` and `d`");
        sample.arena().store(word_at(list), word & !bit);
        sample.shows(Violation::Bitmap { list, says: false });
        sample.arena().store(word_at(list), word);
        sample.arena().store(word_at(5), 1 << 5);
        sample.shows(Violation::Bitmap { list: 5, says: true });
    }
    test::<segregated::Policy>(16);
    test::<quick::Policy>(0);
}

#[test]
fn i12_a_list_out_of_order() {
    fn test<D: Design>() {
        let mut sample = sample::<D>("address");
        let list = sample.list(sample.b.payload());
        let (b, d) = (sample.b.payload(), sample.d.payload());
        let (head, after) = (sample.prev_free(b), sample.next_free(d));
        sample.join(head, d);
        sample.join(d, b);
        sample.join(b, after);
        sample.shows(Violation::Order { list, block: b });
    }
    test::<explicit::Policy>();
    test::<segregated::Policy>();
}

#[test]
fn i13_a_rover_inside_a_block() {
    let mut sample = sample::<implicit::Policy>("next-fit");
    // The rover points to the last block found: `e`, after `d`. Merge `d` with `e`.
    let d = sample.d;
    let e = d.next(sample.tag(d).size());
    let both = sample.tag(d).size() + sample.tag(e).size();
    d.set_tags(sample.arena(), Tag::allocated(both));
    sample.shows(Violation::Remembered { what: "rover", addr: e.payload() });
}

#[test]
fn i13_a_top_that_is_not_a_block() {
    let mut sample = sample::<quick::Policy>("");
    let last = sample.heap.malloc(5000).unwrap();
    sample.heap.free(last).unwrap();
    let top = sample.heap.blocks().last().unwrap();
    assert!(!top.allocated, "the heap ends with its top");
    // Merge `e`, the last allocated block, with the top.
    let e = Block::at(sample.heap.blocks().filter(|block| block.allocated).last().unwrap().payload);
    let tag = sample.tag(e);
    e.set_header(sample.arena(), tag.with_size(tag.size() + top.size));
    let epilogue = Block::at(sample.heap.arena().brk());
    epilogue.set_prev_allocated(sample.arena(), true);
    sample.shows(Violation::Remembered { what: "top", addr: top.payload });
}

/// Returns a sound heap with one block of 24 bytes on its quick list.
fn with_a_quick_block() -> (Sample<<quick::Policy as Design>::Heap<Silent>>, Block) {
    let mut sample = sample::<quick::Policy>("");
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
    sample.shows(Violation::NotListed { block: other.payload() });
    other.set_header(sample.arena(), tag);
    sample.heap.check().unwrap();
    let list = sample.list(quick.payload());
    let tag = sample.tag(quick);
    quick.set_header(sample.arena(), tag.with_quick(false));
    sample.shows(Violation::NotAFreeBlock { list, block: quick.payload() });
}

#[test]
fn i10_a_block_on_the_quick_list_of_another_size() {
    let (mut sample, quick) = with_a_quick_block();
    let list = sample.list(quick.payload());
    let longer = Block::at(sample.heap.malloc(40).unwrap());
    sample.heap.free(longer.payload()).unwrap();
    let class = sample.list(longer.payload());
    // Move the longer block after the shorter one.
    let head_of_longer = {
        let start = sample.heap.arena().start();
        let words = (0..2000).map(|word| start + word * WORD_BYTES);
        let mut holders = words.filter(|&at| sample.heap.arena().load_addr(at) == longer.payload());
        holders.next().unwrap()
    };
    sample.arena().store_addr(head_of_longer, Addr::NULL);
    sample.arena().store_addr(quick.payload(), longer.payload());
    sample.shows(Violation::WrongClass { list, block: longer.payload(), class });
}

#[test]
fn i14_a_count_that_is_wrong() {
    let (mut sample, quick) = with_a_quick_block();
    // The quick block is counted, and then removed from every list.
    let again = sample.heap.malloc(20).unwrap();
    assert_eq!(again, quick.payload());
    let violation = {
        let tag = sample.tag(quick);
        sample.heap.free(again).unwrap();
        let start = sample.heap.arena().start();
        let words = (0..2000).map(|word| start + word * WORD_BYTES);
        let arena = sample.heap.arena();
        let head = words.clone().find(|&at| arena.load_addr(at) == quick.payload()).unwrap();
        // The list is emptied without a call of the heap.
        sample.arena().store_addr(head, Addr::NULL);
        quick.set_header(sample.arena(), tag);
        Violation::Count { what: "quick blocks", remembered: 1, found: 0 }
    };
    sample.shows(violation);
}
