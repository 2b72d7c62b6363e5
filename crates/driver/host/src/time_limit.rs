//! Ends this process when one operation takes too long. There is no second thread: with
//! one, the C library's allocator takes locks.
//!
//! The kernel counts the CPU time of the process, and sends it a signal at regular intervals
//! (`ITIMER_PROF`). The handler looks whether an operation has begun since the last signal. So
//! time that other programs get never counts against an allocator, and a replay is interrupted for
//! about a microsecond, at most once in 10 ms.

use heaplab_replay::Heartbeat;
use libc::{c_int, c_void};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The texts that are written to standard output, for the process that waits for this one.
#[derive(Debug)]
pub struct Says {
    /// The line that is written about once a second of CPU time, while operations begin.
    pub alive: Vec<u8>,
    /// The text written before the process ends, up to the number of operations that the replay had
    /// begun.
    pub stuck: Vec<u8>,
    /// The rest of that line, after the number.
    pub stuck_end: Vec<u8>,
}

struct Watched {
    heartbeat: &'static Heartbeat,
    says: Says,
}

static WATCHED: OnceLock<Watched> = OnceLock::new();

/// The count of operations at the last signal.
static SEEN: AtomicU64 = AtomicU64::new(0);
/// How many signals in a row found that count unchanged.
static STOOD_SIGNALS: AtomicU64 = AtomicU64::new(0);
/// The process ends at this many signals in a row.
static MOST_SIGNALS: AtomicU64 = AtomicU64::new(u64::MAX);
/// Signals since the `alive` line was last written.
static SILENT_SIGNALS: AtomicU64 = AtomicU64::new(0);
/// Signals in a second of CPU time.
static SIGNALS_A_SECOND: AtomicU64 = AtomicU64::new(1);

/// Makes the limit of [`set`] apply to the operations that this heartbeat counts. Call it once in
/// a process.
pub fn install(heartbeat: &'static Heartbeat, says: Says) {
    if WATCHED.set(Watched { heartbeat, says }).is_err() {
        return;
    }
    // SAFETY: a handler that reads and writes atomics, and calls write(2) and _exit(2):
    // all of it may be done in a signal handler. The structure is plain data.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = look as extern "C" fn(c_int) as usize;
        // System calls that the signal interrupts are restarted.
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(libc::SIGPROF, &action, ptr::null_mut());
    }
}

/// Ends the process when no operation begins for this much of its CPU time. The limit holds for
/// the replays that follow, until [`lift`].
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

/// Removes the limit.
pub fn lift() {
    run_timer(Duration::ZERO);
}

/// Has a signal sent each time this much CPU time has passed; stops the signals if it is zero.
fn run_timer(between: Duration) {
    let interval = libc::timeval {
        tv_sec: between.as_secs() as libc::time_t,
        tv_usec: between.subsec_micros() as libc::suseconds_t,
    };
    let timer = libc::itimerval { it_interval: interval, it_value: interval };
    // SAFETY: it reads the structure, and writes nothing.
    unsafe { libc::setitimer(libc::ITIMER_PROF, &timer, ptr::null_mut()) };
}

/// Handles the signal: has an operation begun since the last one?
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

/// Writes to standard output without taking a lock, and leaves `errno` as the interrupted code had
/// it.
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

/// Returns the address of this thread's `errno`.
fn errno() -> *mut c_int {
    // SAFETY: the C library says where, and nothing else is done.
    unsafe {
        #[cfg(target_os = "linux")]
        return libc::__errno_location();
        #[cfg(not(target_os = "linux"))]
        return libc::__error();
    }
}

/// Returns a number in decimal digits, made without allocating memory.
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
