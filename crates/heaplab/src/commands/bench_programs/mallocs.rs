//! Who can be put in front of a program.

use crate::Failure;
use crate::commands::exec;
use heaplab_real::C_LIBRARY_NAME;
use heaplab_worker::Heaps;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A malloc that programs can be run under.
pub struct Malloc {
    pub name: String,
    /// What goes in front; none for the C library's own.
    pub library: Option<OsString>,
    /// The heap, where the library holds heaps of the lab.
    pub heap: Option<String>,
}

/// The libraries of Debian's packages.
const SYSTEM: [(&str, &[&str], &str); 3] = [
    ("jemalloc", &["libjemalloc.so.2"], "libjemalloc2"),
    (
        "tcmalloc",
        &["libtcmalloc_minimal.so.4", "libtcmalloc.so.4"],
        "libtcmalloc-minimal4",
    ),
    (
        "mimalloc",
        &["libmimalloc.so.2", "libmimalloc.so.3", "libmimalloc.so"],
        "libmimalloc2.0",
    ),
];

/// Where systems keep libraries.
const FOLDERS: [&str; 7] = [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
];

/// The heaps that are compared if nobody asks for others; the implicit list takes minutes
/// for what others do in a second.
const USUAL_HEAPS: [&str; 2] = ["explicit", "segregated"];

/// The mallocs that were asked for; all that are there if none was.
///
/// # Errors
/// For one that is not there.
pub fn choose(lab: &Heaps, names: &[String]) -> Result<Vec<Malloc>, Failure> {
    if !names.is_empty() {
        return names.iter().map(|name| one(lab, name)).collect();
    }
    let mut all = vec![one(lab, C_LIBRARY_NAME)?];
    for (name, files, _) in SYSTEM {
        all.extend(find(files).map(|path| of_system(name, path)));
    }
    for name in USUAL_HEAPS {
        all.push(one(lab, name)?);
    }
    Ok(all)
}

fn one(lab: &Heaps, name: &str) -> Result<Malloc, Failure> {
    if name == C_LIBRARY_NAME {
        return Ok(Malloc {
            name: name.to_owned(),
            library: None,
            heap: None,
        });
    }
    if let Some((name, files, package)) = SYSTEM.iter().find(|(known, ..)| *known == name) {
        let path = find(files).ok_or_else(|| {
            Failure::Input(format!(
                "error: the library of {name} is not installed\nhelp: apt-get install {package}"
            ))
        })?;
        return Ok(of_system(name, path));
    }
    exec::expect_heap(lab, name)?;
    Ok(Malloc {
        name: name.to_owned(),
        library: Some(exec::STAND_IN.find()?.into()),
        heap: Some(name.to_owned()),
    })
}

fn of_system(name: &str, path: PathBuf) -> Malloc {
    Malloc {
        name: name.to_owned(),
        library: Some(path.into()),
        heap: None,
    }
}

fn find(files: &[&str]) -> Option<PathBuf> {
    let mut paths = files.iter().flat_map(|file| {
        FOLDERS
            .iter()
            .map(move |folder| Path::new(folder).join(file))
    });
    paths.find(|path| path.is_file())
}
