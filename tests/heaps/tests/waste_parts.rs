//! Every byte of every heap is in exactly one part: compared with a map
//! that marks each byte of the heap, and with figures calculated by hand.

use heaplab_arena::host::Host;
use heaplab_arena::{Addr, Arena, Settings as Machine};
use heaplab_heap::{Align, Design, Heap, parse_policy};
use heaplab_heap_tests::designs::{ALIGNS, Visitor, visit_all};
use heaplab_replay::{BlockCounts, Live, OwnBlocks, Parts, Settings as Checking, call, validate};
use heaplab_trace::{Generator, Id, Op, Parameters, Trace, Weight};
use heaplab_waste::{Settings, Touched, Waste, measure};
use std::collections::BTreeMap;
use std::{slice, thread};

fn generated(name: &str, ops: u32) -> Trace {
    let generator = Generator::named(name).unwrap();
    generator.generate(&Parameters { ops, max_live_blocks: 60, ..generator.defaults })
}

/// Returns a trace with every kind of call, over blocks of many sizes and alignments.
fn every_call() -> Trace {
    let mut ops = Vec::new();
    for round in 0..120 {
        let id = |offset: u32| Id(4 * (round % 24) + offset);
        if round >= 24 {
            ops.extend((0..3).map(|offset| Op::Free { id: id(offset) }));
            ops.push(Op::Realloc { id: id(3), size: 0 });
        }
        let size = 1 + 37 * round % 600;
        ops.push(Op::Malloc { id: id(0), size });
        ops.push(Op::Calloc { id: id(1), size: 3 * size });
        ops.push(Op::Memalign { id: id(2), align_log2: (round % 10) as u8, size: size / 3 });
        ops.push(Op::Malloc { id: id(3), size: 0 });
        let resized = 700 - size;
        ops.push(Op::Realloc { id: id(0), size: resized });
    }
    Trace::from_ops("every-call", Weight::Both, ops).unwrap()
}

fn counted<D: Design>(design: &D, trace: &Trace, align: Align, samples: u32) -> Waste {
    let settings = Settings { align, limit_bytes: 1 << 30, samples };
    measure(design, trace, &settings, &|_| ()).unwrap_or_else(|error| panic!("{error}"))
}

/// The use of a byte of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Own,
    Payload,
    Padding,
    Tag,
    Free,
}

/// Returns a map with a mark on each byte of the heap. No byte may be marked twice.
fn map<H: Heap>(heap: &H, held: &BTreeMap<Addr, u32>) -> Vec<Mark> {
    let start = heap.arena().start();
    let mut map = vec![Mark::Own; heap.arena().heap_bytes() as usize];
    let mut paint = |from: Addr, size: u32, mark| {
        for byte in &mut map[(from - start) as usize..][..size as usize] {
            assert_eq!(*byte, Mark::Own, "marked twice");
            *byte = mark;
        }
    };
    for block in heap.blocks() {
        if !block.allocated {
            paint(block.start, block.size, Mark::Free);
            continue;
        }
        let requested = held[&block.payload];
        let usable = heap.usable_size(block.payload).unwrap();
        let header = block.payload - block.start;
        paint(block.start, header, Mark::Tag);
        paint(block.payload, requested, Mark::Payload);
        paint(block.payload + requested, usable - requested, Mark::Padding);
        let footer = block.size - header - usable;
        paint(block.payload + usable, footer, Mark::Tag);
    }
    map
}

/// Compares the block counts with the map after every third operation.
fn conserved<D: Design>(name: &str, design: &D, trace: &Trace, align: Align) {
    let arena = Arena::with(Machine::default(), Touched::default()).unwrap();
    let mut heap = design.build(arena, align).unwrap();
    let mut of_id: BTreeMap<Id, Addr> = BTreeMap::new();
    let mut held: BTreeMap<Addr, u32> = BTreeMap::new();
    for (index, &op) in trace.ops().iter().enumerate() {
        let old = op.id().and_then(|id| of_id.remove(&id));
        let payload = call(&mut heap, op, old.unwrap_or(Addr::NULL)).unwrap();
        old.map(|old| held.remove(&old));
        if let Op::Malloc { id, size }
        | Op::Calloc { id, size }
        | Op::Realloc { id, size }
        | Op::Memalign { id, size, .. } = op
            && !payload.is_null()
        {
            of_id.insert(id, payload);
            held.insert(payload, size);
            let arena = heap.arena_mut();
            arena.payload_mut(payload, size).unwrap().fill(0xa5);
            arena.probe().handed_out(payload, size);
        }
        if index % 3 != 0 {
            continue; // a map takes time
        }
        let live: Vec<Live> = held.iter().map(|(&payload, &size)| Live { payload, size }).collect();
        let touched = heap.arena().probe();
        let never_used = |start, size| touched.never_written_bytes(start, size);
        let counts = BlockCounts::take(&heap, &live, &OwnBlocks::default(), never_used)
            .unwrap_or_else(|miscount| panic!("{name} after {index}: {miscount}"));
        let map = map(&heap, &held);
        // In one pass: nothing here is optimized.
        let arena = heap.arena();
        let bytes = arena.payload(arena.start(), arena.heap_bytes()).unwrap();
        let (mut marks, mut written) = ([0; Mark::Free as usize + 1], 0);
        for (&mark, &byte) in map.iter().zip(bytes) {
            marks[mark as usize] += 1;
            // New memory is zero: any other byte was written.
            written += u32::from(mark == Mark::Free && byte != 0);
        }
        let count = |mark| marks[mark as usize];
        let parts = counts.parts;
        let marked = [Mark::Payload, Mark::Tag, Mark::Padding, Mark::Own].map(count);
        let counted = [parts.payload_bytes, parts.tag_bytes, parts.padding_bytes, parts.own_bytes];
        assert_eq!(counted, marked, "{name} after {index}");
        let free = parts.free_bytes + parts.never_used_bytes;
        assert_eq!(free, count(Mark::Free), "{name} after {index}");
        assert_eq!(parts.total_bytes(), heap.arena().heap_bytes());
        assert_eq!(counts.live_blocks as usize, held.len());
        assert!(parts.free_bytes >= written, "{name} after {index}");
    }
}

struct Conserved<'a>(&'a [Trace]);

impl Visitor for Conserved<'_> {
    fn visit<D: Design>(&mut self, name: &str, design: &D) {
        for trace in self.0 {
            for align in ALIGNS {
                conserved(name, design, trace, align);
            }
        }
    }
}

#[test]
fn the_parts_agree_with_a_map_of_the_heap() {
    let traces = [
        every_call(),
        generated("generational", 400),
        generated("phases", 300),
        generated("growth", 200),
    ];
    thread::scope(|scope| {
        for trace in &traces {
            scope.spawn(|| visit_all(&mut Conserved(slice::from_ref(trace))));
        }
    });
}

struct AddsUp<'a>(&'a [Trace]);

impl Visitor for AddsUp<'_> {
    fn visit<D: Design>(&mut self, name: &str, design: &D) {
        for trace in self.0 {
            for align in ALIGNS {
                let waste = counted(design, trace, align, 50);
                let settings = Checking { align, limit_bytes: 1 << 30, check_every: None };
                let facts = validate(design, trace, &settings, &|_| ()).unwrap();
                let cost = waste.cost().unwrap();
                let utilization = 100.0 * facts.utilization().unwrap();
                let apart = (cost.payload - utilization).abs();
                assert!(apart < 1e-9, "{name} on {}: {apart}", trace.name());
                let sum: f64 = cost.figures().into_iter().sum();
                assert!((sum - 100.0).abs() < 1e-9, "{name}: {sum}");
                assert!(waste.samples.len() >= 50.min(trace.ops().len()));
                let moments = waste.samples.iter().map(|sample| sample.ops_done);
                assert!(moments.is_sorted_by(|a, b| a < b));
                let largest = waste.samples.iter().map(|sample| sample.heap_bytes());
                assert_eq!(largest.max(), Some(waste.largest.heap_bytes()));
            }
        }
    }
}

/// The costs of a trace on each heap add up to what its utilization in `run` lacks to 100 %.
#[test]
fn the_costs_add_up_to_the_missing_utilization() {
    let traces = [
        every_call(),
        generated("stack", 600),
        generated("queue", 600),
        generated("producer-consumer", 800),
    ];
    visit_all(&mut AddsUp(&traces));
}

/// The end of the book's heap, where blocks are cut off that
/// fit nowhere else: only sizes, without tags and memory.
struct End {
    heap_bytes: u32,
    /// Bytes in the free block at the end.
    rest: u32,
}

impl End {
    /// Returns the size of the block for a payload that is a multiple of 8.
    fn cut(&mut self, payload: u32) -> u32 {
        let bytes = payload + 8;
        if self.rest < bytes {
            self.rest += 4096;
            self.heap_bytes += 4096;
        }
        // The rest must have room for a header, a footer and 8 bytes.
        let size = if self.rest - bytes < 16 { self.rest } else { bytes };
        self.rest -= size;
        size
    }
}

/// The book's allocator on `binary`: 2000 pairs of 64 and 448 bytes, all of the 448
/// freed, 2000 of 512 (and freed at the end). The freed blocks have live blocks between
/// them and are too small for 512, so every block of 512 is cut off at the end of the
/// heap. Payloads are multiples of 8: any padding was too small to be split off.
#[test]
fn binary_on_the_books_allocator() {
    let mut end = End { heap_bytes: 16 + 4096, rest: 4096 };
    let (mut live, mut freed) = (0, Vec::new());
    for _ in 0..2000 {
        live += end.cut(64);
        freed.push(end.cut(448));
    }
    end.rest += freed.pop().unwrap(); // the last merges with the end
    live += (0..2000).map(|_| end.cut(512)).sum::<u32>();
    let payload_bytes = 2000 * (64 + 512);

    let design: heaplab_implicit::Policy = parse_policy("textbook").unwrap();
    let binary = Generator::named("binary").unwrap();
    let trace = binary.generate(&binary.defaults);
    let waste = counted(&design, &trace, Align::Eight, 10);
    let counts = waste.peak.counts;
    assert_eq!(waste.peak.ops_done, 2 * 2000 + 2000 + 2000);
    assert_eq!(waste.peak.heap_bytes(), end.heap_bytes);
    assert_eq!(counts.parts.payload_bytes, payload_bytes);
    assert_eq!(counts.parts.tag_bytes, 4000 * 8);
    assert_eq!(counts.parts.padding_bytes, live - payload_bytes - 4000 * 8);
    assert_eq!(counts.parts.own_bytes, 16, "pad, prologue, epilogue");
    assert_eq!(counts.live_blocks, 4000);
    assert_eq!(counts.free_blocks, 1999 + u32::from(end.rest > 0));
    let free = counts.parts.free_bytes + counts.parts.never_used_bytes;
    assert_eq!(free, freed.iter().sum::<u32>() + end.rest);
    assert_eq!(waste.cost().unwrap().growth, 0.0);
}

/// The same allocator on `coalescing`, whose payload first peaks with
/// two blocks of 4095 bytes: the first chunk of 4096 is too small for
/// 4095 and its tags, so each block moves the break up by 4104 bytes.
#[test]
fn coalescing_on_the_books_allocator() {
    let design: heaplab_implicit::Policy = parse_policy("textbook").unwrap();
    let coalescing = Generator::named("coalescing").unwrap();
    let trace = coalescing.generate(&coalescing.defaults);
    let waste = counted(&design, &trace, Align::Eight, 10);
    assert_eq!(waste.peak.ops_done, 2);
    let expected = Parts {
        payload_bytes: 2 * 4095,
        tag_bytes: 2 * 8,
        padding_bytes: 2,
        free_bytes: 8,
        never_used_bytes: 4096 - 8,
        own_bytes: 16,
    };
    assert_eq!(waste.peak.counts.parts, expected);
    assert_eq!(waste.largest_heap_bytes, 16 + 4096 + 2 * 4104);
    assert_eq!(waste.largest.ops_done, 2);
}

/// A freed block on a quick list is free, though its tag hides it from
/// coalescing.
#[test]
fn a_block_on_a_quick_list_is_free() {
    let ops = vec![
        Op::Malloc { id: Id(0), size: 20 },
        Op::Malloc { id: Id(1), size: 20 },
        Op::Free { id: Id(0) },
    ];
    let trace = Trace::from_ops("quick", Weight::Both, ops).unwrap();
    let design = heaplab_quick::Policy::default();
    let waste = counted(&design, &trace, Align::Sixteen, 3);
    let last = waste.samples.last().unwrap().counts;
    assert_eq!(last.live_blocks, 1);
    assert_eq!(last.parts.payload_bytes, 20);
    assert_eq!(last.parts.tag_bytes, 4);
    assert_eq!(last.parts.padding_bytes, 32 - 4 - 20);
    assert!(last.free_blocks >= 1);
    assert!(last.parts.free_bytes >= 32, "it was used");
}

/// A trace may ask for nothing.
#[test]
fn a_trace_without_payload_has_no_costs() {
    let nothing = Op::Malloc { id: Id(0), size: 0 };
    for ops in [vec![], vec![nothing]] {
        let trace = Trace::from_ops("nothing", Weight::Both, ops).unwrap();
        let design = heaplab_implicit::Policy::default();
        let waste = counted(&design, &trace, Align::Eight, 10);
        assert_eq!(waste.cost(), None);
        assert_eq!((waste.peak.ops_done, waste.largest.ops_done), (0, 0));
        assert_eq!(waste.peak.heap_bytes(), 16 + 4096);
    }
}
