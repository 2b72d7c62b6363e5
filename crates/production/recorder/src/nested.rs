//! Allocator calls that come from inside an allocator.
//!
//! An allocator other than the C library's may be built from its own public functions: a `realloc`
//! that calls `malloc` and `free`, an `operator delete` that calls `free`. All of them are hooked,
//! so one release would be recorded twice. So a thread registers a release here until it is done,
//! and the inner call is not recorded.
//!
//! A thread-local variable would do, if its first use could not allocate.

use core::sync::atomic::{AtomicU64, Ordering};

/// The number of places for releases under way at the same time.
const PLACES: usize = 1024;

/// The number of places that a thread tries.
const TRIES: usize = 8;

/// A release under way. Only its own thread looks at the address.
struct Place {
    /// Zero if the place is free.
    thread: AtomicU64,
    address: AtomicU64,
}

static UNDER_WAY: [Place; PLACES] =
    [const { Place { thread: AtomicU64::new(0), address: AtomicU64::new(0) } }; PLACES];

/// A registered release; it is under way until this is dropped.
pub struct Release(Option<&'static Place>);

/// Registers a release by the calling thread; `None` if that thread has registered it already.
pub fn release(address: u64) -> Option<Release> {
    // SAFETY: reads the calling thread's own descriptor; nothing can go wrong.
    let thread = unsafe { libc::pthread_self() };
    // Descriptors are at least a cache line apart; the multiplication spreads them.
    let first = (thread >> 6).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize >> 32;
    let places = || (0..TRIES).map(move |step| &UNDER_WAY[(first + step) % PLACES]);
    let is_same = |place: &Place| {
        place.thread.load(Ordering::Relaxed) == thread
            && place.address.load(Ordering::Relaxed) == address
    };
    if places().any(is_same) {
        return None;
    }
    let free = places().find(|place| {
        let place = &place.thread;
        let taken = place.compare_exchange(0, thread, Ordering::Relaxed, Ordering::Relaxed);
        taken.is_ok()
    });
    if let Some(place) = free {
        place.address.store(address, Ordering::Relaxed);
    }
    // Without a free place it is not registered: the release may be recorded twice.
    Some(Release(free))
}

impl Drop for Release {
    fn drop(&mut self) {
        if let Some(place) = self.0 {
            place.address.store(0, Ordering::Relaxed);
            place.thread.store(0, Ordering::Release);
        }
    }
}

/// Clears all places: in a forked child no other thread is under way.
pub fn forget_all() {
    for place in &UNDER_WAY {
        place.thread.store(0, Ordering::Relaxed);
    }
}
