//! An independent check of trace, machine, allocator and driver together:
//! the book's implicit list has known utilizations on the classic traces.

use heaplab_arena::host;
use heaplab_heap::{Align, Block, Design, Heap, parse_policy};
use heaplab_implicit as implicit;
use heaplab_tests::command::{run, words};

/// Utilizations of the book's own implicit list under the classic driver,
/// measured by others: an independent check of trace, machine, allocator
/// and driver together. In percent, with as many decimals as are known.
#[test]
fn the_books_allocator_on_the_classic_traces() {
    const TRUTHS: &[(&str, &str, &str)] = &[
        ("implicit:textbook", "coalescing", "66.4773"),
        ("implicit:textbook", "binary", "54.9312"),
        ("implicit:textbook", "binary2", "51.3223"),
        ("implicit:textbook", "realloc", "26.5642"),
        ("implicit:textbook", "realloc2", "33.8555"),
        ("implicit:textbook,next-fit", "coalescing", "66.48"),
        ("implicit:textbook,next-fit", "binary", "54.93"),
        ("implicit:textbook,next-fit", "binary2", "51.32"),
        ("implicit:textbook,next-fit", "realloc", "26.63"),
        ("implicit:textbook,next-fit", "realloc2", "45.14"),
    ];
    let arguments = words(
        "run --no-timing --format json --align 8 --trace ../labs/traces/classic \
         --heap implicit:textbook --heap implicit:textbook,next-fit",
    );
    let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), ".", &arguments);
    let json: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    for &(heap, trace, percent) in TRUTHS {
        let results = json["results"].as_array().unwrap();
        let result = results
            .iter()
            .find(|result| result["heap"] == heap && result["trace"] == trace)
            .unwrap();
        let utilization = result["facts"]["utilization"].as_f64().unwrap();
        let decimals = percent.split_once('.').unwrap().1.len();
        assert_eq!(format!("{:.decimals$}", 100.0 * utilization), percent, "{heap} on {trace}");
    }
}

/// `textbook` overrides words before it, and equals the default.
#[test]
fn textbook_names_the_default() {
    let policy = |words| parse_policy::<implicit::Policy>(words).unwrap();
    assert_eq!(policy("best-fit,elided,textbook"), implicit::Policy::default());
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
    assert_eq!(headers("textbook", &requests), [0x11, 0x11, 0x11, 0x19, 0x19, 0x21]);
}

/// Returns size and allocated bit in the headers of blocks for these requests.
fn headers(words: &str, requests: &[u32]) -> Vec<u32> {
    let policy: implicit::Policy = parse_policy(words).unwrap();
    let mut heap = policy.build(host::machine().unwrap(), Align::Eight).unwrap();
    let mut header = |&request: &u32| {
        let block = Block::at(heap.malloc(request).unwrap());
        let tag = block.header(heap.arena()).with_prev_allocated(false);
        tag.to_word()
    };
    requests.iter().map(&mut header).collect()
}
