//! Tests that the machine does what sbrk(2) says, and what the simulation adds.

use super::*;
use crate::host::{self, Host};

fn arena(settings: Settings) -> Arena {
    Arena::with(settings, Silent).unwrap()
}

#[test]
fn sbrk_returns_the_old_break_in_every_direction() {
    let mut arena = host::machine().unwrap();
    let start = arena.start();
    assert_eq!(arena.sbrk(100), Ok(start));
    assert_eq!(arena.sbrk(0), Ok(start + 100));
    assert_eq!(arena.sbrk(-40), Ok(start + 100));
    assert_eq!(arena.sbrk(0), Ok(start + 60));
    assert_eq!((arena.heap_bytes(), arena.high_water_bytes()), (60, 100));
    assert_eq!(arena.sbrk_calls(), 4);
}

#[test]
fn sbrk_past_the_limit_or_below_the_start_changes_nothing() {
    let mut arena = arena(Settings { limit_bytes: 4096, ..Settings::default() });
    assert!(arena.sbrk(4096).is_ok());
    let brk = arena.brk();
    assert_eq!(arena.sbrk(1), Err(OutOfMemory));
    assert_eq!(arena.sbrk(-4097), Err(OutOfMemory));
    assert_eq!(arena.sbrk(i32::MIN), Err(OutOfMemory));
    assert_eq!(arena.brk(), brk);
    assert_eq!(arena.sbrk(-4096), Ok(brk));
}

#[test]
fn the_largest_limit_ends_inside_the_machine() {
    let mut arena = arena(Settings { limit_bytes: u32::MAX, ..Settings::default() });
    assert!(arena.sbrk(i32::MAX).is_ok());
    let rest = arena.limit_bytes() - arena.heap_bytes();
    assert!(arena.sbrk(rest as i32).is_ok());
    assert_eq!(arena.sbrk(1), Err(OutOfMemory));
    arena.store(arena.brk() - 4, 1);
}

#[test]
fn bytes_given_back_and_taken_again_read_as_zero() {
    let mut arena = host::machine().unwrap();
    for size in [64, 100_000, 9_000_000] {
        let start = arena.sbrk(size).unwrap();
        for offset in [0, 32, size as u32 - 4] {
            arena.store(start + offset, u32::MAX);
        }
        arena.sbrk(-size).unwrap();
        arena.sbrk(size).unwrap();
        assert!(arena.payload(start, size as u32).unwrap().iter().all(|&byte| byte == 0));
    }
}

#[test]
fn a_reset_machine_is_empty_and_zero() {
    let mut arena = host::machine().unwrap();
    let start = arena.sbrk(8192).unwrap();
    arena.store(start + 4096, 1);
    arena.sbrk(-4000).unwrap();
    arena.reset();
    assert_eq!((arena.heap_bytes(), arena.high_water_bytes(), arena.sbrk_calls()), (0, 0, 0));
    arena.sbrk(8192).unwrap();
    assert_eq!(arena.load(start + 4096), 0);
}

#[test]
fn a_chosen_sbrk_call_fails_once_or_for_good() {
    let mut once = arena(Settings { refuse: Refuse::Once(1), ..Settings::default() });
    assert!(once.sbrk(8).is_ok());
    assert_eq!(once.sbrk(8), Err(OutOfMemory));
    assert!(once.sbrk(8).is_ok());
    let mut from = arena(Settings { refuse: Refuse::From(1), ..Settings::default() });
    assert!(from.sbrk(8).is_ok());
    assert_eq!(from.sbrk(8), Err(OutOfMemory));
    assert_eq!(from.sbrk(8), Err(OutOfMemory));
    assert!(from.sbrk(-8).is_ok(), "giving bytes back is never refused");
}

#[test]
fn only_touched_pages_count() {
    let mut arena = host::machine().unwrap();
    let start = arena.sbrk(100 << 20).unwrap();
    assert_eq!(arena.pages_touched().unwrap().0, 0);
    arena.store(start, 1);
    arena.store(start + (50 << 20), 1);
    assert_eq!(arena.pages_touched().unwrap().0, 2);
}

#[test]
fn a_probe_sees_the_allocators_accesses_and_not_the_programs() {
    use std::cell::RefCell;
    #[derive(Default)]
    struct Log(RefCell<Vec<String>>);
    impl Probe for Log {
        fn on_load(&self, addr: Addr) {
            self.0.borrow_mut().push(format!("load {addr}"));
        }
        fn on_store(&self, addr: Addr) {
            self.0.borrow_mut().push(format!("store {addr}"));
        }
        fn on_copy(&self, from: Addr, to: Addr, size: u32) {
            self.0.borrow_mut().push(format!("copy {from} {to} {size}"));
        }
        fn on_zero(&self, addr: Addr, size: u32) {
            self.0.borrow_mut().push(format!("zero {addr} {size}"));
        }
        fn on_sbrk(&self, increment: i32, old: Addr, new: Addr) {
            self.0.borrow_mut().push(format!("sbrk {increment} {old} {new}"));
        }
        fn on_event(&self, event: Event) {
            self.0.borrow_mut().push(format!("{event:?}"));
        }
    }
    let mut arena = Arena::with(Settings::default(), Log::default()).unwrap();
    let start = arena.sbrk(64).unwrap();
    arena.store(start, 1);
    arena.load(start);
    arena.payload_mut(start, 64).unwrap().fill(1);
    arena.copy(start, start + 8, 8);
    arena.zero(start, 6);
    arena.note(Event::Split);
    assert_eq!(
        *arena.probe().0.borrow(),
        [
            "sbrk 64 0x10000 0x10040",
            "store 0x10000",
            "load 0x10000",
            "copy 0x10000 0x10008 8",
            "zero 0x10000 6",
            "Split",
        ]
    );
}

#[test]
#[should_panic(expected = "runs past the last address")]
fn a_copy_past_the_machine_panics() {
    host::machine().unwrap().copy(Addr::new(0), Addr::new(u32::MAX), 8);
}

/// A probe may panic to prevent an access: it sees the access before it happens.
#[test]
fn a_probe_that_panics_keeps_the_access_from_happening() {
    use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
    struct Veto;
    impl Probe for Veto {
        #[track_caller]
        fn on_store(&self, _: Addr) {
            resume_unwind(Box::new(Location::caller().line()));
        }
        fn on_sbrk(&self, increment: i32, _: Addr, _: Addr) {
            if increment < 0 {
                resume_unwind(Box::new(0u32));
            }
        }
    }
    let mut arena = Arena::with(Settings::default(), Veto).unwrap();
    let start = arena.sbrk(64).unwrap();
    let line_before = line!();
    let veto = catch_unwind(AssertUnwindSafe(|| arena.store(start, 7))).unwrap_err();
    assert_eq!(veto.downcast_ref(), Some(&(line_before + 1)));
    assert_eq!(arena.load(start), 0);
    assert!(catch_unwind(AssertUnwindSafe(|| arena.sbrk(-64))).is_err());
    assert_eq!((arena.brk(), arena.sbrk_calls()), (start + 64, 1));
}
