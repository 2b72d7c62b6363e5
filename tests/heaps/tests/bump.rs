//! The bump allocator: correct on every bundled trace, and
//! with the least memory that its order of frees allows.

use heaplab_bump::Policy;
use heaplab_heap::Heap;
use heaplab_heap_tests::designs::{ALIGNS, heap};
use heaplab_replay::{Facts, Settings, validate};
use heaplab_trace::{ReadOptions, Trace};
use std::fs;
use std::path::PathBuf;

fn bundled() -> Vec<PathBuf> {
    let folders = ["classic", "shapes", "recorded"];
    let of_folder = |folder| {
        fs::read_dir(
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../labs/traces").join(folder),
        )
        .unwrap()
    };
    let files = folders.into_iter().flat_map(of_folder);
    let mut paths: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().contains(".rep"));
    paths.sort();
    paths
}

fn facts(path: &PathBuf) -> Vec<Facts> {
    let bytes = fs::read(path).unwrap();
    let name = path.display().to_string();
    let reading = Trace::parse(&name, &bytes, &ReadOptions::default()).expect("a trace");
    let run = |align| {
        let settings = Settings { align, limit_bytes: 1 << 30, check_every: None };
        let facts = validate(&Policy, &reading.trace, &settings, &|_| ());
        facts.unwrap_or_else(|stopped| panic!("{name}: {stopped:?}"))
    };
    ALIGNS.map(run).into()
}

#[test]
fn every_bundled_trace_is_answered_correctly_at_both_alignments() {
    let paths = bundled();
    assert!(paths.len() >= 20, "{} traces", paths.len());
    for path in paths {
        assert_eq!(facts(&path).len(), 2);
    }
}

#[test]
fn frees_in_reverse_order_give_everything_back() {
    for align in ALIGNS {
        let mut heap = heap(&Policy, align);
        let empty = heap.arena().heap_bytes();
        let payloads: Vec<_> = (1..50).map(|size| heap.malloc(size).unwrap()).collect();
        for payload in payloads.into_iter().rev() {
            heap.free(payload).unwrap();
            heap.check().unwrap();
        }
        assert_eq!(heap.arena().heap_bytes(), empty);
    }
}

#[test]
fn a_live_block_at_the_end_retains_memory_freed_before_it() {
    for align in ALIGNS {
        let mut heap = heap(&Policy, align);
        let empty = heap.arena().heap_bytes();
        let first = heap.malloc(1000).unwrap();
        let last = heap.malloc(1).unwrap();
        let full = heap.arena().heap_bytes();
        heap.free(first).unwrap();
        assert_eq!(heap.arena().heap_bytes(), full);
        heap.free(last).unwrap();
        assert_eq!(heap.arena().heap_bytes(), empty);
    }
}

#[test]
fn the_last_block_is_resized_in_place() {
    for align in ALIGNS {
        let mut heap = heap(&Policy, align);
        let first = heap.malloc(100).unwrap();
        let last = heap.malloc(100).unwrap();
        let before = heap.arena().heap_bytes();
        assert_eq!(heap.realloc(last, 5000), Ok(last));
        assert_eq!(heap.realloc(last, 100), Ok(last));
        assert_eq!(heap.arena().heap_bytes(), before);
        assert_ne!(heap.realloc(first, 5000), Ok(first));
        heap.check().unwrap();
    }
}
