//! Asks a thread of this process which of the allocator's functions it runs, without its help: it
//! is in a loop that does not end.

use heaplab_replay::{Frame, frames_where_interrupted};
use libc::c_int;
use std::ptr;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// A thread of this process, to be asked while it runs.
#[derive(Clone, Copy, Debug)]
pub struct RunningThread(libc::pthread_t);

/// The answer of the thread that was asked. A process asks once, and then ends.
static ANSWER: OnceLock<Vec<Frame>> = OnceLock::new();

impl RunningThread {
    /// Returns the calling thread.
    pub fn this() -> RunningThread {
        // SAFETY: it has no preconditions.
        RunningThread(unsafe { libc::pthread_self() })
    }

    /// Returns the allocator's functions that the thread runs, the innermost first; none if it does
    /// not answer in time. The thread must be running. The process can't go on afterwards: call
    /// this only just before it ends.
    pub fn frames(self, wait: Duration) -> Vec<Frame> {
        // SAFETY: the thread runs, as the caller promises, so its name is valid. The handler takes
        // locks and allocates memory, which a handler may not do in general: if it interrupts code
        // that has the same lock, it waits for ever. Then there is no answer in time, and the
        // process ends all the same. The structure is plain data.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = answer as extern "C" fn(c_int) as usize;
            action.sa_flags = libc::SA_RESTART;
            libc::sigaction(libc::SIGUSR1, &action, ptr::null_mut());
        }
        let asked = Instant::now();
        while ANSWER.get().is_none() && asked.elapsed() < wait {
            // SAFETY: as above. It is asked again where it has no answer.
            unsafe { libc::pthread_kill(self.0, libc::SIGUSR1) };
            thread::sleep(Duration::from_millis(5));
        }
        ANSWER.get().cloned().unwrap_or_default()
    }
}

/// Handles the signal, in the thread that was asked.
extern "C" fn answer(_signal: c_int) {
    // If it was asked before, the first answer stays.
    if ANSWER.get().is_none()
        && let Some(frames) = frames_where_interrupted()
    {
        let _ = ANSWER.set(frames);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    #[test]
    fn a_thread_answers_while_it_runs() {
        static ENDS: AtomicBool = AtomicBool::new(false);
        let (sender, receiver) = mpsc::channel();
        let loops = thread::spawn(move || {
            sender.send(RunningThread::this()).expect("the test waits");
            while !ENDS.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
        let thread = receiver.recv().expect("the thread started");
        // There is no allocator here: an empty answer, which comes.
        assert_eq!(thread.frames(Duration::from_secs(60)), []);
        assert!(ANSWER.get().is_some());
        ENDS.store(true, Ordering::Relaxed);
        loops.join().expect("it ends");
    }
}
