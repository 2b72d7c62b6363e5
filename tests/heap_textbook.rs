//! The outside truth for the whole chain of trace, machine, allocator and
//! driver: the book's implicit list has known utilizations on the classic
//! traces.
#![forbid(unsafe_code)]

use heaplab_heap::{Align, Design, parse_policy};
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

/// CS:APP practice problem 9.6, as far as a heap can show it: double-word
/// alignment, header and footer, no empty payloads. A request of 1 takes the
/// minimum block of 16 bytes, one of 5 takes 16, of 12 takes 24, of 13 takes 24.
#[test]
fn block_sizes_of_small_requests() {
    use heaplab_arena::Arena;
    use heaplab_heap::Heap;
    let policy = implicit::Policy::default();
    let mut heap = policy.build(Arena::new().unwrap(), Align::Eight).unwrap();
    for (request, expected) in [
        (1, 16),
        (5, 16),
        (8, 16),
        (12, 24),
        (13, 24),
        (16, 24),
        (17, 32),
    ] {
        let payload = heap.malloc(request).unwrap();
        let block = heap
            .blocks()
            .find(|block| block.payload == payload)
            .unwrap();
        assert_eq!(block.size, expected, "malloc({request})");
    }
}
