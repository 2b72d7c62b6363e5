//! A file that is written whole, or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Replaces a file by a whole new one, so that a reader never sees half of it. Writes to what is
/// not a regular file, such as `/dev/null`.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_file_with(path, |file| file.write_all(bytes))
}

/// Does the same, with a function that writes the new file.
pub fn replace_file_with(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return buffered(File::options().write(true).open(path)?, write).map(|_| ());
    }
    // If the path is a link, the file that it names is replaced.
    let target = fs::canonicalize(path);
    let path = target.as_deref().unwrap_or(path);
    buffered(beside(path)?, write)?.persist(path)?;
    Ok(())
}

/// Calls `write` with a buffer, so that `out` is written in large parts.
fn buffered<W: Write>(
    out: W,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<W> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    write(&mut out)?;
    out.into_inner().map_err(IntoInnerError::into_error)
}

/// Makes a new file; if there is one already, fails and leaves it as it is.
pub fn new_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = beside(path)?;
    file.write_all(bytes)?;
    file.persist_noclobber(path)?;
    Ok(())
}

/// Makes a file under another name in the same folder, which is removed unless it gets a name of
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
    // Only the kind of the error is kept: its text names the temporary file.
    let file = builder.prefix(".heaplab-").tempfile_in(folder);
    file.map_err(|error| io::Error::from(error.kind()))
}
