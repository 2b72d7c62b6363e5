//! A contender in a worker: its name, the process that it needs, and how to make it.

use heaplab_arena::host::Host;
use heaplab_arena::{self as arena, Arena, Silent};
use heaplab_heap::Design;
use heaplab_real::Allocator;
use heaplab_real::library::{self, LoadError};
use heaplab_replay::{Settings, Simulated};
use heaplab_worker::{Common, Error, Process, TraceSource};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// One contender on one trace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OneContender {
    /// A production allocator or a heap, as named on the command line, or the absolute
    /// path of a shared library.
    pub contender: String,
    /// The trace to replay.
    pub trace: TraceSource,
    /// The machine's settings and the time limit.
    pub common: Common,
}

/// The process that production allocators need: one thread, and
///
/// - Google's TCMalloc has a cache for each core only if it is the one to register restartable
///   sequences with the kernel, which by default the C library does first.
/// - A library that is loaded late shares the space left for thread-local variables that are found
///   without a call, which allocators prefer; jemalloc needs more than the usual 512 bytes.
pub(super) const PROCESS: Process = Process {
    one_thread: true,
    tunables: "glibc.pthread.rseq=0:glibc.rtld.optional_static_tls=16384",
};

/// Returns whether a contender's name is the absolute path of a library. A process that loads a
/// library does nothing else.
pub(super) fn is_library(contender: &str) -> bool {
    contender.starts_with('/')
}

/// Returns the production allocator of this name if it is built in, or the library if the name is
/// the path of one; the library is then loaded into this process.
///
/// # Errors
/// If the library can't be loaded.
pub(super) fn real(name: &str) -> Result<Option<Allocator>, Error> {
    if is_library(name) {
        return loaded(name).map(Some);
    }
    let mut all = heaplab_real::allocators().into_iter();
    Ok(all.find(|allocator| allocator.name == name))
}

/// Loads a library.
pub(super) fn loaded(path: &str) -> Result<Allocator, Error> {
    let file = library::inspect(Path::new(path)).map_err(LoadError::Unusable);
    let loaded = file.and_then(|file| library::load(&file));
    loaded.map_err(|error| Error::new(format!("error: can't load {path}: {error}")))
}

/// Makes an empty heap on a machine of its own.
pub(super) fn simulated<D: Design>(
    design: &D,
    settings: &Settings,
) -> io::Result<Simulated<D::Heap<Silent>>> {
    let of_machine =
        arena::Settings { limit_bytes: settings.limit_bytes, ..arena::Settings::default() };
    let arena = Arena::with(of_machine, Silent).map_err(io::Error::other)?;
    let heap = design.build(arena, settings.align);
    heap.map(Simulated).map_err(io::Error::other)
}
