//! Shared libraries as contenders.

use crate::{Contender, Load};
use heaplab_real::library::{self, ALIGNED_NAMES, LibraryFile, USABLE_SIZE};
use heaplab_support::{Listener, Work};
use heaplab_trace::{Trace, Visible, Weight};
use heaplab_worker::pool::{WorkerOptions, do_one};
use heaplab_worker::{Error, Outcome};
use std::path::Path;
use std::sync::Arc;

/// Time limit for a library's constructors, in seconds of CPU time.
const PATIENCE_SECONDS: f64 = 10.0;

/// A library may reserve any amount of address space.
const NO_LIMIT: u64 = u64::MAX;

/// Why a name gives no contender.
#[derive(Debug)]
pub enum NoContender {
    /// It is unknown, or can't be used here.
    Input(Error),
    /// A library ended the process that loaded it; the lines that say so.
    AtFault(String),
}

impl From<Error> for NoContender {
    fn from(error: Error) -> NoContender {
        NoContender::Input(error)
    }
}

/// Returns a library as a contender, after loading it once in a process of its own.
///
/// # Errors
/// If the library can't be used; it is at fault if it ends the process that loads it.
pub(crate) fn contender(
    path: &str,
    listener: &Arc<dyn Listener>,
) -> Result<Contender, NoContender> {
    let cannot =
        |why: &dyn std::fmt::Display| Error::new(format!("error: {}: {why}", path.visible()));
    let file = library::inspect(Path::new(path)).map_err(|why| cannot(&why))?;
    let Some(asked) = file.path.to_str().map(str::to_owned) else {
        return Err(cannot(&"its path is not UTF-8\nhelp: rename it").into());
    };
    match load(&asked, listener)? {
        Ok(Ok(())) => {}
        Ok(Err(why)) => {
            // The worker names the absolute path; this message names the user's own words.
            let why = why.strip_prefix(&format!("error: can't load {asked}: "));
            return Err(match why {
                Some(why) => cannot(&why),
                None => cannot(&"the process that tried to load it failed"),
            }
            .into());
        }
        Err(failed) => {
            return Err(NoContender::AtFault(format!(
                "error: {}: {}\n",
                path.visible(),
                failed.fault.message
            )));
        }
    }
    tell_what_is_missing(path, &file, &**listener);
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    Ok(Contender { asked, moves_break: file.moves_break, ..Contender::real(&name) })
}

/// Has a worker load the library, in a process that the library may end.
fn load(path: &str, listener: &Arc<dyn Listener>) -> Result<Outcome<Load>, Error> {
    let job = Load { library: path.to_owned(), timeout_seconds: PATIENCE_SECONDS };
    let nothing = Trace::from_ops("nothing", Weight::Both, Vec::new()).map_err(Error::new)?;
    let _work = Work::begin(&**listener, "loading", Some(1));
    do_one(&job, &nothing, &WorkerOptions::told(listener, NO_LIMIT))
}

fn tell_what_is_missing(path: &str, file: &LibraryFile, listener: &dyn Listener) {
    if ALIGNED_NAMES.iter().all(|name| file.missing.contains(name)) {
        listener.remark(&format!(
            "{}: it defines none of {}, so a trace that asks for aligned blocks counts as a failure\n",
            path.visible(),
            ALIGNED_NAMES.join(", ")
        ));
    }
    if file.missing.contains(&USABLE_SIZE) {
        listener.remark(&format!(
            "{}: it does not define {USABLE_SIZE}, so the usable sizes of its blocks are not checked\n",
            path.visible()
        ));
    }
}

/// Names libraries with the same file name by their paths.
///
/// # Errors
/// If one library is asked for twice, even if by different paths.
pub(crate) fn tell_apart(contenders: &mut [Contender]) -> Result<(), Error> {
    for at in 0..contenders.len() {
        let (before, rest) = contenders.split_at_mut(at);
        let this = &mut rest[0];
        if before.iter().any(|other| other.asked == this.asked) {
            return Err(Error::new(format!("error: {} is asked for twice", this.asked)));
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
    fn libraries_of_one_name_are_distinguished_by_their_paths() {
        let of = |path: &str| Contender { asked: path.to_owned(), ..Contender::real("libmine.so") };
        let mut two = [of("/a/libmine.so"), of("/b/libmine.so")];
        assert!(tell_apart(&mut two).is_ok());
        assert_eq!(two.map(|one| one.name), ["/a/libmine.so", "/b/libmine.so"]);
        assert!(tell_apart(&mut [of("/a/libmine.so"), of("/a/libmine.so")]).is_err());
    }
}
