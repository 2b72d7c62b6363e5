//! Resolves the names of contenders: heaps, production allocators, libraries, Wine's heap.

use crate::libraries::{self, NoContender};
use crate::{Contender, WINE_NAME};
use heaplab_real::{Allocator, C_LIBRARY_KEPT_NAME, KNOWN, is_known, library};
use heaplab_support::Listener;
use heaplab_worker::{Error, Heaps};
use std::sync::Arc;

/// The command that, in a checkout, builds in the production allocators that are missing.
pub const WITH_ALL: &str = "cargo run --release --features real -- compare";

/// Returns the contenders that were asked for; all that are available if none were named.
///
/// # Errors
/// If a name is unknown or not built in, or if a library can't be loaded.
pub fn contenders(
    lab: &Heaps,
    specs: &[String],
    listener: &Arc<dyn Listener>,
) -> Result<Vec<Contender>, NoContender> {
    let built_in = heaplab_real::allocators();
    let is_library = |name: &str| library::is_path(name) && !lab.is_file(name);
    let is_real = |name: &str| is_known(name) || name == WINE_NAME || is_library(name);
    let heaps: Vec<String> = specs.iter().filter(|spec| !is_real(spec)).cloned().collect();
    let heaps = if specs.is_empty() || !heaps.is_empty() {
        lab.choose(&heaps).map_err(|error| with_known(error, specs))?
    } else {
        Vec::new()
    };
    let heaps = heaps.into_iter().map(Contender::heap);
    if specs.is_empty() {
        let real = KNOWN.iter().filter(|name| built_in.iter().any(|one| one.name == **name));
        let real = real.map(|name| Contender::real(name));
        return Ok(heaps.chain(real).collect());
    }
    let mut all = Vec::new();
    let mut heaps = heaps.peekable();
    for (index, spec) in specs.iter().enumerate() {
        if !is_real(spec) {
            all.extend(heaps.next());
            continue;
        }
        if specs[..index].contains(spec) {
            return Err(Error::new(format!("error: `{spec}` is asked for twice")).into());
        }
        all.push(real(&built_in, spec, listener)?);
    }
    libraries::tell_apart(&mut all)?;
    Ok(all)
}

/// Returns the production allocator that is built in, the library, or Wine's heap of this name.
fn real(
    built_in: &[Allocator],
    name: &str,
    listener: &Arc<dyn Listener>,
) -> Result<Contender, NoContender> {
    if library::is_path(name) {
        return libraries::contender(name, listener);
    }
    if name == WINE_NAME {
        return Ok(Contender::wine());
    }
    if built_in.iter().any(|one| one.name == name) {
        return Ok(Contender::real(name));
    }
    Err(Error::new(format!(
        "error: `{name}` is not built in\n\
         help: the feature `real` builds it in; that needs Linux, a C and a C++ compiler, and some minutes; in a checkout of heaplab:\n  \
         {WITH_ALL} --heap {name}"
    ))
    .into())
}

/// Adds the names of the production allocators to the error about an unknown heap.
fn with_known(error: Error, specs: &[String]) -> Error {
    let message = error.to_string();
    if message.contains("there is no heap") && !specs.is_empty() {
        Error::new(format!(
            "{message}\nhelp: the production allocators are {}, {} and {C_LIBRARY_KEPT_NAME}; a shared library is named by its path, as ./libmine.so",
            KNOWN.join(", "),
            WINE_NAME
        ))
    } else {
        Error::new(message)
    }
}
