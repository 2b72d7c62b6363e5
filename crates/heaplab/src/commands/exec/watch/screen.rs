//! The terminal while a program is watched. What the program writes is kept in a file: the last
//! lines are shown below the map, and all of it is printed when the program has ended.
//!
//! The terminal's keys stay the program's: Ctrl-C reaches it as it would without this command.

use super::line;
use crate::commands::print;
use crate::{Failure, Outcome};
use heaplab_programs::exec::account::Account;
use heaplab_programs::exec::watch::Moment;
use heaplab_programs::preload::{Scratch, temporary_folder};
use heaplab_stepper::Watched;
use heaplab_trace::Visible;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::env;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, SeekFrom, Stderr};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The screen of a watched program.
pub(in crate::commands::exec) struct Screen {
    heap: String,
    /// The file with the program's output, and what removes it.
    output: PathBuf,
    _folder: Scratch,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The terminal, from the first moment to the last.
    whole: Option<WholeTerminal>,
    /// The last moment in a line.
    line: String,
    /// Why the terminal can't be used, if it can't.
    failure: Option<io::Error>,
}

/// After a longer time than this the screen is drawn anew.
const PAUSE: Duration = Duration::from_millis(500);

/// The end of the output has at most this many bytes.
const MOST_TAIL_BYTES: u64 = 16 << 10;

impl Screen {
    pub(super) fn new(heap: &str) -> Result<Screen, Failure> {
        let folder = temporary_folder()?;
        let output = folder.path().join("output");
        File::create_new(&output).map_err(|error| failed(&error))?;
        let state = Mutex::default();
        Ok(Screen { heap: heap.to_owned(), output, _folder: folder, state })
    }

    /// Returns the file for each output that would go to a terminal.
    pub(super) fn outputs(&self) -> Result<[Option<File>; 2], Failure> {
        let file = || File::options().append(true).open(&self.output);
        let when = |is_terminal: bool| is_terminal.then(file).transpose();
        let outputs = [when(io::stdout().is_terminal()), when(io::stderr().is_terminal())];
        let [stdout, stderr] = outputs.map(|output| output.map_err(|error| failed(&error)));
        Ok([stdout?, stderr?])
    }

    pub(super) fn show(&self, moment: &Moment) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = &moment.account {
            state.line = line(account, moment);
        }
        // A program that has ended already leaves nothing to watch.
        if state.failure.is_none() && !(moment.is_last && state.whole.is_none()) {
            state.failure = self.draw(&mut state, moment).err();
        }
    }

    fn draw(&self, state: &mut State, moment: &Moment) -> io::Result<()> {
        if state.whole.is_none() {
            state.whole = Some(WholeTerminal::take()?);
        }
        let Some(whole) = &mut state.whole else { return Ok(()) };
        let account = moment.account.as_ref();
        let title = account.map_or("no process has used the heap yet".to_owned(), |account| {
            let name = account.name();
            format!("heap of {} (pid {}) under {}", name.visible(), account.pid(), self.heap)
        });
        let beside = format!(
            "{}{:.1} s",
            if moment.running > 1 {
                format!("{} processes, ", moment.running)
            } else {
                String::new()
            },
            moment.elapsed.as_secs_f64()
        );
        let figures = account.map_or(Vec::new(), |account| figures(account, moment));
        let blocks: Option<Vec<(u32, u32)>> = moment
            .blocks
            .as_ref()
            .map(|blocks| blocks.iter().map(|block| (block.offset, block.size)).collect());
        let output = self.tail()?;
        let watched = Watched {
            title: &title,
            beside: &beside,
            figures: &figures,
            heap_bytes: account.map_or(0, Account::heap_bytes),
            blocks: blocks.as_deref(),
            output: Some(&output),
            has_colors: env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        if whole.drawn.elapsed() > PAUSE {
            // Something else may have written to the terminal: Ctrl-Z, then `fg`.
            whole.terminal.clear()?;
        }
        whole.terminal.draw(|frame| watched.draw(frame))?;
        whole.drawn = Instant::now();
        Ok(())
    }

    /// Returns the last lines of the output.
    fn tail(&self) -> io::Result<Vec<String>> {
        let mut file = File::open(&self.output)?;
        let bytes = file.metadata()?.len();
        file.seek(SeekFrom::Start(bytes.saturating_sub(MOST_TAIL_BYTES)))?;
        let mut tail = Vec::new();
        file.take(MOST_TAIL_BYTES).read_to_end(&mut tail)?;
        let text = String::from_utf8_lossy(&tail);
        let text = anstream::adapter::strip_str(&text).to_string();
        // A line that was written over shows its last state.
        let lines = text.lines().map(|line| line.trim_end_matches('\r').rsplit('\r').next());
        Ok(lines.map(|line| line.unwrap_or_default().replace('\t', "    ")).collect())
    }

    pub(super) fn finish(&self) -> Outcome {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        drop(state.whole.take());
        if let Some(error) = &state.failure {
            print::remark(format_args!("warning: the heap could not be shown: {error}\n"));
        }
        let mut output = File::open(&self.output).map_err(|error| failed(&error))?;
        let copied = if io::stdout().is_terminal() {
            io::copy(&mut output, &mut io::stdout())
        } else {
            io::copy(&mut output, &mut io::stderr())
        };
        copied.map_err(|error| failed(&error))?;
        if !state.line.is_empty() {
            print::remark(format_args!("{}\n", state.line));
        }
        Ok(())
    }
}

/// Returns the figures of a process in lines.
fn figures(account: &Account, moment: &Moment) -> Vec<String> {
    let (payload, heap) = (account.payload_bytes(), account.heap_bytes());
    let share = if heap > 0 { 100.0 * payload as f64 / heap as f64 } else { 0.0 };
    let peak = account.peak_payload_bytes();
    let blocks =
        moment.blocks.as_ref().map_or(String::new(), |it| format!("{} blocks; ", it.len()));
    vec![
        format!("payload {payload} of heap {heap} bytes, {share:.1} %; peak {peak}"),
        format!(
            "{blocks}calls: {} mallocs, {} reallocs, {} frees",
            account.allocations(),
            account.reallocs(),
            account.frees()
        ),
    ]
}

fn failed(error: &io::Error) -> Failure {
    Failure::Input(format!(
        "error: can't keep the program's output: {error}\nhelp: set TMPDIR to a folder with room"
    ))
}

/// The whole terminal; it is given back when this is dropped.
struct WholeTerminal {
    terminal: Terminal<CrosstermBackend<Stderr>>,
    /// The modes of the terminal that keys come from, as they were.
    before: Option<Termios>,
    /// When the screen was drawn last.
    drawn: Instant,
}

impl WholeTerminal {
    fn take() -> io::Result<WholeTerminal> {
        let before = tcgetattr(io::stdin()).ok();
        if let Some(modes) = &before {
            // Keys that are shown where the cursor is would be in the middle of the map.
            let mut silent = modes.clone();
            silent.local_modes -= LocalModes::ECHO;
            tcsetattr(io::stdin(), OptionalActions::Now, &silent)?;
        }
        execute!(io::stderr(), EnterAlternateScreen)?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stderr()))?;
        Ok(WholeTerminal { terminal, before, drawn: Instant::now() })
    }
}

impl Drop for WholeTerminal {
    fn drop(&mut self) {
        // A failure can't be shown anywhere.
        let _ = execute!(io::stderr(), LeaveAlternateScreen, Show);
        if let Some(modes) = &self.before {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, modes);
        }
    }
}
