//! Shared by the tests of a class: the class, and its records of an undisturbed run.

use crate::{heaplab, source_of};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

/// Records by their files' names, byte by byte.
pub type Records = BTreeMap<String, Vec<u8>>;

/// The only class of a test program.
pub static CLASS: Class = Class { folder: OnceLock::new(), records: OnceLock::new() };

/// A few partial solutions of 0-sbrk, and one that does not compile.
pub struct Class {
    folder: OnceLock<(Folder, String)>,
    records: OnceLock<Records>,
}

impl Class {
    /// Returns the folder of what was handed in, which is written on the first call.
    pub fn handed_in(&self, program: &str) -> &str {
        let (_, path) = self.folder.get_or_init(|| {
            let folder = Folder::new();
            let path = folder.path("handed-in");
            hand_in(program, Path::new(&path));
            (folder, path)
        });
        path
    }

    /// Returns the class's records of an undisturbed run.
    ///
    /// # Panics
    /// If it can't be graded.
    pub fn records(&self, program: &str) -> &Records {
        self.records.get_or_init(|| {
            let folder = Folder::new();
            let out = folder.path("whole");
            let handed_in = self.handed_in(program);
            let seen = heaplab(program, &["grade", handed_in, "--lab", "0-sbrk", "--out", &out]);
            assert_eq!(seen.code, Some(0), "{}", seen.stderr);
            records(&out)
        })
    }
}

fn hand_in(program: &str, folder: &Path) {
    let write = |name: String, source: &str| {
        fs::write(folder.join(name), source).expect("a file can be written");
    };
    fs::create_dir(folder).expect("a folder can be made");
    for filled in ["2", "4", "6"] {
        let source = source_of(program, "0-sbrk", &["--filled", filled]);
        write(format!("filled-{filled}.rs"), &source);
        let commented = format!("{source}// the same, and another file\n");
        write(format!("commented-{filled}.rs"), &commented);
    }
    write("broken.rs".to_owned(), "#![no_std]\nfn");
}

/// A folder that is removed when it is no longer needed.
pub struct Folder(TempDir);

impl Folder {
    /// Creates an empty folder.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder can be made"))
    }

    /// Returns a path in it.
    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }
}

/// Returns the records of an output folder; empty if the folder does not exist.
pub fn records(out: &str) -> Records {
    let entries = fs::read_dir(Path::new(out).join("records")).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            (name.into_owned(), fs::read(&path).expect("a record"))
        })
        .collect()
}
