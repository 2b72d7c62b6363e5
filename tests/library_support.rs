//! Compiles the libraries of `programs/libraries`.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder with libraries in it.
pub struct Libraries(TempDir);

impl Libraries {
    /// Creates an empty folder.
    pub fn new() -> Libraries {
        Libraries(tempfile::tempdir().unwrap())
    }

    /// Returns a path in the folder.
    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Compiles `programs/libraries/SOURCE` as the shared library `name`.
    pub fn compile(&self, source: &str, name: &str, options: &[&str]) -> String {
        let shared = ["-shared", "-fPIC"];
        self.cc(&source_path(source), name, &[&shared, options].concat()).unwrap()
    }

    /// Compiles a file; the error is the compiler's output.
    pub fn cc(&self, source: &Path, name: &str, options: &[&str]) -> Result<String, String> {
        let made = Command::new("cc")
            // A compiler that knows malloc may turn the body of `calloc` into a call of itself.
            .args(["-O2", "-fno-builtin", "-Wall", "-pthread", "-o"])
            .args([Path::new(&self.path(name)), source])
            .args(options)
            .output()
            .unwrap();
        if made.status.success() {
            Ok(self.path(name))
        } else {
            Err(String::from_utf8_lossy(&made.stderr).into_owned())
        }
    }
}

/// Returns the path of a source file of these tests.
pub fn source_path(source: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/libraries").join(source)
}

/// Returns Debian's packages of allocators that are installed.
pub fn of_the_system() -> Vec<PathBuf> {
    let names = ["libjemalloc.so.2", "libmimalloc.so.2", "libtcmalloc_minimal.so.4"];
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"];
    let paths = names.iter().flat_map(|name| folders.map(|folder| Path::new(folder).join(name)));
    paths.filter(|path| path.is_file()).collect()
}
