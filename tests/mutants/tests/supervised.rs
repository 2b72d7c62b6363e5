//! A faulty heap is stopped under a program, as with
//! `heaplab exec --checked`, just as under a trace.

use heaplab_arena::Addr;
use heaplab_heap::{Align, Design, parse_policy};
use heaplab_mutants::{Memory, Specimen, all};
use heaplab_replay::{BrokenRule, Supervised};
use heaplab_trace::{Op, Trace};

/// Calls the heap as the trace says; a program asks for at
/// least a byte, and continues if an allocation fails.
fn run<D: Design>(words: &str, trace: &Trace, align: Align) -> Result<(), BrokenRule> {
    let design: D = parse_policy(words).expect("known words");
    let mut heap = match Supervised::new(&design, 1 << 30, align) {
        Ok(heap) => heap,
        // The empty heap is faulty.
        Err(_) => return Err(BrokenRule::ByProgram),
    };
    let mut blocks = vec![None; trace.ids() as usize];
    for &op in trace.ops() {
        match op {
            Op::Malloc { id, size } => {
                let block = heap.malloc(size.max(1))?;
                if let Some(payload) = block.and_then(|block| heap.payload_mut(block, size)) {
                    payload.fill(0xa5);
                }
                blocks[id.index()] = block;
            }
            Op::Calloc { id, size } => blocks[id.index()] = heap.calloc(size.max(1))?,
            Op::Memalign { id, align_log2, size } => {
                blocks[id.index()] = heap.memalign(1 << align_log2, size.max(1))?
            }
            Op::Realloc { id, size } => {
                let block: Option<Addr> = blocks[id.index()];
                blocks[id.index()] = match (block, size) {
                    (Some(block), 0) => heap.free(block).map(|()| None)?,
                    (Some(block), size) => heap.realloc(block, size)?,
                    (None, size) => heap.malloc(size.max(1))?,
                };
            }
            Op::Free { id } => {
                if let Some(block) = blocks[id.index()].take() {
                    heap.free(block)?;
                }
            }
            Op::FreeNull | Op::Write { .. } => {}
        }
    }
    // The larger the heap, the less often is its own check called. The program goes on until it is.
    for _ in 0..CALLS_AFTER {
        if let Some(block) = heap.malloc(300)? {
            heap.free(block)?;
        }
    }
    Ok(())
}

const CALLS_AFTER: u32 = 2000;

fn stopped(specimen: &Specimen, trace: &Trace) -> bool {
    let mutant = specimen.mutant;
    let words = format!("{},{}", mutant.words, mutant.name);
    let align = match mutant.align_bytes {
        8 => Align::Eight,
        _ => Align::Sixteen,
    };
    let answer = match specimen.design {
        "implicit" => run::<heaplab_mutants::implicit::Policy>(&words, trace, align),
        "explicit" => run::<heaplab_mutants::explicit::Policy>(&words, trace, align),
        "segregated" => run::<heaplab_mutants::segregated::Policy>(&words, trace, align),
        "quick" => run::<heaplab_mutants::quick::Policy>(&words, trace, align),
        _ => run::<heaplab_mutants::tuned::Policy>(&words, trace, align),
    };
    if let Err(BrokenRule::Overwrite { .. }) = &answer {
        panic!("{} is blamed on the program: {answer:?}", mutant.name);
    }
    answer.is_err()
}

/// Faults that can't be seen without knowing what a program has in its payloads, or
/// what a heap keeps outside of the machine; and faults that show only in an account
/// of all blocks, or in a program that writes all that `usable_size` promises.
const UNSEEN: [&str; 7] = [
    "leaked",
    "blocks",
    "usable-too-large",
    "lost-by-realloc",
    "trampled",
    "second-run",
    "struct-too-large",
];

/// Mistakes that are gone when the heap grows, since nothing is on a quick list then; and the
/// heap's own check is called later.
const MENDED: [&str; 2] = ["quick-slot-not-taken-off", "quick-slot-in-5-bits"];

/// Mistakes in calls that are answered before they reach
/// the heap: of null, and of realloc to 0, and malloc of 0.
const UNASKED: [&str; 6] = [
    "malloc-0-at-the-break",
    "0-bytes-from-a-slab",
    "free-null-refused",
    "free-null-read",
    "realloc-null-refused",
    "realloc-0-returns-the-block",
];

#[test]
fn a_heap_at_fault_is_stopped() {
    let (mut stopped_all, mut passed) = (0, Vec::new());
    for specimen in all() {
        let mutant = specimen.mutant;
        let in_full = matches!(mutant.memory, Memory::Plenty) && !mutant.caught.is_empty();
        let Ok(trace) = Trace::of_line(mutant.name, mutant.shows) else {
            continue;
        };
        let is_asked = !UNASKED.contains(&mutant.name) && !MENDED.contains(&mutant.name);
        if !in_full || !is_asked || UNSEEN.contains(&mutant.caught) {
            continue;
        }
        if stopped(&specimen, &trace) {
            stopped_all += 1
        } else {
            passed.push(format!("{} {}: {}", specimen.design, mutant.name, mutant.caught))
        }
    }
    assert!(passed.is_empty(), "{stopped_all} stopped, but not {passed:#?}");
    assert!(stopped_all > 100, "{stopped_all}");
}

/// A sound heap is not stopped.
#[test]
fn a_sound_heap_is_not_stopped() {
    for specimen in all() {
        let mutant = specimen.mutant;
        let Ok(trace) = Trace::of_line(mutant.name, mutant.shows) else {
            continue;
        };
        let align = Align::Sixteen;
        let answer = match specimen.design {
            "implicit" => run::<heaplab_implicit::Policy>(mutant.words, &trace, align),
            "explicit" => run::<heaplab_explicit::Policy>(mutant.words, &trace, align),
            "segregated" => run::<heaplab_segregated::Policy>(mutant.words, &trace, align),
            "quick" => run::<heaplab_quick::Policy>(mutant.words, &trace, align),
            _ => run::<heaplab_tuned::Policy>(mutant.words, &trace, align),
        };
        assert_eq!(answer, Ok(()), "{} {}", specimen.design, mutant.words);
    }
}
