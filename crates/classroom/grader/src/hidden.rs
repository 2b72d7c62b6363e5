//! What students do not have: hidden traces, and hidden stages with their checks.
//!
//! ```text
//!  hidden/
//!    hidden.toml        stages, and when students may see all of this; need not be there
//!    big.rep            traces: each counts in the measures,
//!    deep/small.rep     unless a check of a hidden stage names it
//! ```

use crate::show_after::ShowAfter;
use heaplab_assess::LabFolder;
use heaplab_lab::{DateOrText, HiddenFile, OnGradescope, Stage};
use heaplab_support::Error;
use heaplab_trace::Visible;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use toml::Table;

/// The name of the file with the stages.
const FILE: &str = "hidden.toml";

/// What students do not have.
#[derive(Clone, Debug, Default)]
pub struct HiddenParts {
    /// The files and folders, as they were named.
    pub(crate) paths: Vec<PathBuf>,
    /// When students may see it.
    pub show_after: Option<ShowAfter>,
    /// When students on Gradescope see it.
    pub on_gradescope: OnGradescope,
    /// The `hidden.toml` files.
    pub files: Vec<PathBuf>,
    /// The stages. Files of their checks have absolute paths.
    stages: Vec<Stage>,
    /// All that counts of the `hidden.toml` files, in one form.
    pub(crate) text: String,
}

impl HiddenParts {
    /// Reads the `hidden.toml` files of the folders among these paths.
    ///
    /// # Errors
    /// If one is not valid, or two of them say different times.
    pub fn read(paths: &[PathBuf]) -> Result<HiddenParts, Error> {
        let mut parts = HiddenParts { paths: paths.to_owned(), ..HiddenParts::default() };
        for folder in paths {
            let path = folder.join(FILE);
            match fs::read_to_string(&path) {
                Ok(text) => parts
                    .add(folder, &path, &text)
                    .map_err(|what| Error::new(format!("error: {}: {what}", path.visible())))?,
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
                Err(error) => {
                    return Err(Error::new(format!(
                        "error: can't read {}: {error}",
                        path.visible()
                    )));
                }
            }
        }
        Ok(parts)
    }

    fn add(&mut self, folder: &Path, path: &Path, text: &str) -> Result<(), String> {
        fn say(error: impl Display) -> String {
            error.to_string()
        }
        let file = HiddenFile::parse(text).map_err(say)?;
        let show_after = match &file.show_after {
            None => None,
            Some(DateOrText::Date(date)) => Some(ShowAfter::try_from(*date)),
            Some(DateOrText::Text(text)) => Some(text.parse()),
        };
        let show_after = show_after.transpose().map_err(|error| format!("show_after: {error}"))?;
        if let (Some(one), Some(other)) = (self.show_after, show_after)
            && one != other
        {
            return Err(format!(
                "show_after is {other} here and {one} in another folder: give one time"
            ));
        }
        self.show_after = self.show_after.or(show_after);
        if file.gradescope != OnGradescope::AsElsewhere {
            self.on_gradescope = file.gradescope;
        }
        let folder = fs::canonicalize(folder).map_err(say)?;
        for mut stage in file.stages().map_err(say)? {
            for check in &mut stage.checks {
                if let Some(file) = &mut check.file {
                    *file = below(&folder, file)
                        .map_err(|what| format!("hidden stage `{}`: {what}", stage.name))?;
                }
            }
            self.stages.push(stage);
        }
        // What does not change a grade is not in the lab's hash.
        let mut table: Table = text.parse().map_err(say)?;
        table.retain(|key, _| key != "show_after" && key != "gradescope");
        self.text += &table.to_string();
        self.files.push(path.to_owned());
        Ok(())
    }

    /// Returns the lab with the hidden stages after its own.
    ///
    /// # Errors
    /// If two stages have the same name, or a check is not consistent.
    pub fn with(&self, mut lab: LabFolder) -> Result<LabFolder, Error> {
        let all = lab.lab.clone().with_hidden(self.stages.clone());
        lab.lab = all.map_err(|error| {
            Error::new(format!("error: lab {} with its hidden stages: {error}", lab.lab.name))
        })?;
        Ok(lab)
    }

    /// Returns whether there are any.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Returns the trace files that checks name.
    pub fn of_checks(&self) -> BTreeSet<PathBuf> {
        let checks = self.stages.iter().flat_map(|stage| &stage.checks);
        checks.filter_map(|check| check.file.as_ref().map(PathBuf::from)).collect()
    }
}

/// Returns the whole path of a file in the folder.
fn below(folder: &Path, file: &str) -> Result<String, String> {
    let is_below = Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
    let path = folder.join(file);
    if !is_below || !path.is_file() {
        return Err(format!(
            "there is no trace `{}` in {}: `file` is a path below that folder",
            file.visible(),
            folder.visible()
        ));
    }
    let path = fs::canonicalize(&path).map_err(|error| error.to_string())?;
    if !path.starts_with(folder) {
        return Err(format!("the trace `{}` is a link to another folder", file.visible()));
    }
    let path = path.into_os_string().into_string();
    path.map_err(|_| format!("the path of {} is not UTF-8", folder.visible()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{hash_of, traces_of};
    use heaplab_assess::Workspace;
    use heaplab_grade::Digest;
    use heaplab_support::Quiet;

    const STAGE: &str = "[[stage]]\nname = \"extra\"\npoints = 10\n[[stage.check]]\ntitle = \"a b\"\ntrace = \"a 0 24, f 0\"\n";
    const OF_FILE: &str = "[[stage.check]]\ntitle = \"a file\"\nfile = \"deep/x.rep\"\n";

    /// Returns a folder with a `hidden.toml` of this text, and traces of these names.
    fn folder(text: &str, traces: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join(FILE), text).unwrap();
        for name in traces {
            fs::write(folder.path().join(name), "1\n1\n2\n1\na 0 8\nf 0\n").unwrap();
        }
        folder
    }

    /// Returns a lab without traces.
    fn lab() -> LabFolder {
        let mut lab = Workspace::find().unwrap().lab("0-sbrk").unwrap();
        lab.lab.grade.traces.clear();
        lab.lab.stages.truncate(1);
        lab
    }

    /// Returns the names of the hidden traces that measures count, and the lab's hash.
    fn graded(paths: &[PathBuf]) -> (Vec<String>, Digest) {
        let parts = HiddenParts::read(paths).unwrap();
        let lab = parts.with(lab()).unwrap();
        let traces = traces_of(&lab, &parts, &Quiet).unwrap();
        let hash = hash_of(&lab, &parts, &traces, false, &Quiet).unwrap();
        let hidden = traces.iter().filter(|trace| trace.hidden);
        (hidden.map(|trace| trace.input.trace.name().to_owned()).collect(), hash)
    }

    #[test]
    fn stages_come_after_the_labs_own_and_named_traces_count_only_there() {
        let text = format!("{STAGE}{OF_FILE}");
        let folder = folder(&text, &["big.rep", "deep/x.rep"]);
        let paths = [folder.path().to_owned()];
        assert_eq!(graded(&paths).0, ["big"]);
        let parts = HiddenParts::read(&paths).unwrap();
        let stages = parts.with(lab()).unwrap().lab.stages;
        let extra = stages.last().unwrap();
        assert_eq!((extra.name.as_str(), extra.hidden, extra.checks.len()), ("extra", true, 2));
        assert_eq!(parts.of_checks().len(), 1);
    }

    #[test]
    fn a_folder_needs_no_trace() {
        let folder = folder(STAGE, &[]);
        assert_eq!(graded(&[folder.path().to_owned()]).0, [""; 0]);
    }

    #[test]
    fn the_hash_has_the_stages_and_their_traces_and_not_the_date() {
        let text = format!("{STAGE}{OF_FILE}");
        let folder = folder(&text, &["deep/x.rep"]);
        let paths = [folder.path().to_owned()];
        let write = |text: &str| fs::write(folder.path().join(FILE), text).unwrap();
        let (_, first) = graded(&paths);
        write(&format!(
            "# A comment.\nshow_after = 2026-12-01T23:59:00+01:00\ngradescope = \"after-published\"\n{text}"
        ));
        assert_eq!(graded(&paths).1, first);
        write(&text.replace("a 0 24", "a 0 25"));
        assert_ne!(graded(&paths).1, first);
        write(&text);
        let trace = folder.path().join("deep/x.rep");
        fs::write(trace, "1\n1\n2\n1\na 0 9\nf 0\n").unwrap();
        assert_ne!(graded(&paths).1, first);
        assert_ne!(graded(&[]).1, first);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, expected) in [
            ("show_after = 2026-12-01", "show_after: `2026-12-01` is not a date with a time"),
            ("show_after = \"soon\"", "show_after: `soon` is not a date with a time"),
            ("show_after = 3", "show_after"),
            ("gradescope = \"never\"", "after-published"),
            ("[[stage]]\nname = \"x\"", "hidden stage `x` has no check"),
            (&format!("{STAGE}{OF_FILE}"), "hidden stage `extra`: there is no trace `deep/x.rep`"),
            (&format!("{STAGE}{OF_FILE}").replace("deep/", "../"), "no trace `../x.rep`"),
            (&format!("{STAGE}{OF_FILE}").replace("deep/x.rep", "/etc/passwd"), "no trace `/etc"),
        ] {
            let folder = folder(text, &[]);
            let error = HiddenParts::read(&[folder.path().to_owned()]).unwrap_err().to_string();
            assert!(error.contains("hidden.toml: ") && error.contains(expected), "{error}");
        }
    }

    #[test]
    fn several_folders_have_one_time() {
        let early = folder("show_after = 2026-12-01T23:59:00Z", &[]);
        let late = folder("show_after = 2026-12-02T23:59:00Z", &[]);
        let none = folder("", &[]);
        let paths = |folders: &[&tempfile::TempDir]| {
            folders.iter().map(|folder| folder.path().to_owned()).collect::<Vec<_>>()
        };
        assert!(HiddenParts::read(&paths(&[&early, &late])).is_err());
        let parts = HiddenParts::read(&paths(&[&none, &early, &none])).unwrap();
        assert_eq!(parts.show_after.unwrap().to_string(), "2026-12-01T23:59:00Z");
    }
}
