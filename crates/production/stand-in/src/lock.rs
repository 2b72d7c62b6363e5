//! Who may use the heap: one thread at a time, and none while a process forks.
//!
//! Owner and lock are one word, changed by one store. So there is no moment between
//! taking the lock and saying so, in which a signal handler of the same thread could
//! come and wait for ever.
//!
//! | the word | what it means | who comes now |
//! |---|---|---|
//! | 0 | the heap is free | takes it |
//! | a thread | the thread is inside | waits; the thread itself goes elsewhere |
//! | a thread, and [`ELSEWHERE`] | the thread is inside, and forks in a signal handler | goes elsewhere |
//! | twice a count, and [`ELSEWHERE`] | that many threads fork | goes elsewhere |
//!
//! While it forks, a thread waits for locks of the C library whose owners may be about to
//! allocate. So nothing waits for a thread that forks: the heap rests meanwhile, in a state
//! that the child can go on with, and calls are served [elsewhere](crate::elsewhere).
//! A thread inside waits for nothing at all.

use core::hint;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// A thread, known by the place of its `errno`: another one for each living thread, never
/// null, never odd, and above [`FORKS_END`].
pub type Thread = usize;

/// Calls are not to wait for the heap.
const ELSEWHERE: usize = 1;

/// One thread more that forks.
const FORK: usize = 2;

/// Smaller odd words count forks.
const FORKS_END: usize = 1 << 12;

static WORD: AtomicUsize = AtomicUsize::new(0);

/// 1 if a thread may be asleep that was not woken yet.
static ASLEEP: AtomicU32 = AtomicU32::new(0);

/// Changes when those that are asleep should look again.
static TURN: AtomicU32 = AtomicU32::new(0);

/// How often a thread looks before it waits.
const LOOKS: u32 = 100;

/// Takes the heap for this thread. False if the call is to be served elsewhere.
#[inline]
pub fn enter(me: Thread) -> bool {
    match take(me) {
        Ok(_) => true,
        Err(_) => wait_until(|word| match word {
            0 => take(me).ok().map(|_| true),
            word => (word & ELSEWHERE != 0 || word == me).then_some(false),
        }),
    }
}

#[inline]
fn take(me: Thread) -> Result<usize, usize> {
    WORD.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed)
}

/// Leaves the heap, which this thread has.
#[inline]
pub fn leave() {
    WORD.store(0, Ordering::SeqCst);
    if ASLEEP.load(Ordering::SeqCst) != 0 {
        wake(1);
    }
}

/// A fork is about to happen: until it is over the heap rests, as nothing is changing it;
/// or as this thread left it, if the fork is in a signal handler that came meanwhile.
pub fn before_fork(me: Thread) {
    wait_until(|word| {
        let new = match word {
            0 => FORK | ELSEWHERE,
            word if counts_forks(word) => word + FORK,
            word if word & !ELSEWHERE == me => me | ELSEWHERE,
            _ => return None,
        };
        let (done, failed) = (Ordering::SeqCst, Ordering::Relaxed);
        WORD.compare_exchange(word, new, done, failed).ok()
    });
    wake(i32::MAX);
}

/// The fork is over, for the parent.
pub fn after_fork(me: Thread) {
    let _ = WORD.fetch_update(Ordering::SeqCst, Ordering::Relaxed, |word| {
        Some(match word {
            word if counts_forks(word) && word > (FORK | ELSEWHERE) => word - FORK,
            word if counts_forks(word) => 0,
            _ => me,
        })
    });
    wake(i32::MAX);
}

/// The same for the child, which has this thread only.
pub fn in_child(me: Thread) {
    let is_inside = WORD.load(Ordering::Relaxed) & !ELSEWHERE == me;
    WORD.store(if is_inside { me } else { 0 }, Ordering::SeqCst);
    ASLEEP.store(0, Ordering::SeqCst);
}

fn counts_forks(word: usize) -> bool {
    word & ELSEWHERE != 0 && word < FORKS_END
}

/// Shows the word until `answer` has one.
#[cold]
fn wait_until<T>(mut answer: impl FnMut(usize) -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(answer) = answer(WORD.load(Ordering::Relaxed)) {
            return answer;
        }
        hint::spin_loop();
    }
    loop {
        let turn = TURN.load(Ordering::SeqCst);
        // Also if it is this thread's turn now: others may be asleep, and are woken when
        // it leaves.
        ASLEEP.store(1, Ordering::SeqCst);
        if let Some(answer) = answer(WORD.load(Ordering::SeqCst)) {
            return answer;
        }
        futex(libc::FUTEX_WAIT, turn);
    }
}

#[cold]
fn wake(threads: i32) {
    ASLEEP.store(0, Ordering::SeqCst);
    TURN.fetch_add(1, Ordering::SeqCst);
    futex(libc::FUTEX_WAKE, threads as u32);
}

/// futex(2) on [`TURN`]. It may return early, and `errno` changes.
fn futex(operation: i32, value: u32) {
    let no_time = core::ptr::null::<libc::timespec>();
    let operation = operation | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word stays; a wait ends when it is woken, or does not begin.
    unsafe { libc::syscall(libc::SYS_futex, TURN.as_ptr(), operation, value, no_time) };
}
