//! The lock of the heap: held by one thread at a time, and by none during a fork.
//!
//! Owner and lock are one word, changed by one store. So between taking the lock and recording its
//! owner there is no moment in which a signal handler of the same thread could wait for ever.
//!
//! | the word | meaning | a thread that comes now |
//! |---|---|---|
//! | 0 | the heap is free | takes the heap |
//! | a thread | the thread is inside | waits; the thread itself goes elsewhere |
//! | a thread, and [`ELSEWHERE`] | the thread is inside, and forks in a signal handler | goes elsewhere |
//! | twice a count, and [`ELSEWHERE`] | that many threads fork | goes elsewhere |
//!
//! During a fork a thread waits for locks of the C library whose owners may be about to allocate.
//! So nothing waits for a thread that forks: meanwhile the heap stays unchanged, in a state that is
//! valid for the child, and calls are served [elsewhere](crate::elsewhere). A thread that is inside
//! waits for nothing.
//!
//! While the process has a single [thread](crate::threads), the word is written without an atomic
//! instruction: two of them take as long as a whole `malloc`.

use crate::threads;
use core::hint;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering, compiler_fence};

/// A thread, identified by the address of its `errno`: unique among living threads, never null,
/// never odd, and above [`FORKS_END`].
pub type Thread = usize;

/// Calls must not wait for the heap.
const ELSEWHERE: usize = 1;

/// Added for each thread that forks.
const FORK: usize = 2;

/// Odd words below this count forks.
const FORKS_END: usize = 1 << 12;

static WORD: AtomicUsize = AtomicUsize::new(0);

/// 1 if some thread may be asleep that was not woken yet.
static ASLEEP: AtomicU32 = AtomicU32::new(0);

/// Changes when sleeping threads should check the word again.
static TURN: AtomicU32 = AtomicU32::new(0);

/// How often a thread checks the word before it sleeps.
const LOOKS: u32 = 100;

/// Takes the heap for this thread. Returns false if the call is to be served elsewhere.
#[inline]
pub fn enter(me: Thread) -> bool {
    if threads::is_single() && WORD.load(Ordering::Relaxed) == 0 {
        // Only a signal handler may come between the two, and it leaves the heap free.
        WORD.store(me, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        return true;
    }
    match take(me) {
        Ok(_) => true,
        Err(_) => wait_until(|word| match word {
            0 => take(me).ok().map(|_| true),
            word => (word & ELSEWHERE != 0 || word == me).then_some(false),
        }),
    }
}

/// Takes the heap for this thread if it is free now; lets another thread run if not.
pub fn try_enter(me: Thread) -> bool {
    let is_taken = take(me).is_ok();
    if !is_taken {
        // SAFETY: it only lets another thread run.
        unsafe { libc::sched_yield() };
    }
    is_taken
}

#[inline]
fn take(me: Thread) -> Result<usize, usize> {
    WORD.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed)
}

/// Releases the heap, which this thread holds.
#[inline]
pub fn leave() {
    if threads::is_single() {
        compiler_fence(Ordering::SeqCst);
        WORD.store(0, Ordering::Relaxed);
        return;
    }
    WORD.store(0, Ordering::SeqCst);
    if ASLEEP.load(Ordering::SeqCst) != 0 {
        wake(1);
    }
}

/// Prepares for a fork: until it is over, no thread changes the heap. If the fork is in a signal
/// handler inside the heap, the heap stays as this thread left it.
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

/// Ends a fork in the parent.
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

/// Ends a fork in the child, which has only this thread.
pub fn in_child(me: Thread) {
    let is_inside = WORD.load(Ordering::Relaxed) & !ELSEWHERE == me;
    WORD.store(if is_inside { me } else { 0 }, Ordering::SeqCst);
    ASLEEP.store(0, Ordering::SeqCst);
}

fn counts_forks(word: usize) -> bool {
    word & ELSEWHERE != 0 && word < FORKS_END
}

/// Passes the word to `answer` until it returns a value.
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
        // Set even if it is now this thread's turn: others may be asleep, and are woken when it
        // leaves.
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

/// Calls futex(2) on [`TURN`]. It may return early, and changes `errno`.
fn futex(operation: i32, value: u32) {
    let no_time = core::ptr::null::<libc::timespec>();
    let operation = operation | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word stays; a wait ends when it is woken, or does not begin.
    unsafe { libc::syscall(libc::SYS_futex, TURN.as_ptr(), operation, value, no_time) };
}
