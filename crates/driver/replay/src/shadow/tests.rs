//! What the shadow lets pass, and what it stops.

use super::steps::{STEPS_ALLOWED, STEPS_ALLOWED_A_WORD};
use super::{Shadow, Stop};
use crate::access::{Access, Call, Caught, Problem};
use crate::foreign;
use heaplab_arena::{Addr, Probe, WORD_BYTES};
use std::panic::{AssertUnwindSafe, catch_unwind};

const START: Addr = Addr::new(0x1_0000);
const HEAP_BYTES: u32 = 256;
/// A payload of 13 bytes, 16 with padding.
const PAYLOAD: Addr = Addr::new(0x1_0010);
const PAYLOAD_BYTES: u32 = 13;
const NO_PAYLOAD: (Addr, u32) = (Addr::NULL, 0);

/// Returns a heap with one live payload: its header and what is before are written, the rest is
/// fresh.
fn shadow() -> Shadow {
    let shadow = Shadow::new();
    shadow.begin(Call::Build, NO_PAYLOAD);
    shadow.on_sbrk(HEAP_BYTES as i32, START, START + HEAP_BYTES);
    shadow.on_zero(START, PAYLOAD - START);
    shadow.end();
    shadow.hold(PAYLOAD, PAYLOAD_BYTES);
    shadow.begin(Call::Malloc { size: 1 }, NO_PAYLOAD);
    shadow
}

/// Returns the problem that stops `access`; none if the shadow allows it.
fn problem(shadow: &Shadow, access: impl FnOnce(&Shadow)) -> Option<(Problem, Access, Addr)> {
    let unwound = catch_unwind(AssertUnwindSafe(|| access(shadow))).err()?;
    assert!(unwound.is::<Stop>());
    match shadow.caught() {
        Some((_, Caught::Access { problem, access, at, .. })) => Some((problem, access, at)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_allocator_may_read_its_own_writes() {
    let shadow = shadow();
    let fresh = START + 64;
    shadow.on_store(fresh);
    shadow.on_load(fresh);
    shadow.on_load(PAYLOAD - 4);
    shadow.on_copy(START, fresh + 4, 16);
    shadow.on_load(fresh + 16);
    // Padding is the allocator's: of the payload's last word only byte 0 is not.
    shadow.on_zero(PAYLOAD + PAYLOAD_BYTES, 3);
}

#[test]
fn each_kind_of_address_outside_the_segment_has_its_own_problem() {
    for (addr, expected) in [
        (Addr::NULL, Problem::Null),
        (Addr::NULL - 4, Problem::Null),
        (Addr::NULL + 8, Problem::Null),
        (START - 4, Problem::BelowHeap),
        (START + HEAP_BYTES, Problem::PastBreak),
        (START + HEAP_BYTES + 0x10_0000, Problem::PastBreak),
    ] {
        let load = problem(&shadow(), |shadow| shadow.on_load(addr));
        assert_eq!(load, Some((expected, Access::Load, addr)), "{addr}");
        let store = problem(&shadow(), |shadow| shadow.on_store(addr));
        assert_eq!(store, Some((expected, Access::Store, addr)), "{addr}");
    }
}

#[test]
fn a_range_is_stopped_at_its_first_byte_outside() {
    let end = START + HEAP_BYTES;
    let past = problem(&shadow(), |shadow| shadow.on_zero(end - 8, 9));
    assert_eq!(past, Some((Problem::PastBreak, Access::Store, end)));
    let below = problem(&shadow(), |shadow| shadow.on_zero(START - 2, 4));
    assert_eq!(below, Some((Problem::BelowHeap, Access::Store, START - 2)));
    shadow().on_zero(end, 0);
}

#[test]
fn a_misaligned_word_access_is_stopped() {
    let odd = START + 2;
    let load = problem(&shadow(), |shadow| shadow.on_load(odd));
    assert_eq!(load, Some((Problem::Misaligned, Access::Load, odd)));
    let store = problem(&shadow(), |shadow| shadow.on_store(odd));
    assert_eq!(store, Some((Problem::Misaligned, Access::Store, odd)));
}

#[test]
fn access_to_a_live_payload_is_stopped_to_the_byte() {
    let last_word = PAYLOAD + 12;
    let store = problem(&shadow(), |shadow| shadow.on_store(last_word));
    assert_eq!(store, Some((Problem::Live, Access::Store, last_word)));
    let load = problem(&shadow(), |shadow| shadow.on_load(PAYLOAD));
    assert_eq!(load, Some((Problem::Live, Access::Load, PAYLOAD)));
    let copy = problem(&shadow(), |shadow| shadow.on_copy(START, PAYLOAD - 8, 9));
    assert_eq!(copy, Some((Problem::Live, Access::Store, PAYLOAD)));
}

#[test]
fn reading_new_memory_is_stopped() {
    let fresh = START + 64;
    let load = problem(&shadow(), |shadow| shadow.on_load(fresh));
    assert_eq!(load, Some((Problem::Unwritten, Access::Load, fresh)));
}

#[test]
fn stale_payload_may_be_read_only_after_a_write() {
    let shadow = shadow();
    shadow.let_go(PAYLOAD, PAYLOAD_BYTES);
    shadow.begin(Call::Free { payload: PAYLOAD }, NO_PAYLOAD);
    shadow.on_store(PAYLOAD);
    shadow.on_load(PAYLOAD);
    let next = PAYLOAD + 4;
    let load = problem(&shadow, |shadow| shadow.on_load(next));
    assert_eq!(load, Some((Problem::Stale, Access::Load, next)));
}

/// realloc may read and write what it resizes, with the padding, and no other payload.
#[test]
fn a_realloc_may_access_only_the_payload_it_resizes() {
    let shadow = shadow();
    let other = START + 128;
    shadow.hold(other, 16);
    let realloc = Call::Realloc { payload: PAYLOAD, size: 40 };
    shadow.begin(realloc, (PAYLOAD, 16));
    shadow.on_copy(PAYLOAD, START + 64, 16);
    shadow.on_store(PAYLOAD + 12);
    shadow.end();
    // Afterwards what it wrote is the allocator's, and the rest is stale.
    shadow.let_go(PAYLOAD, PAYLOAD_BYTES);
    shadow.begin(Call::Malloc { size: 1 }, NO_PAYLOAD);
    shadow.on_load(PAYLOAD + 12);
    let left = problem(&shadow, |shadow| shadow.on_load(PAYLOAD));
    assert_eq!(left, Some((Problem::Stale, Access::Load, PAYLOAD)));

    shadow.begin(realloc, (PAYLOAD, 16));
    let others = problem(&shadow, |shadow| shadow.on_copy(other, START + 64, 16));
    assert_eq!(others, Some((Problem::Live, Access::Load, other)));
}

#[test]
fn memory_given_back_is_inaccessible_and_unwritten_when_taken_again() {
    let shadow = shadow();
    let (end, less) = (START + HEAP_BYTES, START + 64);
    shadow.on_zero(less, 64);
    shadow.on_sbrk(-192, end, less);
    let gone = problem(&shadow, |shadow| shadow.on_load(less));
    assert_eq!(gone, Some((Problem::GivenBack, Access::Load, less)));
    shadow.begin(Call::Malloc { size: 1 }, NO_PAYLOAD);
    shadow.on_sbrk(64, less, end - 128);
    let fresh = problem(&shadow, |shadow| shadow.on_load(less));
    assert_eq!(fresh, Some((Problem::Unwritten, Access::Load, less)));
}

#[test]
fn giving_back_a_live_payload_is_stopped() {
    let shadow = shadow();
    let (end, inside) = (START + HEAP_BYTES, PAYLOAD + 8);
    let sbrk = catch_unwind(AssertUnwindSafe(|| shadow.on_sbrk(-232, end, inside)));
    assert!(sbrk.is_err_and(|unwound| unwound.is::<Stop>()));
    match shadow.caught() {
        Some((Call::Malloc { .. }, Caught::ShrinkLive { at, .. })) => assert_eq!(at, inside),
        other => panic!("{other:?}"),
    }
    assert_eq!(shadow.segment(), (START, end), "it did not happen");
}

#[test]
fn a_realloc_may_give_back_the_end_of_its_own_payload() {
    let shadow = shadow();
    let realloc = Call::Realloc { payload: PAYLOAD, size: 4 };
    shadow.begin(realloc, (PAYLOAD, 16));
    let (end, inside) = (START + HEAP_BYTES, PAYLOAD + 8);
    shadow.on_sbrk(-232, end, inside);
    shadow.end();
    shadow.let_go(PAYLOAD, PAYLOAD_BYTES);
    shadow.hold(PAYLOAD, 4);
    // The bytes have no owner now, and in the next call.
    shadow.begin(Call::Malloc { size: 1 }, NO_PAYLOAD);
    shadow.on_store(PAYLOAD + 4);
    let other = problem(&shadow, |shadow| shadow.on_store(PAYLOAD));
    assert_eq!(other, Some((Problem::Live, Access::Store, PAYLOAD)));
}

#[test]
fn each_call_has_its_own_limit_of_steps() {
    let shadow = shadow();
    for _ in 0..3 {
        shadow.begin(Call::Malloc { size: 1 }, NO_PAYLOAD);
        for _ in 0..STEPS_ALLOWED {
            shadow.on_load(START);
        }
        shadow.end();
    }
    shadow.begin(Call::Malloc { size: 1 }, NO_PAYLOAD);
    let endless = catch_unwind(AssertUnwindSafe(|| {
        loop {
            shadow.on_load(START);
            shadow.on_load(START + 8);
        }
    }));
    assert!(endless.is_err());
    match shadow.caught() {
        Some((_, Caught::EndlessLoop { allowed, steps })) => {
            let words = u64::from(HEAP_BYTES / WORD_BYTES);
            assert_eq!(allowed, STEPS_ALLOWED + STEPS_ALLOWED_A_WORD * words);
            assert_eq!(crate::access::cycle(&steps).len(), 2);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_driver_may_access_every_address() {
    let shadow = shadow();
    shadow.end();
    for addr in [Addr::NULL, START + 2, PAYLOAD, START + HEAP_BYTES] {
        shadow.on_load(addr);
    }
}

#[test]
fn a_refused_sbrk_is_remembered_for_its_call() {
    let shadow = shadow();
    let end = START + HEAP_BYTES;
    shadow.on_sbrk(64, end, end);
    shadow.end();
    assert!(shadow.was_refused());
    shadow.begin(Call::Malloc { size: 1 }, NO_PAYLOAD);
    shadow.on_sbrk(0, end, end);
    assert!(!shadow.was_refused());
}

#[test]
fn what_is_said_after_the_last_line_is_not_shown() {
    let shadow = Shadow::new();
    assert!(!shadow.listens());
    shadow.lines_left.set(1);
    assert!(shadow.listens());
    shadow.on_say(format_args!("the last line"));
    shadow.on_say(format_args!("one more, in the same call"));
    assert!(!shadow.listens());
}

/// Native code accesses bytes, half words, and two words at a time.
#[test]
fn native_code_is_checked_byte_by_byte() {
    let (fresh, end) = (START + 64, START + HEAP_BYTES);
    let access = |access: &dyn Fn(&Shadow)| problem(&shadow(), access);
    let store = |at, size| access(&move |shadow: &Shadow| shadow.on_store_bytes(at, size));
    let load = |at, size| access(&move |shadow: &Shadow| shadow.on_load_bytes(at, size));
    for (at, size) in [(fresh, 1), (fresh + 1, 1), (fresh + 2, 2), (fresh + 4, 8), (end - 16, 16)] {
        assert_eq!(store(at, size), None, "{size} bytes at {at}");
        let live = (Problem::Live, Access::Store, PAYLOAD);
        assert_eq!(store(PAYLOAD, size), Some(live), "{size} bytes");
    }
    assert_eq!(store(fresh + 1, 2), Some((Problem::Misaligned, Access::Store, fresh + 1)));
    assert_eq!(store(fresh + 2, 8), Some((Problem::Misaligned, Access::Store, fresh + 2)));
    assert_eq!(store(end - 4, 8), Some((Problem::PastBreak, Access::Store, end)));
    assert_eq!(load(START, 8), None);
    assert_eq!(load(fresh, 1), Some((Problem::Unwritten, Access::Load, fresh)));
    assert_eq!(load(PAYLOAD - 4, 8), Some((Problem::Live, Access::Load, PAYLOAD)));
    let outside = access(&|shadow: &Shadow| shadow.on_outside(0x7fff_0000_1234, 8, true));
    assert!(matches!(outside, Some((Problem::Outside { address: 0x7fff_0000_1234 }, _, _))));
}

/// C copies a struct with its padding, and a block with its unused end.
#[test]
fn bytes_without_meaning_may_be_copied() {
    let shadow = shadow();
    let fresh = START + 64;
    foreign::only_copies(|| shadow.on_load_bytes(fresh, 24));
    let copy = |shadow: &Shadow| foreign::only_copies(|| shadow.on_load_bytes(PAYLOAD, 4));
    assert_eq!(problem(&shadow, copy), Some((Problem::Live, Access::Load, PAYLOAD)));
    assert!(!foreign::is_only_copied(), "it was stopped");
}

#[test]
fn a_store_to_the_payload_in_play_is_known() {
    let shadow = shadow();
    let stored = |access: &dyn Fn()| {
        shadow.begin(Call::Realloc { payload: PAYLOAD, size: 16 }, (PAYLOAD, PAYLOAD_BYTES));
        access();
        shadow.end();
        shadow.has_stored_in_play()
    };
    let behind = PAYLOAD + 16;
    assert!(!stored(&|| shadow.on_load(PAYLOAD)));
    assert!(!stored(&|| shadow.on_store(behind)) && !stored(&|| shadow.on_store(PAYLOAD - 4)));
    assert!(!stored(&|| shadow.on_copy(PAYLOAD, behind, 8)));
    // Its bytes may be gone, and come again as zeros.
    let end = START + HEAP_BYTES;
    assert!(stored(&|| shadow.on_sbrk(-8, end, end - 8)));
    assert!(stored(&|| shadow.on_zero(PAYLOAD - 4, 5)));
    assert!(stored(&|| shadow.on_store(PAYLOAD + 12)));
    assert!(stored(&|| shadow.on_copy(START, PAYLOAD + 4, 4)));
    assert!(Shadow::that_counts().has_stored_in_play());
}
