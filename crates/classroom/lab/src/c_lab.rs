//! What a lab in C says besides its stages and measures: the table `[c]` of its `lab.toml`.

use crate::lab_error::LabError;
use serde::Deserialize;
use std::path::Path;

/// The language that submissions are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Rust, made from a reference of `crates`.
    #[default]
    Rust,
    /// C, compiled by the system's compiler.
    C,
}

/// The table `[c]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CLab {
    /// The name of the file that students hand in.
    #[serde(default = "mm_c")]
    pub file: String,
    /// Headers in the lab's folder, which are put beside the file. For those of the courses, such
    /// as `mm.h` and `memlib.h`, there are some without it.
    #[serde(default)]
    pub headers: Vec<String>,
    /// The interface, by its name; `None` to tell it from the functions that a file defines.
    #[serde(default)]
    pub interface: Option<String>,
    /// Flags for the compiler, after `-g -O2`.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Functions of the C library that submissions may call besides the usual ones.
    #[serde(default)]
    pub allowed: Vec<String>,
    /// Functions that submissions may not call, of those that they otherwise may.
    #[serde(default)]
    pub forbidden: Vec<String>,
    /// The most bytes that the variables of a submission may have, constants not counted.
    #[serde(default = "few_bytes")]
    pub most_global_bytes: u64,
    /// A file in the lab's folder that is built as a submission is: what measures that are
    /// `relative` are compared with.
    #[serde(default)]
    pub reference: Option<String>,
}

fn mm_c() -> String {
    "mm.c".to_owned()
}

fn few_bytes() -> u64 {
    512
}

impl CLab {
    /// Checks that the names of files lead nowhere else, and that flags are flags.
    pub(crate) fn check(&self) -> Result<(), LabError> {
        let files = [&self.file].into_iter().chain(&self.headers).chain(&self.reference);
        for file in files {
            let is_plain = Path::new(file).file_name().is_some_and(|name| name == &**file);
            if !is_plain {
                return Err(LabError::new(format!("[c]: `{file}` is not the name of a file")));
            }
        }
        if !self.file.ends_with(".c") {
            return Err(LabError::new(format!("[c]: the file `{}` does not end in .c", self.file)));
        }
        if self.flags.iter().any(|flag| flag == "-m32") {
            return Err(LabError::new(
                "[c]: `-m32`: submissions are graded with 64-bit words only; leave the flag out. \
                 The heap is below 4 GiB, so code that keeps a pointer in an `unsigned int` works \
                 as it is; students can also run theirs with `heaplab run --cflags=-m32`"
                    .to_owned(),
            ));
        }
        match self.flags.iter().find(|flag| !flag.starts_with('-') || flag.starts_with("-o")) {
            None => Ok(()),
            Some(flag) => {
                Err(LabError::new(format!("[c]: `{flag}` is not a flag to compile with")))
            }
        }
    }
}
