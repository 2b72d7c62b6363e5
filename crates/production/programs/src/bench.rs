//! Measures real programs under several mallocs, as whole processes.
//!
//! 1. [`programs`] makes what the programs work on; `own` reads programs given by the user.
//! 2. [`mallocs`] finds the mallocs that can be preloaded; `library` tries a library given by the
//!    user.
//! 3. [`rounds`] runs each program under each malloc, round robin; each run is the only child of a
//!    separate process ([`measured`]), which asks the kernel for the costs of the run.

mod data;
mod library;
pub mod mallocs;
pub mod measured;
mod not_measured;
mod own;
pub mod programs;
mod report;
pub mod rounds;
mod table;

use crate::preload;
use heaplab_support::{Error, Listener, did_you_mean};
use heaplab_worker::Heaps;
pub use not_measured::NotMeasured;
use programs::{Program, Ready};
use rounds::Results;
use std::path::Path;

/// What to measure, and how.
pub struct Request<'a> {
    /// Names of programs, and the user's own programs as `name=command line`; if empty, all
    /// programs that are installed.
    pub programs: &'a [String],
    /// Names of mallocs and heaps, and paths of libraries; if empty, all mallocs that are
    /// installed, and the usual heaps.
    pub mallocs: &'a [String],
    /// The part of its work that each program does, in percent.
    pub percent: u32,
    /// The number of runs of each program under each malloc.
    pub rounds: u32,
    /// A run that takes longer is ended, and the malloc is at fault.
    pub timeout_seconds: f64,
    /// A program that runs [`measured`] if its first argument is `measured`, as heaplab's command
    /// does.
    pub helper: &'a Path,
}

/// Measures the programs under the mallocs.
///
/// # Errors
/// If a program or a malloc is not available, or a program fails with nothing preloaded. A program
/// that fails under a malloc is a result, not an error.
pub fn run(
    heaps: &Heaps,
    request: &Request<'_>,
    listener: &dyn Listener,
) -> Result<Results, NotMeasured> {
    let folder = preload::temporary_folder()?;
    let ready = chosen_programs(request.programs, folder.path(), request.percent, listener)?;
    let mallocs = mallocs::choose(heaps, request.mallocs, folder.path(), listener)?;
    let limits = rounds::Limits {
        rounds: request.rounds,
        timeout_seconds: request.timeout_seconds,
        folder: folder.path(),
        helper: request.helper,
    };
    Ok(rounds::run(&ready, &mallocs, &limits, listener)?)
}

/// Returns the programs that were asked for, with all that they work on; all installed programs if
/// none were named.
fn chosen_programs(
    names: &[String],
    folder: &Path,
    percent: u32,
    listener: &dyn Listener,
) -> Result<Vec<Ready>, Error> {
    let mut ready: Vec<Ready> = Vec::new();
    for name in names {
        let program = match own::parse(name, listener)? {
            Some(own) => own,
            None => {
                let program = find_program(name)?;
                let cannot = |why| Error::new(format!("error: {name}: {why}"));
                if ready.iter().any(|one| one.name == *name) {
                    return Err(cannot("it is asked for twice".to_owned()));
                }
                program.prepare(folder, percent).map_err(cannot)?
            }
        };
        if ready.iter().any(|one| one.name == program.name) {
            return Err(Error::new(format!("error: two programs are named `{}`", program.name)));
        }
        ready.push(program);
    }
    if names.is_empty() {
        for program in programs::all() {
            match program.prepare(folder, percent) {
                Ok(program) => ready.push(program),
                Err(why) => listener.remark(&format!("left out: {}: {why}\n", program.name)),
            }
        }
    }
    if ready.is_empty() {
        Err(Error::new("error: none of the programs is installed"))
    } else {
        Ok(ready)
    }
}

fn find_program(name: &str) -> Result<&'static Program, Error> {
    programs::all().find(|program| program.name == name).ok_or_else(|| {
        let known: Vec<&str> = programs::all().map(|program| program.name).collect();
        let meant = did_you_mean(name, &known);
        Error::new(format!(
            "error: there is no program `{name}`{meant}\nhelp: the programs are {}; \
                 one of your own is given as 'name=command line'",
            known.join(", ")
        ))
    })
}
