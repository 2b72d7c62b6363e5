//! The outside truth for the whole chain of trace, machine, allocator and
//! driver: the book's implicit list has known utilizations on the classic
//! traces.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

use heaplab_arena::Arena;
use heaplab_heap::{Align, Block, Design, Heap, parse_policy};
use heaplab_implicit as implicit;
use heaplab_replay::{Facts, Settings, validate};
use heaplab_trace::Generator;

fn facts(words: &str, trace: &str) -> Facts {
    let design: implicit::Policy = parse_policy(words).unwrap();
    let generator = Generator::named(trace).unwrap();
    let settings = Settings {
        align: Align::Eight,
        limit_bytes: 20 << 20,
        check_every: None,
    };
    let trace = generator.generate(&generator.defaults);
    validate(&design, &trace, &settings, &|_| ()).unwrap()
}

/// Utilization in percent, with so many decimals.
fn percent(words: &str, trace: &str, decimals: usize) -> String {
    let utilization = facts(words, trace).utilization().unwrap();
    format!("{:.decimals$}", 100.0 * utilization)
}

/// What the book's code reaches under the driver that came with the lab in
/// 2002, with first fit.
#[test]
fn first_fit_has_the_books_utilizations() {
    for (trace, expected) in [
        ("coalescing", "66.4773"),
        ("binary", "54.9312"),
        ("binary2", "51.3223"),
        ("realloc", "26.5642"),
        ("realloc2", "33.8555"),
    ] {
        assert_eq!(percent("textbook", trace, 4), expected, "{trace}");
    }
}

/// The same, with the book's next fit.
#[test]
fn next_fit_has_the_books_utilizations() {
    for (trace, expected) in [
        ("coalescing", "66.48"),
        ("binary", "54.93"),
        ("binary2", "51.32"),
        ("realloc", "26.63"),
        ("realloc2", "45.14"),
    ] {
        assert_eq!(percent("textbook,next-fit", trace, 2), expected, "{trace}");
    }
}

/// `textbook` wins over words before it, and is what the default is.
#[test]
fn textbook_names_the_default() {
    let policy = |words| parse_policy::<implicit::Policy>(words).unwrap();
    assert_eq!(
        policy("best-fit,elided,textbook"),
        implicit::Policy::default()
    );
    assert_eq!(implicit::Policy::NAME, "implicit");
}

/// CS:APP practice problem 9.6: headers of 4 bytes, no footers on allocated
/// blocks, double-word alignment.
#[test]
fn practice_problem_9_6() {
    assert_eq!(headers("elided", &[1, 5, 12, 13]), [0x9, 0x11, 0x11, 0x19]);
}

/// With a footer too, and the book's minimum block of 16 bytes (figure 9.46).
#[test]
fn block_sizes_with_footers() {
    let requests = [1, 5, 8, 9, 16, 17];
    assert_eq!(
        headers("textbook", &requests),
        [0x11, 0x11, 0x11, 0x19, 0x19, 0x21]
    );
}

/// Size and allocated bit in the headers of blocks for these requests.
fn headers(words: &str, requests: &[u32]) -> Vec<u32> {
    let policy: implicit::Policy = parse_policy(words).unwrap();
    let mut heap = policy.build(Arena::new().unwrap(), Align::Eight).unwrap();
    let mut header = |&request: &u32| {
        let block = Block::at(heap.malloc(request).unwrap());
        let tag = block.header(heap.arena()).with_prev_allocated(false);
        tag.to_word()
    };
    requests.iter().map(&mut header).collect()
}
