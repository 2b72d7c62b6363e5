//! Shared libraries as contenders.

use super::results::Contender;
use crate::Failure;
use crate::commands::print;
use crate::commands::progress::Progress;
use heaplab_real::library::{self, ALIGNED_NAMES, LibraryFile, USABLE_SIZE};
use heaplab_trace::{Trace, Visible, Weight};
use heaplab_worker::{LoadTask, Reply, Task, pool};
use std::path::Path;

/// Constructors take no longer, in seconds of CPU time.
const PATIENCE_SECONDS: f64 = 10.0;

/// A library sets aside as much address space as it likes.
const NO_LIMIT: u64 = u64::MAX;

/// A library as a contender, after it was loaded once, in a process of its own.
///
/// # Errors
/// If it can't be used; the library is at fault if it ends the process that loads it.
pub fn contender(path: &str) -> Result<Contender, Failure> {
    let cannot =
        |why: &dyn std::fmt::Display| Failure::Input(format!("error: {}: {why}", path.visible()));
    let file = library::inspect(Path::new(path)).map_err(|why| cannot(&why))?;
    let Some(asked) = file.path.to_str().map(str::to_owned) else {
        return Err(cannot(&"its path is not UTF-8\nhelp: rename it"));
    };
    match load(&asked)? {
        Reply::Loaded => {}
        Reply::Impossible(why) => {
            // The worker names the absolute path, and here the user's own words are.
            let why = why.strip_prefix(&format!("error: can't load {asked}: "));
            return Err(match why {
                Some(why) => cannot(&why),
                None => cannot(&"the process that was to load it could not do so"),
            });
        }
        Reply::Faulty(fault) => {
            print::remark(format_args!(
                "error: {}: {}\n",
                path.visible(),
                fault.message
            ));
            return Err(Failure::Heap);
        }
        _ => return Err(cannot(&"a worker gave an answer to another question")),
    }
    tell_what_is_missing(path, &file);
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    Ok(Contender {
        asked,
        moves_break: file.moves_break,
        ..Contender::real(&name)
    })
}

/// Has a worker load it, which may be lost over it.
fn load(path: &str) -> Result<Reply, Failure> {
    let task = Task::Load(LoadTask {
        library: path.to_owned(),
        timeout_seconds: PATIENCE_SECONDS,
    });
    let nothing = Trace::from_ops("nothing", Weight::Both, Vec::new()).map_err(Failure::input)?;
    let terms = Progress::new("loading", 1).terms(NO_LIMIT);
    let mut reply = None;
    pool::do_all(&[(task, &nothing)], 1, &terms, |_, answer| {
        reply = Some(answer)
    })?;
    reply.ok_or_else(|| Failure::input("error: a worker gave no answer"))
}

fn tell_what_is_missing(path: &str, file: &LibraryFile) {
    if ALIGNED_NAMES.iter().all(|name| file.missing.contains(name)) {
        print::remark(format_args!(
            "{}: it has none of {}: a trace that asks for aligned blocks counts as a failure\n",
            path.visible(),
            ALIGNED_NAMES.join(", ")
        ));
    }
    if file.missing.contains(&USABLE_SIZE) {
        print::remark(format_args!(
            "{}: it has no {USABLE_SIZE}: that a block is as large as it says is not checked\n",
            path.visible()
        ));
    }
}

/// Gives libraries of one file name their paths as names.
///
/// # Errors
/// If one library is there twice, under whatever names.
pub fn tell_apart(contenders: &mut [Contender]) -> Result<(), Failure> {
    for at in 0..contenders.len() {
        let (before, rest) = contenders.split_at_mut(at);
        let this = &mut rest[0];
        if before.iter().any(|other| other.asked == this.asked) {
            return Err(Failure::Input(format!(
                "error: {} is asked for twice",
                this.asked
            )));
        }
        let same_name = |other: &&mut Contender| other.name == this.name;
        if let Some(other) = before.iter_mut().find(same_name) {
            other.name.clone_from(&other.asked);
            this.name.clone_from(&this.asked);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_of_one_name_are_told_apart_by_their_paths() {
        let of = |path: &str| Contender {
            asked: path.to_owned(),
            ..Contender::real("libmine.so")
        };
        let mut two = [of("/a/libmine.so"), of("/b/libmine.so")];
        assert!(tell_apart(&mut two).is_ok());
        assert_eq!(two.map(|one| one.name), ["/a/libmine.so", "/b/libmine.so"]);
        assert!(tell_apart(&mut [of("/a/libmine.so"), of("/a/libmine.so")]).is_err());
    }
}
