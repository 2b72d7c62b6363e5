//! Builds and looks again after every save; a key does the rest.
//!
//! ```text
//!   a save ---+                          cargo run -- next    (or hint, list, run)
//!             +---> one event at a time --->                            ---> shown whole
//!   a key ----+
//! ```
//!
//! What is run is the lab's program itself, built by cargo: compiler errors are
//! shown as the compiler writes them. Between two runs the terminal is in raw
//! mode, so that one key is enough.

use crate::commands::print;
use crate::{Failure, Outcome};
use anstyle::Style;
use crossterm::event::{self, Event as TerminalEvent, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use heaplab_assess::LabFolder;
use heaplab_trace::Visible;
use notify::{RecursiveMode, Watcher};
use std::env;
use std::io::{self, IsTerminal, Read};
use std::process::Command;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Saved,
    Key(char),
    /// Nobody is at the keyboard any more.
    Gone,
}

/// An editor writes a file in several steps; they count as one save.
const SETTLING: Duration = Duration::from_millis(60);

/// How often a terminal is asked for a key.
const KEY_WAIT: Duration = Duration::from_millis(100);

/// Watches until `q`.
pub(super) fn run(lab: &LabFolder) -> Outcome {
    let (sender, events) = mpsc::channel();
    let folder = lab.path().join("src");
    let saves = sender.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| event.kind.is_modify() || event.kind.is_create()) {
            let _ = saves.send(Event::Saved);
        }
    })
    .map_err(Failure::input)?;
    watcher
        .watch(&folder, RecursiveMode::Recursive)
        .map_err(|error| {
            Failure::Input(format!("error: can't watch {}: {error}", folder.visible()))
        })?;
    let is_terminal = io::stdin().is_terminal();
    if !is_terminal {
        thread::spawn(move || send_keys(&sender));
    }
    let mut words = vec!["next"];
    loop {
        show(lab, &words)?;
        print::styled(&keys(lab))?;
        words = loop {
            let event = match is_terminal {
                true => at_terminal(&events)?,
                false => events.recv().map_err(Failure::input)?,
            };
            match event {
                Event::Saved => {
                    while events
                        .recv_timeout(SETTLING)
                        .is_ok_and(|event| event == Event::Saved)
                    {}
                    break vec!["next"];
                }
                Event::Key('h') => break vec!["hint"],
                Event::Key('n') => break vec!["next"],
                Event::Key('l') => break vec!["list"],
                Event::Key('r') => break vec!["run"],
                Event::Key('q') | Event::Gone => return Ok(()),
                Event::Key(_) => {}
            }
        };
    }
}

fn keys(lab: &LabFolder) -> String {
    let bold = Style::new().bold();
    let key = |key: &str, does: &str| format!("{bold}{key}{bold:#} {does}   ");
    let all = [
        ("h", "hint"),
        ("n", "next"),
        ("l", "list"),
        ("r", "run"),
        ("q", "quit"),
    ];
    let keys: String = all.iter().map(|(name, does)| key(name, does)).collect();
    format!("\n{keys}watching {}\n", lab.shown_source())
}

/// Runs the lab's program, built anew if it must be.
fn show(lab: &LabFolder, words: &[&str]) -> Outcome {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    if io::stdout().is_terminal() {
        // A fresh screen, and what was there before stays above it.
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
        Ok(_) => Ok(()), // what it has to say, it has said
        Err(error) => Err(Failure::Input(format!("error: can't run cargo: {error}"))),
    }
}

/// The next save or key, at a terminal.
fn at_terminal(saves: &Receiver<Event>) -> Result<Event, Failure> {
    let raw = Raw::begin()?;
    loop {
        if let Ok(event) = saves.try_recv() {
            return Ok(event);
        }
        if !event::poll(KEY_WAIT).map_err(Failure::input)? {
            continue;
        }
        if let TerminalEvent::Key(key) = event::read().map_err(Failure::input)?
            && key.kind == KeyEventKind::Press
        {
            let is_interrupt = key.modifiers.contains(KeyModifiers::CONTROL);
            drop(raw);
            return Ok(match key.code {
                KeyCode::Char('c' | 'd') if is_interrupt => Event::Gone,
                KeyCode::Char(letter) => Event::Key(letter.to_ascii_lowercase()),
                KeyCode::Esc => Event::Gone,
                _ => Event::Key(' '),
            });
        }
    }
}

/// The terminal gives keys one by one, for as long as this lives.
struct Raw;

impl Raw {
    fn begin() -> Result<Raw, Failure> {
        enable_raw_mode().map_err(Failure::input)?;
        Ok(Raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // There is nobody to tell if the terminal is gone.
        let _ = disable_raw_mode();
    }
}

/// Where standard input is no terminal, each letter of it is a key.
fn send_keys(sender: &Sender<Event>) {
    for byte in io::stdin().lock().bytes() {
        let Ok(byte) = byte else { break };
        if !byte.is_ascii_whitespace() && sender.send(Event::Key(byte.into())).is_err() {
            return;
        }
    }
    let _ = sender.send(Event::Gone);
}
