//! Where the files of an installed program are.

use std::env;
use std::path::PathBuf;

/// Returns a folder of the installation that this program is part of, such as `lib/heaplab`: the
/// program is in `bin` beside it. A link to the program may be anywhere. The folder need not
/// exist; `None` if the system does not say where the program is.
pub fn installed(folder: &str) -> Option<PathBuf> {
    let program = env::current_exe().ok()?.canonicalize().ok()?;
    Some(program.parent()?.parent()?.join(folder))
}
