//! Heaps with their types forgotten, and how they are named on a command line.

use crate::Error;
use heaplab_heap::UnknownWord;
use heaplab_support::did_you_mean;
use std::any::Any;
use std::path::Path;

/// A heap's design, with its type forgotten.
pub struct Entry {
    /// What it is called.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// Name and meaning of each policy word.
    pub words: Vec<(&'static str, &'static str)>,
    /// Whether commands use it only if it is named; otherwise they use it, too, if no heap is.
    pub is_only_by_name: bool,
    /// Whether policy words choose a design.
    pub(crate) parse: Box<Parse>,
    /// What each job makes of the design.
    pub(crate) makers: Vec<Maker>,
}

/// What a job makes of one design with the policy that the words choose: its
/// [`Erased`](crate::Job::Erased).
pub struct Maker {
    pub(crate) job: &'static str,
    pub(crate) make: Box<Make>,
}

/// Says whether policy words choose a design.
type Parse = dyn Fn(&str) -> Result<(), Error> + Send + Sync;

/// Makes it of the policy words.
type Make = dyn Fn(&str) -> Result<Box<dyn Any>, Error> + Send + Sync;

/// The heaps of one program: those with names, and those that are files.
#[derive(Default)]
pub(crate) struct Entries(pub(crate) Vec<Entry>, pub(crate) Option<FileEntry>);

/// Heaps that are files, with their design's type forgotten.
pub(crate) struct FileEntry {
    /// How they are named.
    pub(crate) name: &'static str,
    /// What they are, in one line.
    pub(crate) about: &'static str,
    /// Whether a name is that of a file.
    pub(crate) is_file: fn(&str) -> bool,
    /// Whether the file is a heap.
    pub(crate) expect: fn(&str) -> Result<(), Error>,
    /// What each job makes of the file with this name.
    pub(crate) makers: Vec<Maker>,
}

impl Entries {
    /// Checks that a text such as `explicit:address,best-fit` names a heap.
    ///
    /// # Errors
    /// For an unknown heap or policy; the message lists the known ones.
    pub(crate) fn expect(&self, spec: &str) -> Result<(), Error> {
        if let Some(files) = self.files_with(spec) {
            return (files.expect)(spec);
        }
        let (entry, policy) = self.entry(spec)?;
        (entry.parse)(policy)
    }

    /// Returns what a job made of the design that the text names: a `T`, the job's `Erased`.
    ///
    /// # Errors
    /// For an unknown heap or policy, and if this program does not serve the job.
    pub(crate) fn erased<T: 'static>(&self, job: &str, spec: &str) -> Result<T, Error> {
        let (makers, words) = match self.files_with(spec) {
            Some(files) => (&files.makers, spec),
            None => self.entry(spec).map(|(entry, policy)| (&entry.makers, policy))?,
        };
        let maker = makers.iter().find(|maker| maker.job == job);
        let made = maker.map(|maker| (maker.make)(words)).transpose()?;
        let erased = made.and_then(|made: Box<dyn Any>| made.downcast().ok());
        erased.map(|erased| *erased).ok_or_else(|| of_unknown_job(job))
    }

    /// Returns the heaps that are files, if this names one.
    fn files_with(&self, spec: &str) -> Option<&FileEntry> {
        self.1.as_ref().filter(|files| (files.is_file)(spec))
    }

    /// Returns the heap that a text names, and the policy words in it.
    fn entry<'s>(&self, spec: &'s str) -> Result<(&Entry, &'s str), Error> {
        let (name, policy) = spec.split_once(':').unwrap_or((spec, ""));
        let entry = self.0.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| {
            let names: Vec<_> = self.0.iter().map(|entry| entry.name).collect();
            let file = match &self.1 {
                Some(_) if name.contains('/') => {
                    format!("\nhelp: a heap that is a file in C ends in .c, and may be a folder with one{}", instead(name))
                }
                Some(_) if !name.is_empty() && Path::new(name).exists() => {
                    format!("\nhelp: a heap that is a file or a folder is named with a slash: ./{name}")
                }
                _ => String::new(),
            };
            Error::new(format!(
                "error: there is no heap `{name}`{}\nhelp: the heaps are {}; `heaplab heaps` explains them{file}",
                did_you_mean(name, &names),
                names.join(", ")
            ))
        })?;
        Ok((entry, policy))
    }
}

/// Returns what to do with a file that has the code of a heap in it, but is not its source.
fn instead(name: &str) -> String {
    let is = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if !Path::new(name).is_file() {
        return String::new();
    }
    let what = if is(&[".zip", ".tar", ".tgz", ".gz", ".xz", ".bz2", ".zst", ".7z"]) {
        "this is an archive: unpack it, and name the folder"
    } else if is(&[".o", ".a"]) {
        "this is compiled already: name its .c file, or link it, with -fPIC, to a shared object: \
         cc -shared -o libmm.so mm.o"
    } else {
        return String::new();
    };
    format!("\nhelp: {what}")
}

pub(crate) fn of_unknown_word(heap: &str, unknown: &UnknownWord) -> Error {
    let help = if unknown.known.is_empty() {
        String::new()
    } else {
        format!(
            "\nhelp: its policies are {}; `heaplab heaps` explains them",
            unknown.known.join(", ")
        )
    };
    Error::new(format!(
        "error: the heap `{heap}` has no policy `{}`{}{help}",
        unknown.word,
        did_you_mean(&unknown.word, &unknown.known)
    ))
}

pub(crate) fn of_unknown_job(job: &str) -> Error {
    Error::new(format!("error: this program does not do the job `{job}`"))
}
