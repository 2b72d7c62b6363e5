//! One at a time, and who comes in twice goes to the C library.

mod of_c;
mod room;

pub use of_c::OfC;
pub use room::Room;

use crate::account::Account;
use crate::choose::{self, Machine};
use crate::format::{ACCOUNTS_VARIABLE, CHECKED_VARIABLE, HEAP_VARIABLE, LIMIT_VARIABLE};
use crate::glibc::{errno, errno_place, set_errno};
use crate::words::die;
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};
use std::ffi::CString;

/// What only who holds [`LOCK`] may look at.
struct Guarded<T>(UnsafeCell<T>);

// SAFETY: see the type; `serve` and the fork handlers are all who look.
unsafe impl<T> Sync for Guarded<T> {}

static LOCK: Guarded<libc::pthread_mutex_t> =
    Guarded(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER));

/// The heap, once it was asked for.
static ROOM: Guarded<Option<Room>> = Guarded(UnsafeCell::new(None));

/// What the C library has served.
static OF_C: Guarded<OfC> = Guarded(UnsafeCell::new(OfC::new()));

/// The thread that is inside, known by the place of its `errno`. A thread that finds
/// itself here has come in twice; no other thread is ever mistaken for it.
static INSIDE: AtomicPtr<c_int> = AtomicPtr::new(ptr::null_mut());

/// The thread that is about to fork: it holds the lock, and is not inside.
static FORKING: AtomicPtr<c_int> = AtomicPtr::new(ptr::null_mut());

/// Has a call served by the heap; or by the C library, if it comes from inside of another
/// call or before the heap can be chosen. `errno` is left as it was.
#[inline]
pub fn serve<T>(by_heap: impl FnOnce(&mut Room) -> T, by_c: impl FnOnce(&mut OfC) -> T) -> T {
    let me = errno_place();
    if INSIDE.load(Ordering::Relaxed) == me {
        // SAFETY: this thread holds the lock, and the call that it is inside of does
        // not look at this while it runs somebody else's code.
        return by_c(unsafe { &mut *OF_C.0.get() });
    }
    let errno = errno();
    let has_lock = FORKING.load(Ordering::Relaxed) == me;
    if !has_lock {
        lock();
    }
    INSIDE.store(me, Ordering::Relaxed);
    // SAFETY: this thread holds the lock, and just came in.
    let room = unsafe { &mut *ROOM.0.get() };
    if room.is_none() {
        *room = open();
    }
    let answer = match room {
        Some(room) => by_heap(room),
        // SAFETY: as for the room.
        None => by_c(unsafe { &mut *OF_C.0.get() }),
    };
    INSIDE.store(ptr::null_mut(), Ordering::Relaxed);
    if !has_lock {
        unlock();
    }
    set_errno(errno);
    answer
}

fn lock() {
    // SAFETY: a mutex as POSIX makes it, which is never destroyed.
    unsafe { libc::pthread_mutex_lock(LOCK.0.get()) };
}

fn unlock() {
    // SAFETY: as above, and this thread has it, or is the child of the one that had.
    unsafe { libc::pthread_mutex_unlock(LOCK.0.get()) };
}

/// The heap that the environment asks for; none as long as there is no environment: the
/// loader allocates before.
#[cold]
fn open() -> Option<Room> {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: the C library owns this word; reading it is what it is for.
    if unsafe { environ }.is_null() {
        return None;
    }
    let spec = variable(HEAP_VARIABLE).unwrap_or(c"segregated");
    let limit = variable(LIMIT_VARIABLE).and_then(|text| text.to_str().ok()?.parse().ok());
    let account = variable(ACCOUNTS_VARIABLE).and_then(Account::open);
    let machine = match variable(CHECKED_VARIABLE) {
        Some(_) => Machine::Checked,
        None if account.is_some() => Machine::Counting,
        None => Machine::Plain,
    };
    let heap = choose::heap(
        spec.to_str().unwrap_or_default(),
        limit.unwrap_or(u32::MAX),
        machine,
    );
    let heap = heap.unwrap_or_else(|error| die(format_args!("{error}")));
    // SAFETY: the handlers have the type asked for and live as long as the process.
    unsafe { libc::pthread_atfork(Some(before_fork), Some(in_parent), Some(in_child)) };
    Some(Room { heap, account })
}

/// An environment variable. Nobody has run yet who could be changing it.
fn variable(name: &str) -> Option<&'static CStr> {
    let name = CString::new(name).ok()?;
    // SAFETY: the argument is a C string, and so is the answer if it is not null.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value))
    }
}

extern "C" fn before_fork() {
    lock();
    FORKING.store(errno_place(), Ordering::Relaxed);
}

extern "C" fn in_parent() {
    FORKING.store(ptr::null_mut(), Ordering::Relaxed);
    unlock();
}

extern "C" fn in_child() {
    INSIDE.store(errno_place(), Ordering::Relaxed);
    // SAFETY: the child's only thread, and it has the lock.
    if let Some(room) = unsafe { &mut *ROOM.0.get() } {
        let heap = &*room.heap;
        let of_parent = room.account.take();
        room.account = of_parent.and_then(|account| account.of_child(heap));
    }
    INSIDE.store(ptr::null_mut(), Ordering::Relaxed);
    in_parent();
}
