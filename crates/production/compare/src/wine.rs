//! The Windows heap as a contender, as implemented by Wine.
//!
//! A Windows heap can't be called from here. So a small C program, `windows/replay.c`, replays the
//! trace. It is compiled for Windows once; Wine runs it once for the answers, once for memory, and
//! a few times for the times. The same file compiles on Windows, where it measures Windows' own
//! heap.
//!
//! Wine needs a *prefix*, a folder that is the disk of its Windows. Unless WINEPREFIX names one, it
//! is made anew, which takes some seconds and 700 MB in the folder for temporary files, and is
//! deleted at the end, even if the run is interrupted.

mod place;
mod program;
mod tools;

use crate::plan::{PROCESSES, Plan};
use crate::results::WINE_NAME;
use crate::{Cell, Contender, Results, Row};
use heaplab_support::{Error, Listener, Work};
use heaplab_trace::{Trace, Visible};
use heaplab_worker::{Activity, FaultReport};
use place::{Place, SweptPlace};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant};
use tools::Tools;

const SOURCE: &str = include_str!("windows/replay.c");

/// Time that the program may take in addition to the time of its task: Wine has to start, and the
/// machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// Wine, and the program that it runs.
pub(crate) struct Wine {
    tools: Tools,
    /// Contains the program, its input and output, and the prefix.
    place: SweptPlace,
}

/// The message for a program that ends without reporting so. The exit codes that Wine gives it
/// differ.
const CRASH: &str = "the program that replays the trace ended too early";

/// Why there is no figure.
enum Trouble {
    /// The heap is at fault.
    Fault(FaultReport),
    /// Wine, the host or this command is at fault.
    Other(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Other(error)
    }
}

/// How the program ended, and what it printed.
struct Ended {
    /// `None` if the program was ended because it took too long.
    status: Option<ExitStatus>,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// Returns whether the program ran to its end.
    fn is_done(&self) -> bool {
        self.status.is_some_and(|status| status.success())
            && values::<u32>(&self.stdout, "done").next().is_some()
    }
}

impl Wine {
    /// Compiles the program, and checks that Wine runs it.
    ///
    /// # Errors
    /// If something is not installed, or does not work.
    pub fn new(listener: &dyn Listener) -> Result<Wine, Error> {
        let work = Work::begin(listener, WINE_NAME, None);
        work.now("compiling, and starting Wine");
        let tools = Tools::find()?;
        let place = SweptPlace::new(Place::new(tools.server.clone())?)?;
        let wine = Wine { tools, place };
        let source = wine.place.file("replay.c");
        fs::write(&source, SOURCE).map_err(|error| cannot("write", &source, &error))?;
        let program = wine.place.file("replay.exe");
        wine.tools.compile(&source, &program)?;
        let ended = wine.run(&["ready".to_owned()], PATIENCE)?;
        if ended.is_done() { Ok(wine) } else { Err(does_not_run(&wine.tools.wine, &ended)) }
    }

    /// Fills the contender's cells.
    ///
    /// # Errors
    /// If Wine or the host can't do it.
    pub fn measure(
        &self,
        plan: &Plan,
        results: &mut Results,
        listener: &dyn Listener,
    ) -> Result<(), Error> {
        let work = Work::begin(listener, WINE_NAME, Some(results.rows.len()));
        let place = results.contenders.iter().position(Contender::is_wine);
        let Some(at) = place else { return Ok(()) };
        for Row { input, cells } in &mut results.rows {
            work.now(&input.trace.name().visible());
            match self.fill(plan, &input.trace, &mut cells[at]) {
                Ok(()) => {}
                Err(Trouble::Fault(fault)) => cells[at].fault = Some(fault),
                Err(Trouble::Other(error)) => return Err(error),
            }
            work.done("");
        }
        Ok(())
    }

    /// Checks the answers, then measures memory and times.
    fn fill(&self, plan: &Plan, trace: &Trace, cell: &mut Cell) -> Result<(), Trouble> {
        let text = program::text(trace).map_err(Error::new)?;
        let path = self.place.file("trace");
        fs::write(&path, text).map_err(|error| cannot("write", &path, &error))?;
        let op_timeout = plan.common.timeout();
        // The program prints nothing before its end, so allow a millisecond for each operation.
        let replay = Duration::from_millis(trace.ops().len() as u64);
        let ask = |words: &[String], needs| self.ask(trace, words, PATIENCE + op_timeout + needs);

        ask(&["check".to_owned()], replay)?;
        if plan.memory {
            let said = ask(&["memory".to_owned()], replay)?;
            cell.committed_bytes = values(&said, "committed_bytes").next();
        }
        if !plan.times || trace.ops().is_empty() {
            return Ok(());
        }
        let turns = plan.turns_each();
        let budget = plan.seconds_each_process();
        let words = ["time".to_owned(), turns.to_string(), budget.to_string()];
        for _ in 0..PROCESSES {
            let said = ask(&words, seconds(budget) + replay * (turns + 1))?;
            cell.ns_per_op.extend(values::<f64>(&said, "ns_per_op"));
        }
        Ok(())
    }

    /// Returns what the program prints for this task, on the trace in the folder.
    fn ask(&self, trace: &Trace, task: &[String], patience: Duration) -> Result<String, Trouble> {
        let mut words = task.to_vec();
        words.insert(1, "trace".to_owned());
        let ended = self.run(&words, patience)?;
        let fault = |code: &str, message: &str, op_index: Option<usize>| {
            let activity = op_index.map(Activity::Op);
            Trouble::Fault(FaultReport::ending(code, message, activity, Some(trace)))
        };
        let Some(status) = ended.status else {
            let seconds = patience.as_secs();
            let message = format!("no end after {seconds} seconds: an endless loop?");
            return Err(fault("endless-loop", &message, None));
        };
        match status.code() {
            Some(0) if ended.is_done() => Ok(ended.stdout),
            Some(1) => Err(match told_fault(&ended.stdout) {
                Some((code, op_index, message)) => fault(code, message, op_index),
                None => fault("crash", CRASH, None),
            }),
            Some(2) => Err(does_not_run(&self.tools.wine, &ended).into()),
            _ => Err(fault("crash", CRASH, None)),
        }
    }

    /// Runs the program in the folder.
    ///
    /// Its output goes into files: the background processes of Wine would keep a pipe open.
    fn run(&self, words: &[String], patience: Duration) -> Result<Ended, Error> {
        let (out, err) = (self.place.file("stdout"), self.place.file("stderr"));
        let create = |path: &PathBuf| {
            let file = File::create(path).map_err(|error| cannot("write", path, &error))?;
            Ok::<Stdio, Error>(file.into())
        };
        let mut command = self.place.command(&self.tools.wine);
        command.arg("replay.exe").args(words);
        command.stdin(Stdio::null());
        command.stdout(create(&out)?).stderr(create(&err)?);
        let failed = |error| cannot("run", &self.tools.wine, &error);
        let child = self.place.start(command).map_err(failed)?;
        let status = wait(child, patience).map_err(failed)?;
        let read = |path: &PathBuf| {
            let bytes = fs::read(path).map_err(|error| cannot("read", path, &error))?;
            Ok::<String, Error>(String::from_utf8_lossy(&bytes).into_owned())
        };
        Ok(Ended { status, stdout: read(&out)?, stderr: read(&err)? })
    }
}

/// Waits for a process; if it takes too long, ends it and returns `None`.
fn wait(mut child: Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    const PAUSE: Duration = Duration::from_millis(5);
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
}

/// Returns the values of the lines with this key.
fn values<'a, T: FromStr>(text: &'a str, key: &'a str) -> impl Iterator<Item = T> + 'a {
    text.lines()
        .filter_map(move |line| line.strip_prefix(key)?.strip_prefix(' '))
        .filter_map(|value| value.trim().parse().ok())
}

/// Parses the line `fault CODE OPERATION MESSAGE`; a negative operation becomes `None`.
fn told_fault(text: &str) -> Option<(&str, Option<usize>, &str)> {
    let told = text.lines().find_map(|line| line.strip_prefix("fault "))?;
    let mut parts = told.trim().splitn(3, ' ');
    let (code, op_index, message) = (parts.next()?, parts.next()?, parts.next()?);
    Some((code, op_index.parse().ok(), message))
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)
}

fn cannot(verb: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(format!("error: can't {verb} {}: {error}", path.visible()))
}

fn does_not_run(wine: &Path, ended: &Ended) -> Error {
    let how = match ended.status {
        Some(status) => status.to_string(),
        None => "it took too long".to_owned(),
    };
    Error::new(format!(
        "error: {} can't run a program: {how}\n{}\
         help: Wine needs 700 MB for temporary files, in TMPDIR; or set WINEPREFIX to a prefix that works",
        wine.visible(),
        ended.stderr
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn lines_of_the_program_are_read() {
        let text = "warm_up 1\r\nns_per_op 12.5\r\nns_per_op 13\r\n";
        let values: Vec<f64> = values(text, "ns_per_op").collect();
        assert_eq!(values, [12.5, 13.0]);
        assert_eq!(told_fault("fault null 7 no memory\r\n"), Some(("null", Some(7), "no memory")));
        assert_eq!(told_fault("fault check -1 the heap\n"), Some(("check", None, "the heap")));
        assert_eq!(told_fault("done 1\n"), None);
    }

    #[test]
    fn a_program_that_does_not_report_its_end_has_crashed() {
        let ended = |stdout: &str| Ended {
            status: Some(Command::new("true").status().unwrap()),
            stdout: stdout.to_owned(),
            stderr: String::new(),
        };
        assert!(ended("ns_per_op 3\r\ndone 1\r\n").is_done());
        assert!(!ended("ns_per_op 3\r\n").is_done());
    }

    #[test]
    fn a_process_that_takes_too_long_is_ended() {
        let sleep = Command::new("sleep").arg("60").spawn().unwrap();
        assert_eq!(wait(sleep, Duration::ZERO).unwrap(), None);
    }
}
