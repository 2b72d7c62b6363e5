//! A lab begun again, with what was written kept.

use crate::workspace::cannot_read;
use crate::{LabFolder, Memory};
use heaplab_support::Error;
use heaplab_support::files::replace_file;
use heaplab_trace::Visible;
use std::fs;
use std::path::{Path, PathBuf};

impl LabFolder {
    /// Makes `src/lib.rs` and `src/given.rs` the starter's again. What was in `lib.rs` is copied to
    /// a new file in the folder `old` of the lab, whose path is returned; none if there was nothing
    /// to keep. Finished stages and hints are forgotten, the history is not.
    ///
    /// # Errors
    /// If a file can't be read or written. `lib.rs` is then as it was.
    pub fn restart(&self) -> Result<Option<PathBuf>, Error> {
        let starter = self.starter(0)?;
        let source = self.source_path();
        let written = fs::read(&source).map_err(|error| cannot_read(&source, &error))?;
        let kept =
            if written == starter.lib.as_bytes() { None } else { Some(self.keep(&written)?) };
        write(&self.given_path(), &starter.given)?;
        write(&source, &starter.lib)?;
        let history = Memory::of(self).history;
        Memory { history, ..Memory::default() }.keep(self)?;
        Ok(kept)
    }

    /// Writes a file that is not there yet: `old/lib-1.rs`, `old/lib-2.rs`, ...
    fn keep(&self, written: &[u8]) -> Result<PathBuf, Error> {
        let folder = self.path().join("old");
        fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, &error))?;
        let mut numbers = 1..;
        let path = numbers
            .find_map(|number| {
                let path = folder.join(format!("lib-{number}.rs"));
                (!path.exists()).then_some(path)
            })
            .unwrap_or_default();
        replace_file(&path, written).map_err(|error| cannot_write(&path, &error))?;
        Ok(path)
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    replace_file(path, text.as_bytes()).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("error: can't write {}: {error}", path.visible()))
}
