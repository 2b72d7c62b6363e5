//! The terminal while a run is shown: keys in, screen out, and as it was before at the end.

use crate::{Failure, Outcome};
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
use std::io::{self, Stdout};
use std::panic;
use std::time::Duration;

/// Shows the screen until the reader is done.
///
/// # Errors
/// If the terminal can't be used.
pub(super) fn run(stepper: &mut Stepper<'_>) -> Outcome {
    let shown = (|| {
        let mut whole = WholeTerminal::take()?;
        follow_keys(stepper, &mut whole.terminal)
    })();
    shown.map_err(|error| Failure::Input(format!("error: can't use the terminal: {error}")))
}

fn follow_keys(
    stepper: &mut Stepper<'_>,
    terminal: &mut Terminal<CrosstermBackend<Stdout>>,
) -> io::Result<()> {
    loop {
        terminal.draw(|frame| stepper.draw(frame))?;
        // A key that is held down must not be drawn each time.
        loop {
            match event::read()? {
                Event::Key(key) if is_interrupt(key) => return Ok(()),
                Event::Resize(..) => terminal.autoresize()?,
                event => {
                    if key_of(&event).map(|key| stepper.press(key)) == Some(Flow::Quit) {
                        return Ok(());
                    }
                }
            }
            if !event::poll(Duration::ZERO)? {
                break;
            }
        }
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
