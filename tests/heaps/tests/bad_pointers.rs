//! A pointer that is not an allocated payload gives an error
//! value, in every design, and leaves the heap unchanged.

use heaplab_arena::Addr;
use heaplab_arena::host::Host;
use heaplab_heap::{Align, Design, Heap, HeapError, PointerFault};
use heaplab_heap_tests::designs::{ALIGNS, Visitor, heap, visit_all};

/// Runs `test` on a new heap of every design at both alignments.
fn on_every_heap(test: impl Fn(&str, &mut dyn Subject)) {
    struct Run<F>(F);
    impl<F: Fn(&str, &mut dyn Subject)> Visitor for Run<F> {
        fn visit<D: Design>(&mut self, name: &str, design: &D) {
            for align in ALIGNS {
                (self.0)(&format!("{name} at {align}"), &mut Checked(heap(design, align)));
            }
        }
    }
    visit_all(&mut Run(test));
}

/// The calls that a test needs, behind one object so that tests can be closures.
trait Subject {
    fn malloc(&mut self, size: u32) -> Addr;
    /// Frees a payload that is allocated.
    fn free(&mut self, payload: Addr);
    /// Returns the fault that `free`, `realloc` and `usable_size` all give for a bad pointer.
    fn fault(&mut self, payload: Addr) -> PointerFault;
    fn brk(&self) -> Addr;
}

struct Checked<H: Heap>(H);

impl<H: Heap> Subject for Checked<H> {
    fn malloc(&mut self, size: u32) -> Addr {
        self.0.malloc(size).unwrap()
    }

    fn free(&mut self, payload: Addr) {
        self.0.free(payload).unwrap();
        self.0.check().unwrap();
    }

    fn fault(&mut self, payload: Addr) -> PointerFault {
        let before: Vec<_> = self.0.blocks().collect();
        let error = self.0.free(payload).expect_err("a bad free");
        assert_eq!(self.0.realloc(payload, 100), Err(error));
        assert_eq!(self.0.usable_size(payload), Err(error));
        assert_eq!(before, self.0.blocks().collect::<Vec<_>>(), "nothing changed");
        self.0.check().unwrap();
        match error {
            HeapError::BadPointer { addr, fault } if addr == payload => fault,
            other => panic!("{other}"),
        }
    }

    fn brk(&self) -> Addr {
        self.0.arena().brk()
    }
}

#[test]
fn wild_pointers_are_outside_the_heap() {
    on_every_heap(|name, heap| {
        let p = heap.malloc(100);
        let brk = heap.brk();
        for wild in [Addr::new(8), Addr::new(0x1_0000), brk, brk + 4096, Addr::new(0xffff_fff0)] {
            assert_eq!(heap.fault(wild), PointerFault::OutsideHeap, "{name} {wild}");
        }
        heap.free(p);
    });
}

#[test]
fn misaligned_pointers_are_recognized() {
    on_every_heap(|name, heap| {
        let p = heap.malloc(100);
        for offset in [1, 2, 4, 7] {
            assert_eq!(heap.fault(p + offset), PointerFault::Misaligned, "{name} +{offset}");
        }
    });
}

/// Inside a payload of zeros no header says "allocated"; inside
/// a payload of ones one does, with a size that leads nowhere.
#[test]
fn pointers_into_a_block_are_refused() {
    on_every_heap(|name, heap| {
        let p = heap.malloc(400);
        heap.malloc(16);
        for offset in [16, 64, 384] {
            let fault = heap.fault(p + offset);
            assert_eq!(fault, PointerFault::NotAllocated, "{name} +{offset}");
        }
    });
}

#[test]
fn pointers_to_bytes_that_look_like_a_header_are_refused() {
    struct Run;
    impl Visitor for Run {
        fn visit<D: Design>(&mut self, name: &str, design: &D) {
            let mut heap = heap(design, Align::Sixteen);
            let p = heap.malloc(400).unwrap();
            heap.malloc(16).unwrap();
            // "48 allocated" just before p + 64, and no second tag of the block after it.
            heap.arena_mut().payload_mut(p + 60, 4).unwrap().copy_from_slice(&[49, 0, 0, 0]);
            let error = heap.free(p + 64).unwrap_err();
            assert_eq!(error, PointerFault::NotABlock.at(p + 64), "{name}");
            heap.arena_mut().payload_mut(p, 400).unwrap().fill(0xfb);
            let error = heap.free(p + 64).unwrap_err();
            assert_eq!(error, PointerFault::NotABlock.at(p + 64), "{name}");
            heap.check().unwrap();
        }
    }
    visit_all(&mut Run);
}

/// A second free, with every combination of free neighbours at the first free:
/// by then, the header of the freed block may be inside a larger free block.
#[test]
fn freeing_a_block_twice_is_refused() {
    on_every_heap(|name, heap| {
        for free_before in [false, true] {
            for free_after in [false, true] {
                let before = heap.malloc(64);
                let p = heap.malloc(64);
                let after = heap.malloc(64);
                let fence = heap.malloc(64);
                if free_before {
                    heap.free(before);
                }
                if free_after {
                    heap.free(after);
                }
                heap.free(p);
                let case = format!("{name} {free_before} {free_after}");
                assert_eq!(heap.fault(p), PointerFault::NotAllocated, "{case}");
                if !free_before {
                    heap.free(before);
                }
                if !free_after {
                    heap.free(after);
                }
                assert_eq!(heap.fault(p), PointerFault::NotAllocated, "{case}, later");
                heap.free(fence);
            }
        }
    });
}

#[test]
fn freeing_the_last_block_of_the_heap_twice_is_refused() {
    on_every_heap(|name, heap| {
        let p = heap.malloc(5000);
        heap.free(p);
        assert_eq!(heap.fault(p), PointerFault::NotAllocated, "{name}");
    });
}
