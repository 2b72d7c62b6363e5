//! The worker's side: does jobs until there are no more.

use crate::arguments::usage;
use crate::line::Replies;
use crate::message::{Message, Request};
use crate::secret::Secret;
use crate::watchdog::Progress;
use crate::{
    Arguments, Error, FaultReport, Heaps, Job, JobContext, Outcome, Stop, WORKER, last_panic,
};
use serde_json::value::RawValue;
use std::env;
use std::io::{self, BufRead, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::{self, ExitCode};
use std::thread;

/// The stack of the thread that works, in bytes: as large as a main thread's is by default,
/// whatever the limits of the shell are.
const STACK_BYTES: usize = 8 << 20;

/// Runs a program that is only a worker: serves with these heaps, as its command line asks.
pub fn main(heaps: &Heaps) -> ExitCode {
    let words: Vec<String> =
        env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let arguments = match words.split_first() {
        Some((first, rest)) if first == WORKER => Arguments::parse(rest),
        _ => Err(usage(&format!("`{WORKER}` is expected"))),
    };
    match arguments.and_then(|arguments| serve(heaps, arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If the reader is gone, the error can't be reported.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

/// Reads the secret and then jobs from standard input until it ends, and does them.
///
/// # Errors
/// If there is no secret, or the host gives no thread.
pub fn serve(heaps: &Heaps, arguments: Arguments) -> Result<(), Error> {
    let progress = Progress::new(Replies::new(read_secret()?), arguments.one_thread);
    let mut context = JobContext::new(&heaps.entries, &progress, arguments.host_bytes);
    if arguments.one_thread {
        do_jobs(heaps, &mut context);
        return Ok(());
    }
    thread::scope(|scope| {
        let work = || {
            progress.works_here();
            do_jobs(heaps, &mut context);
            process::exit(0)
        };
        thread::Builder::new()
            .name("heap".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .map_err(|error| Error::new(format!("error: can't start a thread: {error}")))?;
        progress.watch()
    })
}

/// Does a job in this process, for a debugger: there is no worker, no time limit and no limit on
/// memory. A heap that crashes ends this process.
///
/// # Errors
/// If the job can't be done on this host.
pub fn do_here<J: Job>(heaps: &Heaps, job: &J) -> Result<Outcome<J>, Error> {
    let progress = Progress::new(Replies::new(Secret::new()?), false);
    let mut context = JobContext::new(&heaps.entries, &progress, u64::MAX);
    match job.run(&mut context) {
        Ok(answer) => Ok(Ok(answer)),
        Err(Stop::Failed(failed)) => Ok(Err(failed)),
        Err(Stop::Impossible(error)) => Err(error),
    }
}

/// Reads the first line that is sent to a worker.
fn read_secret() -> Result<Secret, Error> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(Error::new)?;
    Secret::read(&line).ok_or_else(|| usage("the first line on standard input is not a secret"))
}

fn do_jobs(heaps: &Heaps, context: &mut JobContext<'_>) {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let answer = do_job(heaps, context, &line);
        context.end_job();
        context.replies().send(&match answer {
            Ok(answer) => Message::Answer(answer),
            Err(Stop::Failed(failed)) => Message::Failed(*failed),
            Err(Stop::Impossible(error)) => Message::Impossible(error.to_string()),
        });
    }
}

fn do_job(heaps: &Heaps, context: &mut JobContext<'_>, line: &str) -> Result<Box<RawValue>, Stop> {
    let request: Request<&RawValue> = serde_json::from_str(line).map_err(Error::new)?;
    let server = heaps.server(&request.job)?;
    context.start_job(request.announce);
    let served = panic::catch_unwind(AssertUnwindSafe(|| (server.serve)(context, request.request)));
    served.unwrap_or_else(|_| {
        // Panics in the heap's calls are caught where they are made.
        let said = last_panic().unwrap_or_default();
        let message =
            format!("the heap panicked outside of its calls, in `Default` or `Drop`: {said}");
        Err(FaultReport::of_the_whole("panic", message).into())
    })
}
