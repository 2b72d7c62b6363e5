//! Our C code that is compiled with each heap, and the headers for files that have none.

use crate::cache::Hash;
use heaplab_support::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// The runtime's files, by the folder that they are in.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("runtime.c", include_str!("../runtime/runtime.c")),
    ("runner.c", include_str!("../runtime/runner.c")),
    ("timed.h", include_str!("../runtime/timed.h")),
    ("local.c", include_str!("../runtime/local.c")),
    ("checked.c", include_str!("../runtime/checked.c")),
    ("heaplab.h", include_str!("../runtime/heaplab.h")),
    ("headers/mm.h", include_str!("../runtime/headers/mm.h")),
    ("headers/memlib.h", include_str!("../runtime/headers/memlib.h")),
    ("headers/config.h", include_str!("../runtime/headers/config.h")),
    ("headers/csapp.h", include_str!("../runtime/headers/csapp.h")),
    ("headers/contracts.h", include_str!("../runtime/headers/contracts.h")),
    ("headers/allocator.h", include_str!("../runtime/headers/allocator.h")),
    ("headers/segment.h", include_str!("../runtime/headers/segment.h")),
    ("headers/allocator_interface.h", include_str!("../runtime/headers/allocator_interface.h")),
];

/// Where they are on disk, for the compiler.
pub(crate) struct Runtime {
    /// `runtime.c`.
    pub(crate) source: PathBuf,
    /// The folder with headers.
    pub(crate) headers: PathBuf,
    /// The hash of all of them.
    pub(crate) hash: String,
}

impl Runtime {
    /// Writes the files below a folder, unless they are there.
    ///
    /// # Errors
    /// If they can't be written.
    pub(crate) fn in_folder(folder: &Path) -> Result<Runtime, Error> {
        let mut hash = Hash::default();
        for (name, text) in FILES {
            hash.add(name.as_bytes());
            hash.add(text.as_bytes());
        }
        let hash = hash.end();
        let place = folder.join(format!("runtime-{hash}"));
        let error = |error| Error::new(format!("error: can't write {}: {error}", place.display()));
        if !place.is_dir() {
            let new = tempfile::tempdir_in(folder).map_err(error)?;
            for (name, text) in FILES {
                let file = new.path().join(name);
                let parent = file.parent().unwrap_or(new.path());
                fs::create_dir_all(parent).and_then(|()| fs::write(&file, text)).map_err(error)?;
            }
            // Another process may have been faster: then its files are as good.
            if fs::rename(new.path(), &place).is_ok() {
                let _ = new.keep();
            }
        }
        Ok(Runtime { source: place.join("runtime.c"), headers: place.join("headers"), hash })
    }
}
