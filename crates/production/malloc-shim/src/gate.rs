//! Lets in one thread at a time; other calls are served elsewhere.

mod room;

pub use room::{Room, refuse};

use crate::account::Account;
use crate::choose::{self, Machine};
use crate::elsewhere;
use crate::format::{
    ACCOUNTS_VARIABLE, BLOCKS_VARIABLE, CHECKED_VARIABLE, HEAP_VARIABLE, LIMIT_VARIABLE,
};
use crate::glibc::errno_place;
use crate::lock;
use crate::threads;
use crate::words::die;
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char};
use core::sync::atomic::{AtomicBool, Ordering};

/// The heap, after the first call.
struct Guarded(UnsafeCell<Option<Room>>);

// SAFETY: only the thread that is inside, by `lock`, looks at it.
unsafe impl Sync for Guarded {}

static ROOM: Guarded = Guarded(UnsafeCell::new(None));

/// Serves a call by the heap, or by `elsewhere` if the heap can't be used now. Preserves `errno`.
#[inline]
pub fn serve<T>(by_heap: impl FnOnce(&mut Room) -> T, elsewhere: impl FnOnce() -> T) -> T {
    let errno_place = errno_place();
    // SAFETY: the place is this thread's.
    let errno = unsafe { *errno_place };
    let answer = if lock::enter(errno_place.addr()) {
        // SAFETY: this thread has come in, and no call before it is under way.
        let room = unsafe { &mut *ROOM.0.get() };
        if room.is_none() {
            *room = open();
        }
        match room {
            Some(room) => {
                room.free_what_was_left();
                let answer = by_heap(room);
                lock::leave();
                answer
            }
            None => {
                lock::leave();
                elsewhere()
            }
        }
    } else {
        elsewhere()
    };
    // SAFETY: as above.
    unsafe { *errno_place = errno };
    answer
}

/// Makes the heap before `main`, even if the program only allocates later, when the paths in its
/// environment may be invalid.
#[used]
#[unsafe(link_section = ".init_array")]
static OPEN: extern "C" fn() = {
    extern "C" fn open_now() {
        serve(|_| (), || ());
    }
    open_now
};

/// Completes the table of the blocks, if one is kept, when the program exits: after its own
/// functions for the end, when its blocks have their last contents.
#[used]
#[unsafe(link_section = ".fini_array")]
static CLOSE: extern "C" fn() = {
    extern "C" fn close_now() {
        close();
    }
    close_now
};

/// Completes the table of the blocks, if one is kept.
///
/// It may be called in a process made by a bare `clone` or `_Fork`. The thread that was in the heap
/// may not exist there, so this function does not wait for long.
pub fn close() {
    if !KEEPS_BLOCKS.load(Ordering::Relaxed) {
        return;
    }
    let errno_place = errno_place();
    // SAFETY: the place is this thread's.
    let errno = unsafe { *errno_place };
    if (0..MOST_TRIES).any(|_| lock::try_enter(errno_place.addr())) {
        // SAFETY: this thread has come in, and no call before it is under way.
        if let Some(room) = unsafe { &mut *ROOM.0.get() } {
            room.close();
        }
        lock::leave();
    }
    // SAFETY: as above.
    unsafe { *errno_place = errno };
}

/// Whether a table of the blocks is kept.
static KEEPS_BLOCKS: AtomicBool = AtomicBool::new(false);

/// How often the end of a process looks whether the heap is free.
const MOST_TRIES: usize = 1000;

/// Makes the heap that the environment names. `None` while there is no environment (the loader
/// allocates earlier), and if the host has no address space for a heap.
#[cold]
fn open() -> Option<Room> {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: the C library owns this word; reading it is what it is for.
    if unsafe { environ }.is_null() {
        return None;
    }
    threads::look();
    // A damaged heap may panic; the message printed then is better than the panic's.
    std::panic::set_hook(Box::new(|_| {}));
    let spec = variable(HEAP_VARIABLE).unwrap_or(c"quick");
    let limit = variable(LIMIT_VARIABLE).and_then(|text| text.to_str().ok()?.parse().ok());
    let accounts = variable(ACCOUNTS_VARIABLE);
    let machine = match variable(CHECKED_VARIABLE) {
        Some(_) => Machine::Checked,
        None if accounts.is_some() => Machine::Counting,
        None => Machine::Plain,
    };
    let spec = spec.to_str().unwrap_or_default();
    let heap = match choose::heap(spec, limit.unwrap_or(u32::MAX), machine) {
        Ok(heap) => heap?,
        Err(error) => die(format_args!("{error}")),
    };
    elsewhere::set_machine(heap.machine_start(), heap.machine_bytes());
    let mut account = accounts.and_then(|table| Account::open(table, heap.limit_bytes()));
    if let (Some(account), Some(folder)) = (&mut account, variable(BLOCKS_VARIABLE)) {
        account.keep_blocks(folder, &*heap);
        KEEPS_BLOCKS.store(true, Ordering::Relaxed);
    }
    // SAFETY: the handlers have the type asked for and live as long as the process.
    unsafe { libc::pthread_atfork(Some(before_fork), Some(in_parent), Some(in_child)) };
    Some(Room { heap, account })
}

/// Reads an environment variable. No code has run yet that could be changing it. Allocates nothing,
/// because there may be no memory.
fn variable(name: &str) -> Option<&'static CStr> {
    let mut text = [0; 64];
    text.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
    let name = CStr::from_bytes_until_nul(&text).ok()?;
    // SAFETY: the argument is a C string, and so is the answer if it is not null.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value))
    }
}

extern "C" fn before_fork() {
    lock::before_fork(errno_place().addr());
}

extern "C" fn in_parent() {
    lock::after_fork(errno_place().addr());
}

extern "C" fn in_child() {
    lock::in_child(errno_place().addr());
}
