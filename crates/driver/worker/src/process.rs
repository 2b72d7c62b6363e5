//! A worker as a process: starting it, talking to it, and how it ended.

use crate::line::read_line;
use crate::message::Message;
use crate::options::{Listener, WorkerOptions};
use crate::secret::Secret;
use crate::task_state::{Stat, of_process};
use crate::{Arguments, Error, Process};
use heaplab_replay::foreign::End;
use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const TUNABLES: &str = "GLIBC_TUNABLES";

/// Returns the C library's tunables with these added.
fn tunables(added: &str) -> String {
    match env::var(TUNABLES) {
        Ok(others) if !others.is_empty() => format!("{others}:{added}"),
        _ => added.to_owned(),
    }
}

/// A running worker.
pub(crate) struct Worker {
    child: Child,
    tasks: ChildStdin,
    replies: Receiver<Told>,
    /// Reads standard error to its end, and keeps what the runtime printed last.
    errors: JoinHandle<String>,
}

/// What standard output of a worker tells.
enum Told {
    Reply(Message),
    /// The heap prints without end.
    Flood,
}

/// The result of waiting for a reply.
pub(crate) enum Heard {
    Message(Message),
    /// The heap printed more than anybody reads, and its output is not read any more.
    Flood,
    /// There was no reply within this time.
    Silence(Duration),
    /// There was no reply within this time, and the worker neither slept nor had the processor.
    Starvation(Duration),
    /// There was no reply, and the worker slept for as long as it may at one operation.
    Sleep(Duration),
    /// There will be no reply: the worker has ended.
    Death,
    /// There is no reply yet, and none is wanted any more.
    Cancelled,
}

/// How a worker that owed a reply ended.
pub(crate) struct Death {
    pub(crate) status: Option<ExitStatus>,
    /// What the runtime or the C library printed about it.
    pub(crate) last_words: String,
}

impl Worker {
    /// Starts a process and gives it its secret.
    ///
    /// # Errors
    /// If the host can't do it.
    pub(crate) fn start(process: Process, worker_options: &WorkerOptions) -> Result<Worker, Error> {
        let secret = Secret::new()?;
        let mut worker = Worker::spawn(process, worker_options, secret.clone())
            .map_err(|error| Error::new(format!("error: can't start a worker: {error}")))?;
        worker.send(secret.as_str());
        Ok(worker)
    }

    fn spawn(
        process: Process,
        worker_options: &WorkerOptions,
        secret: Secret,
    ) -> io::Result<Worker> {
        let arguments =
            Arguments { host_bytes: worker_options.host_bytes, one_thread: process.one_thread };
        let mut command = (worker_options.launcher)()?;
        if !process.tunables.is_empty() {
            command.env(TUNABLES, tunables(process.tunables));
        }
        let mut child = command
            .args(arguments.words())
            // A backtrace of the lab's own functions does not help a student.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (Some(tasks), Some(replies), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("the worker has no pipes"));
        };
        let (sender, receiver) = mpsc::channel();
        let (to, listener) =
            (Arc::clone(&worker_options.listener), Arc::clone(&worker_options.listener));
        thread::spawn(move || pass_on_replies(replies, &secret, &sender, &to));
        Ok(Worker {
            child,
            tasks,
            replies: receiver,
            errors: thread::spawn(move || forward(errors, &listener)),
        })
    }

    /// Sends a line: the secret first, then tasks. A dead worker is noticed in `receive`.
    pub(crate) fn send(&mut self, line: &str) {
        let _ = writeln!(self.tasks, "{line}");
    }

    /// Waits for a reply for `patience` at most, and stops when the worker has slept for longer
    /// than `may_sleep`, or when it is cancelled.
    pub(crate) fn receive(
        &self,
        patience: Duration,
        may_sleep: Option<Duration>,
        is_cancelled: Option<&AtomicBool>,
    ) -> Heard {
        const LOOK_EVERY: Duration = Duration::from_millis(50);
        let start = Instant::now();
        let process = of_process(self.child.id());
        let ticks_before = Stat::read(&process).map(|stat| stat.cpu_ticks);
        let mut sleep: Option<(Instant, u64)> = None;
        loop {
            let left = patience.saturating_sub(start.elapsed());
            if is_cancelled.is_some_and(|is_cancelled| is_cancelled.load(Ordering::Relaxed)) {
                return Heard::Cancelled;
            }
            let next = match (may_sleep, is_cancelled) {
                (None, None) => left,
                _ => left.min(LOOK_EVERY),
            };
            match self.replies.recv_timeout(next) {
                Ok(Told::Reply(reply)) => return Heard::Message(reply),
                Ok(Told::Flood) => return Heard::Flood,
                Err(RecvTimeoutError::Disconnected) => return Heard::Death,
                Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                    return match (ticks_before, Stat::read(&process)) {
                        (Some(before), Some(stat)) if stat.starves(before, patience) => {
                            Heard::Starvation(patience)
                        }
                        _ => Heard::Silence(patience),
                    };
                }
                Err(RecvTimeoutError::Timeout) if may_sleep.is_none() => continue,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let stat = Stat::read(&process).filter(|stat| stat.sleeps);
            sleep = stat.map(|stat| match sleep {
                Some((since, ticks)) if ticks == stat.cpu_ticks => (since, ticks),
                _ => (Instant::now(), stat.cpu_ticks),
            });
            if let (Some((since, _)), Some(most)) = (sleep, may_sleep)
                && since.elapsed() > most
            {
                return Heard::Sleep(most);
            }
        }
    }

    /// Ends a worker that sends no more replies.
    pub(crate) fn bury(mut self) -> Death {
        drop(self.tasks);
        let _ = self.child.kill();
        Death { status: self.child.wait().ok(), last_words: self.errors.join().unwrap_or_default() }
    }
}

/// Reads standard output to its end: replies go to `replies`, and text that a heap printed in
/// between goes to the listener, as far as it is shown.
fn pass_on_replies(
    output: ChildStdout,
    secret: &Secret,
    replies: &Sender<Told>,
    listener: &Listener,
) {
    let mut printed_bytes = Printed::default();
    for line in Lines::of(output) {
        let (printed, reply) = read_line(&line, secret);
        if !printed.is_empty() {
            printed_bytes.show(&printed, listener);
        }
        if printed_bytes.is_flood() {
            let _ = replies.send(Told::Flood);
            break;
        }
        if let Some(reply) = reply
            && replies.send(Told::Reply(reply)).is_err()
        {
            break;
        }
    }
}

/// How much a worker's heaps have printed.
#[derive(Default)]
struct Printed {
    bytes: usize,
}

/// What a worker prints beyond this is not shown.
const MOST_SHOWN_BYTES: usize = 1 << 20;

/// A heap that prints more than this prints without end.
pub(crate) const MOST_PRINTED_BYTES: usize = 64 << 20;

impl Printed {
    /// Shows a piece, unless too much was shown already.
    fn show(&mut self, piece: &str, listener: &Listener) {
        let was_shown = self.bytes <= MOST_SHOWN_BYTES;
        self.bytes = self.bytes.saturating_add(piece.len());
        if self.bytes <= MOST_SHOWN_BYTES {
            listener(piece);
        } else if was_shown {
            listener(&format!(
                "... the heap has printed {} MiB; what it prints from here on is not shown\n",
                MOST_SHOWN_BYTES >> 20
            ));
        }
    }

    fn is_flood(&self) -> bool {
        self.bytes > MOST_PRINTED_BYTES
    }
}

/// The lines that a process prints. A line without an end is cut into pieces, so that it can't fill
/// the memory.
struct Lines<R>(BufReader<R>);

/// Longer than any reply.
const LONGEST_LINE_BYTES: u64 = 256 << 20;

impl<R: Read> Lines<R> {
    fn of(output: R) -> Lines<R> {
        Lines(BufReader::new(output))
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let mut piece = (&mut self.0).take(LONGEST_LINE_BYTES);
        match piece.read_until(b'\n', &mut line) {
            Ok(1..) => {
                line.pop_if(|&mut last| last == b'\n');
                Some(String::from_utf8_lossy(&line).into_owned())
            }
            _ => None,
        }
    }
}

/// At most this many bytes of it are kept.
const MOST_LAST_WORDS_BYTES: usize = 4096;

/// What the Rust runtime prints before it aborts.
const RUNTIME_WORDS: [&str; 5] = [
    End::MARK,
    "has overflowed its stack",
    "memory allocation of",
    "fatal runtime error",
    "note: run with `RUST_BACKTRACE=1`",
];

/// Passes on what a worker prints to standard error, except what the runtime prints before it
/// aborts: that becomes a verdict.
fn forward(errors: impl Read, listener: &Listener) -> String {
    let mut last_words = String::new();
    let mut printed = Printed::default();
    for line in Lines::of(errors) {
        let of_the_runtime = RUNTIME_WORDS.iter().any(|words| line.contains(words));
        if of_the_runtime && last_words.len() < MOST_LAST_WORDS_BYTES {
            last_words += &line;
        } else if !line.is_empty() {
            printed.show(&format!("{line}\n"), listener);
        }
    }
    last_words
}
