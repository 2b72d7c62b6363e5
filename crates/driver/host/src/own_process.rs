//! A contender that replays in a process of its own, in turn with those of this process.
//!
//! The C library's malloc has one set of options for a process. To time it with other options, in
//! the same turns as with the defaults, it needs another process: a copy of this one, made before
//! the first replay, that waits for its turn.
//!
//! ```text
//!  this process                     the copy
//!  replay ── one byte ───────────>  replays the program
//!         <─ eight bytes: time ───  waits
//! ```

use heaplab_replay::{Program, Timed, TimingEnvironment, TimingError};
use libc::c_int;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// A contender in a process of its own, which starts at the first replay.
///
/// The process that uses it must have one thread. Every replay must be of the same program as the
/// first one.
pub struct OwnProcess<R> {
    contender: R,
    /// Sets the copy's options, before its first replay.
    prepare: fn(),
    server: Option<Server>,
}

/// The other process. It ends when this is dropped.
struct Server {
    process: c_int,
    stream: UnixStream,
}

impl<R: Timed> OwnProcess<R> {
    /// Returns this contender, in a copy of this process that first calls `prepare`.
    pub fn new(contender: R, prepare: fn()) -> Self {
        OwnProcess { contender, prepare, server: None }
    }

    /// Starts the copy of this process, which serves replays until this end of the stream is
    /// closed.
    fn start(
        &mut self,
        program: &Program,
        environment: &mut TimingEnvironment,
    ) -> io::Result<Server> {
        let (stream, other_end) = UnixStream::pair()?;
        // SAFETY: this process has one thread, so no lock is held by another in the copy,
        // which may therefore do all that this one may.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                drop(stream);
                die_with_parent();
                (self.prepare)();
                // A panic must not unwind into code that takes this for the first process.
                let serving = || serve(other_end, || self.contender.replay(program, environment));
                let _ended = catch_unwind(AssertUnwindSafe(serving));
                // SAFETY: it does not return, and runs nothing of this process.
                unsafe { libc::_exit(0) }
            }
            process => Ok(Server { process, stream }),
        }
    }
}

/// Returns whether this process may start another one and talk to it: a sandbox or a limit on the
/// number of processes may forbid it.
pub fn is_possible() -> bool {
    if UnixStream::pair().is_err() {
        return false;
    }
    // SAFETY: the copy ends at once, and runs nothing of this process. It is waited for, so it
    // leaves nothing behind. No status is written.
    unsafe {
        match libc::fork() {
            -1 => false,
            0 => libc::_exit(0),
            process => libc::waitpid(process, std::ptr::null_mut(), 0) == process,
        }
    }
}

impl<R: Timed> Timed for OwnProcess<R> {
    fn replay(
        &mut self,
        program: &Program,
        environment: &mut TimingEnvironment,
    ) -> Result<Duration, TimingError> {
        let server = match self.server.take() {
            Some(server) => server,
            None => self.start(program, environment).map_err(TimingError::Process)?,
        };
        self.server.insert(server).replay().map_err(TimingError::Process)
    }
}

impl Server {
    fn replay(&mut self) -> io::Result<Duration> {
        self.stream.write_all(&[1])?;
        let mut nanoseconds = [0; 8];
        self.stream.read_exact(&mut nanoseconds)?;
        Ok(Duration::from_nanos(u64::from_ne_bytes(nanoseconds)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SAFETY: the process is a child that was not waited for yet, so no other
        // process has its number. No status is written.
        unsafe {
            libc::kill(self.process, libc::SIGKILL);
            libc::waitpid(self.process, std::ptr::null_mut(), 0);
        }
    }
}

/// Answers each byte with the time of a replay, until the other end is closed.
fn serve(
    mut stream: UnixStream,
    mut replay: impl FnMut() -> Result<Duration, TimingError>,
) -> io::Result<()> {
    loop {
        stream.read_exact(&mut [0])?;
        let taken = replay().map_err(io::Error::other)?;
        let nanoseconds = u64::try_from(taken.as_nanos()).unwrap_or(u64::MAX);
        stream.write_all(&nanoseconds.to_ne_bytes())?;
    }
}

/// Makes the copy end with the process that waits for it, even in the middle of a replay.
fn die_with_parent() {
    #[cfg(target_os = "linux")]
    // SAFETY: it asks the kernel for a signal, and touches no memory.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_answered_with_the_time_of_one_replay() {
        let (mut here, there) = UnixStream::pair().unwrap();
        let mut times = [7u64, 9].into_iter();
        let serving = std::thread::spawn(move || {
            serve(there, || Ok(Duration::from_nanos(times.next().unwrap_or(0))))
        });
        for expected in [7u64, 9] {
            here.write_all(&[1]).unwrap();
            let mut nanoseconds = [0; 8];
            here.read_exact(&mut nanoseconds).unwrap();
            assert_eq!(u64::from_ne_bytes(nanoseconds), expected);
        }
        drop(here);
        assert!(serving.join().unwrap().is_err(), "it ends with the stream");
    }
}
