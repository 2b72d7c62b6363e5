//! Each interface, as a file of its course has it: compiled, loaded and called.

use super::*;
use crate::EitherHeap;
use crate::compile::build;
use crate::compiler::Build;
use crate::source::Spec;
use heaplab_arena::Silent;

/// Returns a heap of the files that the end-to-end tests have.
fn heap(file: &str) -> CHeap<Silent> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/c-heaps/interfaces/");
    let spec = Spec::parse(&format!("{folder}{file}")).unwrap();
    let built = build(&spec, Build::Plain).unwrap();
    assert!(built.warnings.is_empty(), "{}", built.warnings);
    CHeap::build(&built, heaplab_arena::host::machine().unwrap()).unwrap()
}

#[test]
fn every_interface_is_recognized_and_served() {
    const FILES: [&str; 11] = [
        "cmu-classic.c",
        "cmu-today.c",
        "cmu-malloc.c",
        "penn-state.c",
        "seoul.c",
        "mit.c",
        "cs107.c",
        "cs107-pages.c",
        "system-sbrk.c",
        "own-declarations.c",
        "beside",
    ];
    for file in FILES {
        let mut heap = heap(file);
        let small = heap.malloc(24).unwrap();
        let filled = [1, 2, 3];
        heap.arena_mut().payload_mut(small, 3).unwrap().copy_from_slice(&filled);
        let large = heap.realloc(small, 4000).unwrap();
        assert_eq!(heap.arena().payload(large, 3), Some(&filled[..]), "{file}");
        let zeros = heap.calloc(3, 8).unwrap();
        assert!(heap.arena().payload(zeros, 24).unwrap().iter().all(|&byte| byte == 0), "{file}");
        assert_eq!(heap.usable_size(zeros), Ok(24), "{file}");
        heap.free(large).unwrap();
        assert_eq!(heap.check(), Ok(()), "{file}");
        let bytes = heap.arena().high_water_bytes();
        assert!((4000..=8192).contains(&bytes), "{file}: {bytes}");
        assert_eq!(heap.malloc(1 << 31), Err(HeapError::OutOfMemory), "{file}");
    }
}

/// Variables have the values that they start with in each heap, and two heaps at a time have their
/// own.
#[test]
fn each_heap_begins_anew() {
    let first_of = |heap: &mut CHeap<Silent>| heap.malloc(8).unwrap();
    let mut one = heap("cs107.c");
    let start = first_of(&mut one);
    assert_ne!(first_of(&mut one), start);
    let mut other = heap("cs107.c");
    assert_eq!(first_of(&mut other), start);
    drop(one);
    assert_eq!(first_of(&mut heap("cs107.c")), start);
    assert_ne!(first_of(&mut other), start);
}

/// Otherwise a timed run would make each call through the conversions of the trait.
#[test]
fn a_timed_run_calls_the_functions_of_c_directly() {
    let mut heap = EitherHeap::Here(heap("cmu-classic.c"));
    let TimedCalls::OfFunctions(calls) = heap.timed_calls() else {
        panic!("it is in this process");
    };
    let payload = (calls.malloc)(24).addr() - calls.base;
    assert!(heap.arena().contains(Addr::new(payload as u32), 24));
    (calls.free)((calls.base + payload) as *mut c_void);
}
