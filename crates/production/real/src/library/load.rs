//! Loads a library into this process.

use super::calls::{AlignedCall, Calls, LibraryAllocator};
use super::error::LoadError;
use super::file::{LibraryFile, USABLE_SIZE};
use crate::Allocator;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

/// Loads a library permanently, and makes an allocator of it. Its constructors run in this process.
///
/// # Errors
/// If the loader fails.
pub fn load(file: &LibraryFile) -> Result<Allocator, LoadError> {
    if file.moves_break {
        keep_the_break_still();
    }
    let flags = RTLD_NOW | RTLD_LOCAL | libc::RTLD_DEEPBIND;
    // SAFETY: the user chose to run this library, and its constructors do what they do in
    // any program. See `LibraryAllocator` for one that is broken.
    let library = unsafe { Library::open(Some(&file.path), flags) };
    let library = library.map_err(|error| LoadError::from_loader(&words(&error)))?;
    // SAFETY: malloc(3) and posix_memalign(3) have these types.
    let calls = unsafe {
        Calls {
            malloc: find(&library, "malloc")?,
            free: find(&library, "free")?,
            realloc: find(&library, "realloc")?,
            calloc: find(&library, "calloc")?,
            aligned: if file.has("memalign") {
                AlignedCall::Memalign(find(&library, "memalign")?)
            } else if file.has("posix_memalign") {
                AlignedCall::PosixMemalign(find(&library, "posix_memalign")?)
            } else if file.has("aligned_alloc") {
                AlignedCall::C11(find(&library, "aligned_alloc")?)
            } else {
                AlignedCall::None
            },
            usable_size: if file.has(USABLE_SIZE) {
                Some(find(&library, USABLE_SIZE)?)
            } else {
                None
            },
        }
    };
    // The library's blocks, threads and handlers remain, so its code must too.
    std::mem::forget(library);
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let about = "a shared library with malloc's names";
    let mut allocator = Allocator::new(&name, about, move || LibraryAllocator(calls));
    allocator.says_usable_size = calls.usable_size.is_some();
    Ok(allocator)
}

impl LibraryFile {
    /// Returns whether it defines one of the optional names.
    fn has(&self, name: &str) -> bool {
        !self.missing.contains(&name)
    }
}

/// Returns one of the library's own functions. The file is known to define it, and the loader looks
/// there before it looks in the library's dependencies.
///
/// # Safety
/// `F` is a function pointer, and the function of this name has its type.
unsafe fn find<F: Copy>(library: &Library, name: &str) -> Result<F, LoadError> {
    // SAFETY: the caller's.
    match unsafe { library.get::<F>(name) } {
        Ok(symbol) => Ok(*symbol),
        Err(error) => Err(LoadError::from_loader(&words(&error))),
    }
}

/// Returns the loader's message, without the text that the crate adds.
fn words(error: &libloading::Error) -> String {
    use std::error::Error;
    match error.source() {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

/// Has the C library take as much of the heap segment as it is likely to need, before the loaded
/// library's first `sbrk`. Both share the break. A library may rely on nothing else moving it, as
/// is true of a program that it is preloaded into.
fn keep_the_break_still() {
    const ROOM_BYTES: libc::c_int = 256 << 20;
    const UNTIL_IT_IS_ASKED_FOR_BYTES: usize = 64 << 10;
    // SAFETY: the block is given back at once. What it leaves is address space at the
    // top of the heap, untouched.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
        libc::mallopt(libc::M_TOP_PAD, ROOM_BYTES);
        // This is more than is free, so the top must grow.
        let blocks: Vec<_> = (0..8).map(|_| libc::malloc(UNTIL_IT_IS_ASKED_FOR_BYTES)).collect();
        for block in blocks {
            libc::free(block);
        }
    }
}
