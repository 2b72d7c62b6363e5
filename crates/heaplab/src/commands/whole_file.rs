//! A file that is there whole, or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Puts a whole new file in the place of the old one, so that nobody ever sees
/// half of it. Something that is no file, such as `/dev/null`, is written to.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(path, bytes);
    }
    // Behind a link, the file that it names is meant.
    let target = fs::canonicalize(path);
    let path = target.as_deref().unwrap_or(path);
    let mut file = beside(path)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// Makes a new file; one that is there already is left as it is.
pub fn new_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = beside(path)?;
    file.write_all(bytes)?;
    file.persist_noclobber(path)?;
    Ok(())
}

/// A file under another name in the same folder, which is gone if it gets no name of
/// its own.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    // As for any new file: what the umask allows.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // Of the error only the kind: it names a file that nobody asked for.
    let file = builder.prefix(".heaplab-").tempfile_in(folder);
    file.map_err(|error| io::Error::from(error.kind()))
}
