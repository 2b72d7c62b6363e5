//! A file that is there whole, or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Puts a whole new file in the place of the old one, so that nobody ever sees
/// half of it. Something that is no file, such as `/dev/null`, is written to.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(path, bytes);
    }
    // Behind a link, the file that it names is meant.
    let target = fs::canonicalize(path);
    let path = target.as_deref().unwrap_or(path);
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
    let mut file = file.map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}
