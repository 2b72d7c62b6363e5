//! A file that is there whole, or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Puts a whole new file in the place of the old one, so that nobody ever sees
/// half of it. Something that is no file, such as `/dev/null`, is written to.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_file_with(path, |file| file.write_all(bytes))
}

/// The same, with a function that writes the new file.
pub fn replace_file_with(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return buffered(File::options().write(true).open(path)?, write).map(|_| ());
    }
    // Behind a link, the file that it names is meant.
    let target = fs::canonicalize(path);
    let path = target.as_deref().unwrap_or(path);
    buffered(beside(path)?, write)?.persist(path)?;
    Ok(())
}

/// Writes in large parts.
fn buffered<W: Write>(
    out: W,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<W> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    write(&mut out)?;
    out.into_inner().map_err(IntoInnerError::into_error)
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
