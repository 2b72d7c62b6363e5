//! The terminal while a run is shown: keys in, screen out, and as it was before at the end, also if
//! a signal ends the program.

use crate::Failure;
use heaplab_stepper::{Flow, Key, Stepper};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{
    self, DisableMouseCapture, EnableMouseCapture, Event, KeyCode, KeyEvent, KeyEventKind,
    KeyModifiers, MouseButton, MouseEventKind,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals as SignalIterator;
use signal_hook::low_level::emulate_default_handler;
use std::io::{self, Stdout};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;
use std::time::Duration;

/// How the screen was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// The reader is done.
    ByReader,
    /// This signal asked the program to end. It is for the caller to obey, when all is tidied up.
    BySignal(i32),
}

/// Shows the screen until the reader is done, or a signal ends the program.
///
/// # Errors
/// If the terminal can't be used.
pub(super) fn run(stepper: &mut Stepper<'_>) -> Result<Left, Failure> {
    let shown = (|| {
        let signals = Signals::watch()?;
        let mut whole = WholeTerminal::take()?;
        follow_keys(stepper, &mut whole.terminal, &signals)
    })();
    shown.map_err(|error| Failure::Input(format!("error: can't use the terminal: {error}")))
}

/// How long to wait for a key before the signals are looked at, and the check.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Recording waits this long after a key: who walks through the run is not to wait for it.
const PAUSE: Duration = Duration::from_millis(300);

fn follow_keys(
    stepper: &mut Stepper<'_>,
    terminal: &mut Terminal<CrosstermBackend<Stdout>>,
    signals: &Signals,
) -> io::Result<Left> {
    let mut wait = PAUSE;
    loop {
        terminal.draw(|frame| stepper.draw(frame))?;
        while !event::poll(wait)? {
            if let Some(signal) = signals.received() {
                return Ok(Left::BySignal(signal));
            }
            wait = if stepper.is_recording() { Duration::ZERO } else { LOOK_EVERY };
            if stepper.is_pending() {
                stepper.go_on();
                terminal.draw(|frame| stepper.draw(frame))?;
            }
        }
        wait = PAUSE;
        // A key that is held down must not be drawn each time.
        loop {
            match event::read()? {
                Event::Key(key) if is_interrupt(key) => return Ok(Left::ByReader),
                Event::Resize(..) => terminal.autoresize()?,
                event => {
                    if key_of(&event).map(|key| stepper.press(key)) == Some(Flow::Quit) {
                        return Ok(Left::ByReader);
                    }
                }
            }
            if !event::poll(Duration::ZERO)? {
                break;
            }
        }
    }
}

/// The signals that end a program.
struct Signals {
    /// The last one that was received, or 0.
    received: Arc<AtomicI32>,
}

impl Signals {
    /// Watches for signals. One that is not obeyed in time ends the program as if nothing watched:
    /// on a terminal that is gone, the wait for a key does not end.
    fn watch() -> io::Result<Signals> {
        const TIME_TO_OBEY: Duration = Duration::from_secs(2);
        let mut signals = SignalIterator::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT])?;
        let received = Arc::new(AtomicI32::new(0));
        let told = Arc::clone(&received);
        thread::spawn(move || {
            for signal in signals.forever() {
                told.store(signal, Ordering::Relaxed);
                thread::sleep(TIME_TO_OBEY);
                // If the host refuses, the program goes on.
                let _ = emulate_default_handler(signal);
            }
        });
        Ok(Signals { received })
    }

    fn received(&self) -> Option<i32> {
        Some(self.received.load(Ordering::Relaxed)).filter(|&signal| signal != 0)
    }
}

fn is_interrupt(key: KeyEvent) -> bool {
    key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c')
}

/// Returns what an event is for the screen, if it is anything.
fn key_of(event: &Event) -> Option<Key> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => key_of_code(*key),
        Event::Mouse(mouse) if mouse.kind == MouseEventKind::Down(MouseButton::Left) => {
            Some(Key::Click { column: mouse.column, row: mouse.row })
        }
        Event::Mouse(mouse) if mouse.kind == MouseEventKind::ScrollUp => Some(Key::Up),
        Event::Mouse(mouse) if mouse.kind == MouseEventKind::ScrollDown => Some(Key::Down),
        _ => None,
    }
}

fn key_of_code(key: KeyEvent) -> Option<Key> {
    Some(match key.code {
        KeyCode::Char(_) if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
            return None;
        }
        KeyCode::Char(sign) => Key::Char(sign),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    })
}

/// The whole terminal; it is given back when this is dropped, and before a panic is printed.
struct WholeTerminal {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl WholeTerminal {
    fn take() -> io::Result<WholeTerminal> {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |about| {
            give_back();
            before(about);
        }));
        enable_raw_mode()?;
        let taken = execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture)
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        if taken.is_err() {
            give_back();
        }
        Ok(WholeTerminal { terminal: taken? })
    }
}

impl Drop for WholeTerminal {
    fn drop(&mut self) {
        give_back();
        drop(panic::take_hook());
    }
}

/// Gives the terminal back. A failure can't be shown anywhere.
fn give_back() {
    let _ = execute!(io::stdout(), DisableMouseCapture, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}
