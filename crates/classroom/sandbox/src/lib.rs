//! A process restricts itself, then becomes an untrusted program.
//!
//! A [`Spec`] says what the program may do; everything else is forbidden. A [`Jail`] starts the
//! program. A [`Jailed`] waits for it, at most until a deadline, and leaves no process running.
//!
//! ```text
//!   command                 starts itself again, with a hidden command
//!     |
//!     +-- jail              may it start processes?
//!          |                   no:  it restricts itself and becomes the program
//!          |                   yes: it stays as the keeper, and ends what is left
//!          +-- jail            restricts itself and becomes the program
//!               |
//!               +-- ...        what the program starts
//! ```
//!
//! ```no_run
//! use heaplab_sandbox::{Entry, Jail, Spec};
//! use std::time::{Duration, Instant};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // `this-program jail ORDER -- PROGRAM ..` has to call jail_main.
//! let jail = Jail::new(
//!     Entry::this_program("jail")?,
//!     Spec::default().with_system_libraries(),
//! );
//! for sentence in jail.enforceable()?.missing(jail.spec()) {
//!     println!("not enforced: {sentence}");
//! }
//! let mut command = jail.command("/tmp/submission/program", &[])?;
//! let jailed = jail.start(&mut command)?;
//! let ended = jailed.wait_until(Instant::now() + Duration::from_secs(10))?;
//! println!("{:?}: {}", ended.end, ended.stdout.text());
//! # Ok(())
//! # }
//! ```
//!
//! # What is forbidden, and by what
//!
//! | the program must not | enforced by | since Linux |
//! |---|---|---|
//! | open, make, remove or rename files except the listed ones | Landlock | 5.13 |
//! | run any program except the listed ones | Landlock | 5.13 |
//! | change modes, owners, times of files | seccomp, if nothing may be written | 3.17 |
//! | use descriptors of the process that started it | closed at the start | |
//! | use the network, or local sockets | seccomp; a network of its own; Landlock (TCP) | 3.17; 3.8; 6.7 |
//! | start processes (threads are allowed) | seccomp | 3.17 |
//! | signal, trace, read or slow down other processes | seccomp; Landlock; processes of its own; a user of its own | |
//! | leave a process behind | the keeper; processes of its own (PID namespace) | 3.4; 3.8 |
//! | mount, load, change clocks, keys, namespaces, ... | seccomp; no privileges | 3.17 |
//! | get privileges by running something | `no_new_privs` | 3.5 |
//! | compute for more than N seconds | `RLIMIT_CPU`, each process | |
//! | take more address space, files, larger files | `RLIMIT_AS`, `RLIMIT_NOFILE`, `RLIMIT_FSIZE`, each process | |
//! | have more threads and processes | `RLIMIT_NPROC` of a user of its own or a user namespace | 3.8 |
//! | hold more memory | the waiting process looks every few milliseconds | |
//! | outlive a deadline, or its starting process | the waiting process; parent death signal | |
//! | leave a core file | `RLIMIT_CORE` | |
//!
//! If a kernel or a container lacks something, the rest is still applied.
//! [`Jail::enforceable`] tries it and returns what holds here, and [`Support::missing`] says
//! in sentences what does not. Systems other than Linux have only the limits and the deadline.
//!
//! # What is not forbidden
//!
//! - Asking whether a file exists, and how large it is, if the user may look
//!   into its folder: Landlock guards contents, not names.
//! - Changing modes and times of files that belong to the program's user, if it
//!   may write anywhere at all: Landlock does not guard them. (Root should become
//!   a user who owns nothing else.)
//! - Filling a folder that may be written to with many files, each within its limit.
//! - Computing on all cores with threads, reading clocks, learning the kernel's
//!   version.
#![forbid(unsafe_code)]

mod capture;
mod enter;
mod entry;
mod error;
mod hidden_command;
mod jailed;
mod limits;
mod order;
mod spec;
mod support;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

pub use capture::Captured;
pub use enter::enter;
pub use entry::Entry;
pub use error::SandboxError;
pub use hidden_command::{JAIL_FAILED, jail_main};
pub use jailed::{End, Ended, Jail, Jailed};
pub use spec::{Limits, Spec};
pub use support::{Identity, Support};
