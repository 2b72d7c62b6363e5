//! When memory runs out: the call returns an error value, and the heap still works.

use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Refuse};
use heaplab_heap::{Align, Design, Heap, HeapError, LARGEST_REQUEST_BYTES};
use heaplab_heap_tests::designs::{ALIGNS, Visitor, heap, machine, visit_all};

/// Each `sbrk` call in turn is refused once, in a run that grows the
/// heap by malloc, memalign and realloc. The call that needed it fails,
/// the heap is unchanged, and the same call succeeds when tried again.
#[test]
fn any_single_sbrk_call_may_fail() {
    struct Run;
    impl Visitor for Run {
        fn visit<D: Design>(&mut self, name: &str, design: &D) {
            for align in ALIGNS {
                let mut failures = 0;
                for call in 0..12 {
                    let arena = machine(1 << 20, Refuse::Once(call));
                    match design.build(arena, align) {
                        Ok(heap) => failures += run(heap),
                        Err(_) => failures += 1,
                    }
                }
                assert!(failures >= 6, "{name}: only {failures} of 12 refusals were met");
            }
        }
    }
    /// A call that needs more memory; its argument is the block grown last.
    type Call<'a, H> = dyn Fn(&mut H, Addr) -> Result<Addr, HeapError> + 'a;

    /// Returns how many calls failed.
    fn run<H: Heap>(mut heap: H) -> u32 {
        let mut failures = 0;
        let mut grown = Addr::NULL;
        for round in 1..8_u32 {
            let size = 3000 * round;
            let calls: [&Call<H>; 3] = [
                &|heap, _| heap.malloc(size),
                &|heap, _| heap.memalign(256, size),
                &|heap, grown| heap.realloc(grown, size),
            ];
            for call in calls {
                let before: Vec<_> = heap.blocks().filter(|block| block.allocated).collect();
                let payload = call(&mut heap, grown).unwrap_or_else(|error| {
                    failures += 1;
                    assert_eq!(error, HeapError::OutOfMemory);
                    heap.check().unwrap();
                    let after: Vec<_> = heap.blocks().filter(|block| block.allocated).collect();
                    assert_eq!(before, after, "what was allocated stays");
                    call(&mut heap, grown).unwrap()
                });
                grown = payload;
                heap.check().unwrap();
            }
        }
        failures
    }
    visit_all(&mut Run);
}

/// A heap filled to its limit, emptied, and filled again, holds as many blocks again; or a few
/// less, if it serves a heap that is large from the start in another way.
#[test]
fn a_full_heap_can_be_emptied_and_filled_again() {
    struct Run;
    impl Visitor for Run {
        fn visit<D: Design>(&mut self, name: &str, design: &D) {
            for align in ALIGNS {
                let arena = machine(200_000, Refuse::Never);
                let mut heap = design.build(arena, align).unwrap();
                let first = fill(&mut heap);
                let second = fill(&mut heap);
                assert!(first > 1500, "{name}: {first} blocks of 100 bytes in 200,000");
                assert!(second + first / 200 >= first, "{name}: {first}, then {second}");
            }
        }
    }
    /// Calls malloc until it fails, frees every second block and
    /// then the rest, and returns how many blocks there were.
    fn fill<H: Heap>(heap: &mut H) -> usize {
        let mut payloads = Vec::new();
        while let Ok(payload) = heap.malloc(100) {
            payloads.push(payload);
        }
        heap.check().unwrap();
        for start in [0, 1] {
            for payload in payloads.iter().skip(start).step_by(2) {
                heap.free(*payload).unwrap();
            }
            heap.check().unwrap();
        }
        payloads.len()
    }
    visit_all(&mut Run);
}

/// Sizes at which careless arithmetic would wrap.
#[test]
fn impossible_requests_are_refused() {
    struct Run;
    impl Visitor for Run {
        fn visit<D: Design>(&mut self, name: &str, design: &D) {
            for align in ALIGNS {
                let mut heap = heap(design, align);
                let p = heap.malloc(40).unwrap();
                heap.arena_mut().payload_mut(p, 40).unwrap().fill(7);
                let before: Vec<_> = heap.blocks().collect();
                let out = Err(HeapError::OutOfMemory);
                for size in
                    [LARGEST_REQUEST_BYTES, LARGEST_REQUEST_BYTES + 1, u32::MAX - 7, u32::MAX]
                {
                    assert_eq!(heap.malloc(size), out, "{name} {size}");
                    assert_eq!(heap.calloc(1, size), out, "{name} {size}");
                    assert_eq!(heap.realloc(p, size), out, "{name} {size}");
                    assert_eq!(heap.memalign(64, size), out, "{name} {size}");
                }
                assert_eq!(heap.calloc(1 << 16, 1 << 16), out, "{name}: 2^32 bytes");
                assert_eq!(heap.calloc(0x1_0001, 0x1_0000), out, "{name}");
                assert_eq!(heap.memalign(1 << 31, 16), out, "{name}");
                for align_bytes in [0, 3, 24, u32::MAX] {
                    let error = Err(HeapError::BadAlignment { align_bytes });
                    assert_eq!(heap.memalign(align_bytes, 16), error, "{name}");
                }
                assert_eq!(before, heap.blocks().collect::<Vec<_>>(), "{name}");
                assert_eq!(heap.arena().payload(p, 40), Some(&[7; 40][..]), "{name}");
            }
        }
    }
    visit_all(&mut Run);
}

/// Special cases that the contract defines.
#[test]
fn null_and_zero_are_as_in_the_contract() {
    struct Run;
    impl Visitor for Run {
        fn visit<D: Design>(&mut self, name: &str, design: &D) {
            let mut heap = heap(design, Align::Eight);
            assert_eq!(heap.malloc(0), Ok(Addr::NULL), "{name}");
            assert_eq!(heap.calloc(0, 8), Ok(Addr::NULL), "{name}");
            assert_eq!(heap.memalign(64, 0), Ok(Addr::NULL), "{name}");
            assert_eq!(heap.free(Addr::NULL), Ok(()), "{name}");
            let p = heap.realloc(Addr::NULL, 10).unwrap();
            assert!(heap.usable_size(p).unwrap() >= 10, "{name}");
            assert_eq!(heap.realloc(p, 0), Ok(Addr::NULL), "{name}");
            assert!(heap.free(p).is_err(), "{name}: realloc(p, 0) frees");
            assert!(heap.blocks().all(|block| !block.allocated), "{name}");
        }
    }
    visit_all(&mut Run);
}

/// calloc clears memory that was used before.
#[test]
fn calloc_clears_memory_that_was_used_before() {
    struct Run;
    impl Visitor for Run {
        fn visit<D: Design>(&mut self, name: &str, design: &D) {
            let mut heap = heap(design, Align::Sixteen);
            let p = heap.malloc(1000).unwrap();
            heap.arena_mut().payload_mut(p, 1000).unwrap().fill(0xff);
            heap.free(p).unwrap();
            let q = heap.calloc(100, 10).unwrap();
            assert_eq!(heap.arena().payload(q, 1000), Some(&[0; 1000][..]), "{name}");
        }
    }
    visit_all(&mut Run);
}

/// "At most 128 bytes besides the machine."
#[test]
fn a_heap_struct_takes_at_most_128_bytes() {
    struct Run;
    impl Visitor for Run {
        fn visit<D: Design>(&mut self, name: &str, _: &D) {
            use heaplab_arena::{Arena, Silent};
            let state_bytes = size_of::<D::Heap<Silent>>() - size_of::<Arena<Silent>>();
            assert!(state_bytes <= 128, "{name}: {state_bytes} bytes");
        }
    }
    visit_all(&mut Run);
}

/// When the heap can't grow, a block that fits is found anywhere:
/// here after twenty others that are nearly large enough.
#[test]
fn a_full_heap_finds_a_fitting_block_anywhere() {
    struct Run;
    impl Visitor for Run {
        fn visit<D: Design>(&mut self, name: &str, design: &D) {
            for align in ALIGNS {
                let arena = machine(100_000, Refuse::Never);
                let mut heap = design.build(arena, align).unwrap();
                let mut fenced = |size| {
                    let payload = heap.malloc(size).unwrap();
                    // Too large for a slab, so it lies behind the block.
                    heap.malloc(136).unwrap();
                    payload
                };
                let fits = fenced(2500);
                let too_small: Vec<_> = (0..20).map(|_| fenced(2100)).collect();
                while heap.malloc(16).is_ok() {}
                heap.free(fits).unwrap();
                for payload in too_small {
                    heap.free(payload).unwrap();
                }
                assert_eq!(heap.malloc(2450), Ok(fits), "{name} at {align}");
                assert_eq!(heap.malloc(2450), Err(HeapError::OutOfMemory), "{name}");
                heap.check().unwrap();
            }
        }
    }
    visit_all(&mut Run);
}
