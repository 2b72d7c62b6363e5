//! Ends this process when one operation takes too long, without a second thread: the C
//! library's allocator takes locks as soon as there is one.
//!
//! The kernel counts the CPU time of the process, and sends it a signal now and then
//! (`ITIMER_PROF`). The handler looks whether an operation has begun since the last
//! signal. So time that other programs get is never held against an allocator, and a
//! replay is interrupted for about a microsecond, at most once in 10 ms.

use heaplab_replay::Heartbeat;
use libc::{c_int, c_void};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What is written to standard output, for the process that waits for this one.
#[derive(Debug)]
pub struct Says {
    /// A line that is written about once a second of CPU time, while operations begin.
    pub alive: Vec<u8>,
    /// What is written before the process ends, up to the number of operations that the
    /// replay had begun.
    pub stuck: Vec<u8>,
    /// The rest of that line.
    pub stuck_end: Vec<u8>,
}

struct Watched {
    heartbeat: &'static Heartbeat,
    says: Says,
}

static WATCHED: OnceLock<Watched> = OnceLock::new();

/// The count at the last signal.
static SEEN: AtomicU64 = AtomicU64::new(0);
/// Signals in a row at which it was the same.
static STOOD_SIGNALS: AtomicU64 = AtomicU64::new(0);
/// So many are too many.
static MOST_SIGNALS: AtomicU64 = AtomicU64::new(u64::MAX);
/// Signals since the last sign of life.
static SILENT_SIGNALS: AtomicU64 = AtomicU64::new(0);
/// Signals in a second.
static SIGNALS_A_SECOND: AtomicU64 = AtomicU64::new(1);

/// From now on a limit that is [`set`] holds for the operations that this heartbeat
/// counts. To be called once in a process.
pub fn install(heartbeat: &'static Heartbeat, says: Says) {
    if WATCHED.set(Watched { heartbeat, says }).is_err() {
        return;
    }
    // SAFETY: a handler that reads and writes atomics, and calls write(2) and _exit(2):
    // all of it may be done in a signal handler. The structure is plain data.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = look as extern "C" fn(c_int) as usize;
        // Calls of the kernel go on as if nothing had been.
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(libc::SIGPROF, &action, ptr::null_mut());
    }
}

/// The process ends when no operation begins for so much of its CPU time. It stands
/// for the replays that follow, until [`lift`].
pub fn set(limit: Duration) {
    const LOOKS: u32 = 20;
    let between = (limit / LOOKS).clamp(Duration::from_millis(10), Duration::from_millis(500));
    let signals = limit.as_nanos().div_ceil(between.as_nanos());
    // The first signal that finds the count unchanged may come at once.
    let most = u64::try_from(signals).unwrap_or(u64::MAX).saturating_add(1);
    MOST_SIGNALS.store(most, Ordering::Relaxed);
    STOOD_SIGNALS.store(0, Ordering::Relaxed);
    let a_second = Duration::from_secs(1).as_nanos() / between.as_nanos();
    SIGNALS_A_SECOND.store(a_second as u64, Ordering::Relaxed);
    run_timer(between);
}

/// The limit no longer holds.
pub fn lift() {
    run_timer(Duration::ZERO);
}

/// A signal after so much CPU time, again and again; none if it is zero.
fn run_timer(between: Duration) {
    let interval = libc::timeval {
        tv_sec: between.as_secs() as libc::time_t,
        tv_usec: between.subsec_micros() as libc::suseconds_t,
    };
    let timer = libc::itimerval { it_interval: interval, it_value: interval };
    // SAFETY: it reads the structure, and writes nothing.
    unsafe { libc::setitimer(libc::ITIMER_PROF, &timer, ptr::null_mut()) };
}

/// The handler: has an operation begun since the last signal?
extern "C" fn look(_signal: c_int) {
    let Some(watched) = WATCHED.get() else { return };
    let begun = watched.heartbeat.begun();
    if SEEN.swap(begun, Ordering::Relaxed) != begun {
        STOOD_SIGNALS.store(0, Ordering::Relaxed);
        let silent = SILENT_SIGNALS.fetch_add(1, Ordering::Relaxed) + 1;
        if silent >= SIGNALS_A_SECOND.load(Ordering::Relaxed) {
            SILENT_SIGNALS.store(0, Ordering::Relaxed);
            say(&watched.says.alive);
        }
        return;
    }
    let stood = STOOD_SIGNALS.fetch_add(1, Ordering::Relaxed) + 1;
    if stood < MOST_SIGNALS.load(Ordering::Relaxed) {
        return;
    }
    let mut digits = [0; 20];
    say(&watched.says.stuck);
    say(decimal(watched.heartbeat.begun_since_start(), &mut digits));
    say(&watched.says.stuck_end);
    // SAFETY: it does not return, and runs nothing of this process.
    unsafe { libc::_exit(1) }
}

/// Writes to standard output, whatever lock somebody holds on it. The code that was
/// interrupted finds its `errno` as it was.
fn say(bytes: &[u8]) {
    // SAFETY: write(2) reads the slice; a signal handler may call it. The place of errno
    // is this thread's own.
    unsafe {
        let errno = errno();
        let before = *errno;
        libc::write(libc::STDOUT_FILENO, bytes.as_ptr().cast::<c_void>(), bytes.len());
        *errno = before;
    }
}

/// Where this thread's `errno` is.
fn errno() -> *mut c_int {
    // SAFETY: the C library says where, and nothing else is done.
    unsafe {
        #[cfg(target_os = "linux")]
        return libc::__errno_location();
        #[cfg(not(target_os = "linux"))]
        return libc::__error();
    }
}

/// A number in decimal digits, made without memory of an allocator's.
fn decimal(mut number: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut from = digits.len();
    loop {
        from -= 1;
        digits[from] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &digits[from..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_digits() {
        for number in [0, 7, 10, 4_294_967_296, u64::MAX] {
            let mut digits = [0; 20];
            assert_eq!(decimal(number, &mut digits), number.to_string().as_bytes());
        }
    }
}
