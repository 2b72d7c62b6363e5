//! A worker as a process: started, spoken to, found dead.

use super::protocol::{Reply, read_line};
use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Gets a piece of what a heap under test prints.
pub(crate) type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// What a worker is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It checks answers, in a thread that its main thread watches.
    Checking,
    /// It takes times, and has one thread: with a second one the C library's
    /// allocator takes locks, and would race with a handicap. Whoever waits for
    /// it watches it.
    Racing,
}

/// A running worker.
pub(super) struct Worker {
    child: Child,
    tasks: ChildStdin,
    replies: Receiver<Reply>,
    /// Reads standard error to its end, and keeps what the runtime said last.
    errors: JoinHandle<String>,
}

/// What came of waiting for a reply.
pub(super) enum Heard {
    Reply(Reply),
    /// Nothing, for too long.
    Silence,
    /// Nothing, and nothing will: the worker is dead.
    Death,
}

/// How a worker ended that owed a reply.
pub(super) struct Death {
    pub(super) status: Option<ExitStatus>,
    /// What the runtime or the C library printed about it.
    pub(super) last_words: String,
}

impl Worker {
    /// Starts this program again, as a worker.
    pub(super) fn start(kind: Kind, host_bytes: u64, listener: Listener) -> io::Result<Worker> {
        let mut child = Command::new(env::current_exe()?)
            .args(["worker", "--host-bytes", &host_bytes.to_string()])
            .args((kind == Kind::Racing).then_some("--one-thread"))
            // A backtrace of the lab's own functions helps nobody.
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
        let to = Arc::clone(&listener);
        thread::spawn(move || pass_on_replies(replies, &sender, &to));
        Ok(Worker {
            child,
            tasks,
            replies: receiver,
            errors: thread::spawn(move || forward(errors, &listener)),
        })
    }

    /// Sends a task. A dead worker is noticed when its reply is read.
    pub(super) fn send(&mut self, task: &str) {
        let _ = writeln!(self.tasks, "{task}");
    }

    /// Waits for a reply, for so long at most.
    pub(super) fn receive(&self, patience: Duration) -> Heard {
        match self.replies.recv_timeout(patience) {
            Ok(reply) => Heard::Reply(reply),
            Err(RecvTimeoutError::Timeout) => Heard::Silence,
            Err(RecvTimeoutError::Disconnected) => Heard::Death,
        }
    }

    /// Sees a worker off that sends no more replies.
    pub(super) fn bury(mut self) -> Death {
        drop(self.tasks);
        let _ = self.child.kill();
        Death {
            status: self.child.wait().ok(),
            last_words: self.errors.join().unwrap_or_default(),
        }
    }
}

/// Reads standard output to its end: replies go to `replies`, and what a heap
/// printed in between goes to the listener.
fn pass_on_replies(output: ChildStdout, replies: &Sender<Reply>, listener: &Listener) {
    for line in BufReader::new(output).split(b'\n') {
        let Ok(line) = line else { break };
        let line = String::from_utf8_lossy(&line);
        let (printed, reply) = read_line(&line);
        if !printed.is_empty() {
            listener(&printed);
        }
        if let Some(reply) = reply
            && replies.send(reply).is_err()
        {
            break;
        }
    }
}

/// What the Rust runtime says when it gives up.
const RUNTIME_WORDS: [&str; 4] = [
    "has overflowed its stack",
    "memory allocation of",
    "fatal runtime error",
    "note: run with `RUST_BACKTRACE=1`",
];

/// Passes on what a worker prints to standard error, except what the runtime
/// says about its own death: that becomes a verdict.
fn forward(errors: impl Read, listener: &Listener) -> String {
    let mut last_words = String::new();
    for line in BufReader::new(errors).split(b'\n') {
        let Ok(line) = line else { break };
        let line = String::from_utf8_lossy(&line);
        let of_the_runtime = RUNTIME_WORDS.iter().any(|words| line.contains(words));
        if of_the_runtime {
            last_words += &line;
        } else if !line.is_empty() {
            listener(&format!("{line}\n"));
        }
    }
    last_words
}
