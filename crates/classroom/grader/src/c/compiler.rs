//! The system's C compiler.

use heaplab_sandbox::{Jail, Limits, Spec};
use heaplab_support::Error;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs};

/// A compiler, and what it is.
pub(crate) struct CCompiler {
    /// Its path, without links.
    pub(crate) path: PathBuf,
    /// The first line of what it says of its version: part of what a grade depends on.
    pub(crate) description: String,
}

/// Limit on the CPU time of one step. A file of a lab takes a second.
pub(crate) const CPU_TIME: Duration = Duration::from_secs(20);

impl CCompiler {
    /// Finds the compiler that `CC` names, or `cc`.
    ///
    /// # Errors
    /// If there is none, or it says nothing of its version.
    pub(crate) fn find() -> Result<CCompiler, Error> {
        let name = env::var_os("CC").filter(|name| !name.is_empty()).unwrap_or("cc".into());
        let folders = env::var_os("PATH").unwrap_or_default();
        let mut candidates = env::split_paths(&folders).map(|folder| folder.join(&name));
        let none = || {
            Error::new(format!(
                "error: there is no C compiler `{}`\n\
                 help: install gcc or clang, or name one: CC=clang heaplab grade ...",
                Path::new(&name).display()
            ))
        };
        let path = candidates.find(|path| path.is_file()).ok_or_else(none)?;
        let path = fs::canonicalize(path).map_err(|_| none())?;
        let output = Command::new(&path)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|_| none())?;
        let said = String::from_utf8_lossy(&output.stdout);
        let description = said.lines().next().unwrap_or_default().to_owned();
        if !output.status.success() || description.is_empty() {
            return Err(none());
        }
        Ok(CCompiler { path, description })
    }

    /// Returns what it may do: read the system and its working folder, and write there.
    pub(crate) fn spec(&self, folder: &Path, user: u32) -> Spec {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let environment = BTreeMap::from([
            ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("TMPDIR".to_owned(), text(folder.join("tmp"))),
            // What a file knows of the day is not part of a grade.
            ("SOURCE_DATE_EPOCH".to_owned(), "0".to_owned()),
            ("LC_ALL".to_owned(), "C.UTF-8".to_owned()),
        ]);
        Spec {
            read_write: vec![folder.to_owned()],
            executable: vec![self.path.clone()],
            limits: Limits {
                cpu_seconds: Some(CPU_TIME.as_secs()),
                address_space_bytes: Some(crate::compile::ADDRESS_SPACE_BYTES),
                file_bytes: Some(64 << 20),
                open_files: Some(256),
                ..Limits::default()
            },
            network: false,
            fork: true, // the parts of the compiler, and the linker
            fixed_addresses: true,
            drop_root: Some(user),
            environment,
            working_folder: Some(folder.to_owned()),
            ..Spec::default()
        }
        .with_system_programs()
    }

    /// Returns a sandbox for it in this folder.
    pub(crate) fn jail(&self, entry: &heaplab_sandbox::Entry, folder: &Path, user: u32) -> Jail {
        Jail::new(entry.clone(), self.spec(folder, user))
    }
}
