//! `watch`: builds and checks again after every save; keys select other commands.
//!
//! ```text
//!   a save ---+                          cargo run -- next    (or hint, list, run)
//!             +---> one event at a time --->                            ---> shown whole
//!   a key ----+
//! ```
//!
//! The program that runs is the lab's own, built by cargo, so compiler errors look as the compiler
//! writes them. Between two runs the terminal is in raw mode, so that a single key is enough.

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
use std::process::Command;
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
                break vec!["next"];
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

/// Runs the lab's program, and builds it first if necessary.
fn show(lab: &LabFolder, words: &[&str]) -> Outcome {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    if io::stdout().is_terminal() {
        // Clears the screen; what was there before stays in the scrollback.
        print::styled("\x1b[2J\x1b[H")?;
    }
    let package = format!("lab-{}", lab.lab.name);
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--package", &package, "--"])
        .args(words)
        .current_dir(lab.workspace().root())
        .stdin(std::process::Stdio::null())
        .status();
    match status {
        Ok(_) => Ok(()), // the program has printed its own messages
        Err(error) => Err(Failure::Input(format!("error: can't run cargo: {error}"))),
    }
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
    // More than one byte is a key that is not a letter, such as an arrow.
    let mut bytes = [0; 16];
    let count = rustix::io::read(&stdin, &mut bytes)?;
    Ok(Some(match &bytes[..count] {
        [] | [CONTROL_C | CONTROL_D | ESCAPE] => Event::Gone,
        &[letter] => Event::Key(letter.to_ascii_lowercase().into()),
        _ => Event::Key(' '),
    }))
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
