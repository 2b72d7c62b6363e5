//! Finds the mallocs that can be preloaded into a program.

use super::library;
use super::not_measured::NotMeasured;
use crate::exec;
use heaplab_real::C_LIBRARY_NAME;
use heaplab_real::library::is_path;
use heaplab_support::{Error, Listener};
use heaplab_worker::Heaps;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A malloc that programs can be run under.
pub struct Malloc {
    /// The malloc's name.
    pub name: String,
    /// What to preload; `None` for the C library's own malloc.
    pub library: Option<OsString>,
    /// The heap, if the library contains heaps of the lab.
    pub heap: Option<String>,
}

/// An allocator that the system may have as a library.
pub struct OfSystem {
    /// The allocator's name.
    pub name: &'static str,
    /// Possible file names of the library, the best first.
    files: &'static [&'static str],
    /// How to install it.
    how: &'static str,
}

/// All allocators that the system may have.
pub const OF_SYSTEM: [OfSystem; 5] = [
    OfSystem {
        name: "jemalloc",
        files: &["libjemalloc.so.2"],
        how: "apt-get install libjemalloc2",
    },
    OfSystem {
        name: "tcmalloc",
        files: &["libtcmalloc_minimal.so.4", "libtcmalloc.so.4"],
        how: "apt-get install libtcmalloc-minimal4",
    },
    OfSystem {
        name: "mimalloc",
        files: &["libmimalloc.so.2", "libmimalloc.so.3", "libmimalloc.so"],
        how: "apt-get install libmimalloc2.0",
    },
    OfSystem { name: "snmalloc", files: &["libsnmallocshim.so", "libsnmalloc.so"], how: BUILD },
    OfSystem { name: "rpmalloc", files: &["librpmalloc.so", "librpmallocwrap.so"], how: BUILD },
];

/// Debian has no package of these allocators.
const BUILD: &str = "`just preload-libraries` builds it in a minute, with a C++ compiler";

/// The environment variable that names a folder with more libraries.
const FOLDER_VARIABLE: &str = "HEAPLAB_MALLOCS";

/// The folders in which systems keep libraries.
const FOLDERS: [&str; 7] = [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
];

/// The heaps compared by default; the implicit list takes minutes for what others do in a second.
const USUAL_HEAPS: [&str; 2] = ["explicit", "quick"];

/// Returns the mallocs that were asked for; all available ones if none were named. `folder` is for
/// files needed to preload a library.
///
/// # Errors
/// If a malloc is not available, or a library can't be used.
pub(super) fn choose(
    heaps: &Heaps,
    names: &[String],
    folder: &Path,
    listener: &dyn Listener,
) -> Result<Vec<Malloc>, NotMeasured> {
    if !names.is_empty() {
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                return Err(Error::new(format!("error: `{name}` is asked for twice")).into());
            }
        }
        let mallocs = names.iter().map(|name| one(heaps, name, folder, listener));
        return mallocs.collect();
    }
    let mut all = vec![one(heaps, C_LIBRARY_NAME, folder, listener)?];
    for malloc in &OF_SYSTEM {
        match malloc.find() {
            Some(path) => all.push(with_library(malloc.name, path)),
            None => listener.remark(&format!("left out: {}\n", malloc.missing())),
        }
    }
    for name in USUAL_HEAPS {
        all.push(one(heaps, name, folder, listener)?);
    }
    Ok(all)
}

fn one(
    heaps: &Heaps,
    name: &str,
    folder: &Path,
    listener: &dyn Listener,
) -> Result<Malloc, NotMeasured> {
    if name == C_LIBRARY_NAME {
        return Ok(Malloc { name: name.to_owned(), library: None, heap: None });
    }
    if let Some(malloc) = OF_SYSTEM.iter().find(|malloc| malloc.name == name) {
        let path =
            malloc.find().ok_or_else(|| Error::new(format!("error: {}", malloc.missing())))?;
        return Ok(with_library(name, path));
    }
    if is_path(name) {
        let (name, library) = library::tried(name, folder, listener)?;
        return Ok(with_library(&name, library));
    }
    exec::expect_heap(heaps, name).map_err(|error| {
        if error.to_string().contains("there is no heap") {
            let known: Vec<&str> = OF_SYSTEM.iter().map(|malloc| malloc.name).collect();
            Error::new(format!(
                "{error}\nhelp: other mallocs are {C_LIBRARY_NAME}, {}; a shared library is named by its path, as ./libmine.so",
                known.join(", ")
            ))
        } else {
            error
        }
    })?;
    Ok(Malloc {
        name: name.to_owned(),
        library: Some(exec::MALLOC_SHIM.find()?.into()),
        heap: Some(name.to_owned()),
    })
}

fn with_library(name: &str, path: PathBuf) -> Malloc {
    Malloc { name: name.to_owned(), library: Some(path.into()), heap: None }
}

impl OfSystem {
    /// Finds its library: in the folder that the variable names, in `preload` beside the folder of
    /// this command (where the project's own build puts it), or in the system's folders.
    pub fn find(&self) -> Option<PathBuf> {
        let named = env::var_os(FOLDER_VARIABLE).map(PathBuf::from);
        let command = env::current_exe().ok();
        let beside = command.and_then(|file| Some(file.ancestors().nth(2)?.join("preload")));
        let system = FOLDERS.iter().map(PathBuf::from);
        let folders: Vec<PathBuf> = named.into_iter().chain(beside).chain(system).collect();
        let mut paths =
            self.files.iter().flat_map(|file| folders.iter().map(move |folder| folder.join(file)));
        paths.find(|path| path.is_file())
    }

    /// Returns the message that it is missing, and how to install it.
    pub fn missing(&self) -> String {
        format!(
            "the library of {} is not installed; {}; or name the folder of {} in {FOLDER_VARIABLE}",
            self.name, self.how, self.files[0]
        )
    }
}
