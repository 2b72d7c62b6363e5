//! `watch`: builds and checks again after every save; keys select other commands.
//!
//! ```text
//!   a save ---+                            cargo build, whose progress is shown, then
//!             +---> one event at a time ---> cargo run -- next    (or hint, list, run)
//!   a key ----+
//! ```
//!
//! The program that runs is the lab's own, built by cargo, so compiler errors look as the compiler
//! writes them. Between two runs the terminal is in raw mode, so that a single key is enough. A key
//! that is pressed during a run is taken after it, and of several only the last.
//!
//! Files are looked at a few times a second. That works where the system sends no events: on shared
//! folders of virtual machines, in containers, in WSL.

use crate::commands::print;
use crate::{Failure, Outcome};
use anstyle::Style;
use heaplab_assess::LabFolder;
use heaplab_trace::Visible;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, SystemTime};

/// A key, or the end of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Key(char),
    /// No more keys will come.
    Gone,
}

/// An editor writes a file in several steps; they count as one save.
const SETTLING: Duration = Duration::from_millis(60);

/// How often the files are checked while no key is pressed.
const KEY_WAIT: Duration = Duration::from_millis(100);

/// Watches until `q`.
pub(super) fn run(lab: &LabFolder) -> Outcome {
    let folder = lab.path().join("src");
    let mut seen = files_of(&folder)?;
    let keyboard = Keyboard::new();
    let mut words = vec!["next"];
    loop {
        show(lab, &words)?;
        print::styled(&keys(lab))?;
        let listening = keyboard.listen()?;
        words = loop {
            match keyboard.next(KEY_WAIT)? {
                Some(Event::Key('h')) => break vec!["hint"],
                Some(Event::Key('n')) => break vec!["next"],
                Some(Event::Key('l')) => break vec!["list"],
                Some(Event::Key('r')) => break vec!["run"],
                Some(Event::Key('q') | Event::Gone) => return Ok(()),
                Some(Event::Key(_)) | None => {}
            }
            if was_saved(&folder, &mut seen)? {
                break vec!["next", "--brief"];
            }
        };
        drop(listening);
    }
}

/// Files, with the modification time and the size that tell versions apart.
type Files = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Returns whether a file has changed; if so, waits until the files stay as they are.
fn was_saved(folder: &Path, seen: &mut Files) -> Result<bool, Failure> {
    let mut now = files_of(folder)?;
    if now == *seen {
        return Ok(false);
    }
    while now != *seen {
        *seen = now;
        thread::sleep(SETTLING);
        now = files_of(folder)?;
    }
    Ok(true)
}

fn files_of(folder: &Path) -> Result<Files, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| {
        Failure::Input(format!("error: can't watch {}: {error}", folder.visible()))
    })?;
    let mut files = Files::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        // An editor's temporary file may be gone already.
        let Ok(metadata) = fs::metadata(&path) else {
            continue;
        };
        if metadata.is_dir() {
            files.extend(files_of(&path)?);
        } else {
            files.insert(path, (metadata.modified().ok(), metadata.len()));
        }
    }
    Ok(files)
}

fn keys(lab: &LabFolder) -> String {
    let bold = Style::new().bold();
    let key = |key: &str, does: &str| format!("{bold}{key}{bold:#} {does}   ");
    let all = [("h", "hint"), ("n", "next"), ("l", "list"), ("r", "run"), ("q", "quit")];
    let keys: String = all.iter().map(|(name, does)| key(name, does)).collect();
    format!("\n{keys}watching {}\n", lab.shown_source())
}

/// Builds the lab's program, and runs it if that worked.
fn show(lab: &LabFolder, words: &[&str]) -> Outcome {
    let package = format!("lab-{}", lab.lab.name);
    if io::stdout().is_terminal() {
        clear()?;
        print::styled(&format!("building {package} ...\n"))?;
        if !cargo(lab, &["build", "--package", &package])? {
            return Ok(());
        }
        clear()?;
    }
    // This builds nothing any more, but shows the compiler's warnings again. The program prints its
    // own messages.
    cargo(lab, &[&["run", "--quiet", "--package", &package, "--"], words].concat())?;
    Ok(())
}

/// Clears the screen; what was there before stays in the scrollback.
fn clear() -> Outcome {
    print::styled("\x1b[2J\x1b[H")
}

/// Runs cargo, and returns whether it succeeded.
fn cargo(lab: &LabFolder, words: &[&str]) -> Result<bool, Failure> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(words).current_dir(lab.workspace().root()).stdin(Stdio::null());
    let status = command.status();
    let status =
        status.map_err(|error| Failure::Input(format!("error: can't run cargo: {error}")))?;
    Ok(status.success())
}

/// The source of keys.
enum Keyboard {
    Terminal,
    /// Standard input is not a terminal: each of its letters is a key.
    Letters(Receiver<Event>),
}

impl Keyboard {
    fn new() -> Keyboard {
        if io::stdin().is_terminal() {
            return Keyboard::Terminal;
        }
        let (sender, events) = mpsc::channel();
        thread::spawn(move || send_letters(&sender));
        Keyboard::Letters(events)
    }

    /// Makes a terminal return single keys, as long as the returned value lives.
    fn listen(&self) -> Result<Option<Raw>, Failure> {
        match self {
            Keyboard::Terminal => Raw::begin().map(Some).map_err(Failure::input),
            Keyboard::Letters(_) => Ok(None),
        }
    }

    /// Returns the next key, or `None` if there is none within `wait`.
    fn next(&self, wait: Duration) -> Result<Option<Event>, Failure> {
        match self {
            Keyboard::Terminal => at_terminal(wait).map_err(Failure::input),
            Keyboard::Letters(events) => match events.recv_timeout(wait) {
                Ok(event) => Ok(Some(event)),
                Err(RecvTimeoutError::Timeout) => Ok(None),
                Err(RecvTimeoutError::Disconnected) => Ok(Some(Event::Gone)),
            },
        }
    }
}

/// Returns the next key from a terminal.
fn at_terminal(wait: Duration) -> io::Result<Option<Event>> {
    let stdin = io::stdin();
    let timeout = Timespec::try_from(wait).map_err(io::Error::other)?;
    if poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&timeout))? == 0 {
        return Ok(None);
    }
    let mut bytes = [0; 256];
    let count = rustix::io::read(&stdin, &mut bytes)?;
    Ok(Some(key_of(&bytes[..count])))
}

/// Returns the key that was pressed. Several bytes are a key that is not a letter, such as an
/// arrow, or keys that were pressed during a run.
fn key_of(bytes: &[u8]) -> Event {
    match bytes {
        [] | [ESCAPE] => Event::Gone,
        bytes if bytes.contains(&CONTROL_C) || bytes.contains(&CONTROL_D) => Event::Gone,
        [ESCAPE, ..] => Event::Key(' '),
        [.., letter] => Event::Key(letter.to_ascii_lowercase().into()),
    }
}

const CONTROL_C: u8 = 3;
const CONTROL_D: u8 = 4;
const ESCAPE: u8 = 27;

/// The raw mode of the terminal, which returns single keys as long as this value lives.
struct Raw(Termios);

impl Raw {
    fn begin() -> io::Result<Raw> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        Ok(Raw(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // If the terminal is gone, the error can't be shown.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

fn send_letters(sender: &Sender<Event>) {
    for byte in io::stdin().lock().bytes() {
        let Ok(byte) = byte else { break };
        if !byte.is_ascii_whitespace() && sender.send(Event::Key(byte.into())).is_err() {
            return;
        }
    }
    let _ = sender.send(Event::Gone);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_several_keys_is_taken() {
        for (bytes, key) in [
            (&b"h"[..], Event::Key('h')),
            (b"H", Event::Key('h')),
            (b"hhh", Event::Key('h')),
            (b"hnl", Event::Key('l')),
            (b"\x1b[A", Event::Key(' ')),
            (b"\x1b", Event::Gone),
            (b"\x04", Event::Gone),
            (b"hh\x03", Event::Gone),
            (b"", Event::Gone),
        ] {
            assert_eq!(key_of(bytes), key, "{bytes:?}");
        }
    }
}
