//! `exec --watch`: the heap while the program runs, on the whole terminal or in lines.

#[cfg(feature = "screen")]
mod screen;

use crate::commands::print;
use crate::{Failure, Outcome};
use heaplab_programs::exec::account::Account;
use heaplab_programs::exec::watch::Moment;
use heaplab_trace::Visible;
#[cfg(feature = "screen")]
use std::env;
use std::fs::File;
#[cfg(feature = "screen")]
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Shows the moments of a run.
pub(super) enum Watcher {
    /// In lines on standard error; contains the last one that was printed, without its time.
    Lines(Mutex<String>),
    /// On the whole terminal.
    #[cfg(feature = "screen")]
    Screen(Box<screen::Screen>),
}

impl Watcher {
    /// Makes the one that fits where standard error goes.
    ///
    /// # Errors
    /// If the program's output can't be kept.
    #[cfg_attr(not(feature = "screen"), expect(clippy::unnecessary_wraps, unused_variables))]
    pub(super) fn new(heap: &str) -> Result<Watcher, Failure> {
        #[cfg(feature = "screen")]
        if io::stderr().is_terminal() && env::var_os("TERM").is_some_and(|term| term != "dumb") {
            return Ok(Watcher::Screen(Box::new(screen::Screen::new(heap)?)));
        }
        Ok(Watcher::Lines(Mutex::default()))
    }

    /// Returns how long it is from one moment to the next.
    pub(super) fn interval(&self) -> Duration {
        match self {
            Watcher::Lines(_) => Duration::from_secs(1),
            #[cfg(feature = "screen")]
            Watcher::Screen(_) => Duration::from_millis(100),
        }
    }

    /// Returns where the program's standard output and standard error go, if not where they would
    /// without the watcher.
    ///
    /// # Errors
    /// If a file can't be opened.
    pub(super) fn outputs(&self) -> Result<[Option<File>; 2], Failure> {
        match self {
            Watcher::Lines(_) => Ok([None, None]),
            #[cfg(feature = "screen")]
            Watcher::Screen(screen) => screen.outputs(),
        }
    }

    /// Shows a moment.
    pub(super) fn show(&self, moment: &Moment) {
        match self {
            Watcher::Lines(last) => {
                let Some(account) = &moment.account else { return };
                let line = line(account, moment);
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if *last != line || moment.is_last {
                    let seconds = moment.elapsed.as_secs_f64();
                    print::remark(format_args!("{seconds:7.1} s: {line}\n"));
                    *last = line;
                }
            }
            #[cfg(feature = "screen")]
            Watcher::Screen(screen) => screen.show(moment),
        }
    }

    /// Gives the terminal back, and prints what the program wrote meanwhile.
    ///
    /// # Errors
    /// If it can't be printed.
    pub(super) fn finish(&self) -> Outcome {
        match self {
            Watcher::Lines(_) => Ok(()),
            #[cfg(feature = "screen")]
            Watcher::Screen(screen) => screen.finish(),
        }
    }
}

/// Returns a moment in a line.
fn line(account: &Account, moment: &Moment) -> String {
    let blocks =
        moment.blocks.as_ref().map_or(String::new(), |it| format!("{} blocks, ", it.len()));
    let others = match moment.running {
        0 | 1 => String::new(),
        more => format!("; {more} processes"),
    };
    format!(
        "{} (pid {}): payload {}, peak {}, heap {} bytes; {blocks}{} calls{others}",
        account.name().visible(),
        account.pid(),
        account.payload_bytes(),
        account.peak_payload_bytes(),
        account.heap_bytes(),
        account.calls()
    )
}
