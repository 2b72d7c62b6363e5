//! Which source a lab takes out of a submission.

use super::names;
use heaplab_lab::Lab;

/// Accepted names of a source in Rust, the preferred name first.
const IN_RUST: [&str; 3] = ["src/lib.rs", "lib.rs", "mm.rs"];

/// Names that are those of a source, whatever the lab is.
pub(super) fn is_usual(name: &str) -> bool {
    IN_RUST.contains(&name) || name == "mm.c"
}

/// Returns why no source is taken of several files, one of which is called so.
pub(super) fn several(file: &str, count: usize) -> String {
    let c_file = file.ends_with(".c").then_some("mm.c");
    Wanted { lab: "", c_file }.several(count)
}

/// The source that a lab takes.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'l> {
    /// The lab.
    lab: &'l str,
    /// The file that a lab in C asks for.
    c_file: Option<&'l str>,
}

impl<'l> From<&'l str> for Wanted<'l> {
    /// Returns what a lab of this name in Rust takes.
    fn from(lab: &'l str) -> Wanted<'l> {
        Wanted { lab, c_file: None }
    }
}

impl<'l> From<&'l String> for Wanted<'l> {
    fn from(lab: &'l String) -> Wanted<'l> {
        Wanted::from(lab.as_str())
    }
}

impl<'l> From<&'l Lab> for Wanted<'l> {
    fn from(lab: &'l Lab) -> Wanted<'l> {
        Wanted { lab: &lab.name, c_file: lab.c.as_ref().map(|c| c.file.as_str()) }
    }
}

impl Wanted<'_> {
    /// Returns whether a folder is called as the lab is.
    pub(super) fn is_called(self, folder: &str) -> bool {
        self.lab == folder
    }

    /// Returns where a repository with several labs has the source, which is preferred to all other
    /// names.
    pub(super) fn in_repository(self) -> String {
        match self.c_file {
            Some(file) => format!("labs/{}/{file}", self.lab),
            None => format!("labs/{}/src/lib.rs", self.lab),
        }
    }

    /// Returns the accepted names, the preferred one first.
    pub(super) fn names(self) -> Vec<String> {
        let mut names = vec![self.in_repository()];
        match self.c_file {
            Some(file) => names.extend([file.to_owned(), format!("src/{file}")]),
            None => names.extend(IN_RUST.map(str::to_owned)),
        }
        names
    }

    /// Returns whether a file may be the source by its ending.
    pub(super) fn is_source(self, name: &str) -> bool {
        let is_c = name.ends_with(".c") || name.ends_with(".c.txt");
        names::is_source(name) && is_c == self.c_file.is_some()
    }

    /// Returns why no source is taken if there is none.
    pub(super) fn nothing(self) -> String {
        match self.c_file {
            Some(file) => format!("there is no source in it: expected {file} or a single .c file"),
            None => "there is no source in it: expected src/lib.rs, lib.rs or a single .rs file"
                .to_owned(),
        }
    }

    /// Returns why no source is taken if there are several.
    pub(super) fn several(self, count: usize) -> String {
        match self.c_file {
            Some(file) => format!("there are {count} .c files in it, and none is called {file}"),
            None => format!("there are {count} .rs files in it, and none is called lib.rs"),
        }
    }
}
