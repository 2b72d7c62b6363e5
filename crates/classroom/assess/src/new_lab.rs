//! Makes a lab of one's own, from one that is there: a folder below `labs`, a member of the
//! workspace like the others.

use crate::folder::LabFolder;
use crate::workspace::{Workspace, cannot_read};
use heaplab_support::Error;
use heaplab_support::files::replace_file;
use heaplab_trace::Visible;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

impl Workspace {
    /// Makes the lab `name` from another one, with its stages, holes and points in a `lab.toml` of
    /// its own, and with its handout. Returns the new files. Call [`lock`](Workspace::lock) next:
    /// cargo does not know the lab yet.
    ///
    /// # Errors
    /// If the name is not one for a lab, it is taken, or a file can't be written.
    pub fn new_lab(&self, name: &str, from: &LabFolder) -> Result<Vec<PathBuf>, Error> {
        self.check_name(name)?;
        let folder = self.root().join("labs").join(name);
        fs::create_dir(&folder).map_err(|error| cannot_make(&folder, &error))?;
        let made = self.write_lab(name, from, &folder);
        if made.is_err() {
            // It was empty before.
            let _ = fs::remove_dir_all(&folder);
        }
        made
    }

    fn write_lab(
        &self,
        name: &str,
        from: &LabFolder,
        folder: &Path,
    ) -> Result<Vec<PathBuf>, Error> {
        let src = folder.join("src");
        fs::create_dir(&src).map_err(|error| cannot_make(&src, &error))?;
        let renamed = |text: &str| {
            let text = text.replace(&identifier(&from.lab.name), &identifier(name));
            text.replace(&from.lab.name, name)
        };
        let mut files = Vec::new();
        for file in ["lab.toml", "Cargo.toml", "src/main.rs", "README.md"] {
            let path = from.path().join(file);
            match fs::read_to_string(&path) {
                Ok(text) => files.push((folder.join(file), renamed(&text))),
                // The last one is for people.
                Err(error) if error.kind() == io::ErrorKind::NotFound && file == "README.md" => {}
                Err(error) => return Err(cannot_read(&path, &error)),
            }
        }
        for (path, text) in &files {
            write(path, text)?;
        }
        let lab = LabFolder::read(self, folder.to_owned())?;
        let starter = lab.starter(0)?;
        for (path, text) in [(lab.source_path(), starter.lib), (lab.given_path(), starter.given)] {
            write(&path, &text)?;
            files.push((path, text));
        }
        self.add_profile(name)?;
        Ok(files.into_iter().map(|(path, _)| path).collect())
    }

    /// Checks that a lab may have this name: a number, a dash and a word, and none of them taken.
    fn check_name(&self, name: &str) -> Result<(), Error> {
        let is_word = |word: &str| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && !word.ends_with('-')
                && word.chars().all(plain)
        };
        let number = |text: &str| -> Option<u32> {
            let is_plain = text == "0" || !text.starts_with('0');
            (is_plain && text.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| text.parse().ok())?
        };
        let parts = name.split_once('-');
        let parts = parts.and_then(|(digits, word)| Some((number(digits)?, word)));
        let Some((number, word)) = parts.filter(|(_, word)| is_word(word)) else {
            return Err(Error::new(format!(
                "error: a lab can't be called `{}`\n\
                 help: its name is a number, `-`, and a word in small letters, such as {}-mine",
                name.visible(),
                self.free_number()?
            )));
        };
        let names = self.lab_names()?;
        let is_taken = |other: &&String| {
            other
                .split_once('-')
                .is_some_and(|(of_other, other)| of_other.parse() == Ok(number) || other == word)
        };
        match names.iter().find(is_taken) {
            None => Ok(()),
            Some(other) => Err(Error::new(format!(
                "error: {name}: there is the lab {other} already, and each number and each word \
                 names one lab\nhelp: the next free number is {}",
                self.free_number()?
            ))),
        }
    }

    fn free_number(&self) -> Result<u32, Error> {
        let names = self.lab_names()?;
        let numbers = names.iter().filter_map(|name| name.split_once('-')?.0.parse::<u32>().ok());
        Ok(numbers.max().map_or(0, |last| last.saturating_add(1)))
    }

    /// Adds the lab to the crates that are built for a debugger, where the other labs are.
    fn add_profile(&self, name: &str) -> Result<(), Error> {
        let path = self.root().join("Cargo.toml");
        let text = fs::read_to_string(&path).map_err(|error| cannot_read(&path, &error))?;
        let is_lab = |line: &&str| line.starts_with("lab-") && line.contains("opt-level = 0");
        let Some(last) = text.lines().rfind(is_lab) else { return Ok(()) };
        let Some((_, settings)) = last.split_once(" = ") else { return Ok(()) };
        write(&path, &text.replace(last, &format!("{last}\nlab-{name} = {settings}")))
    }

    /// Has cargo add new members of the workspace to `Cargo.lock`, without the network.
    ///
    /// # Errors
    /// If cargo can't.
    pub fn lock(&self) -> Result<(), Error> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["update", "--workspace", "--offline", "--quiet"])
            .current_dir(self.root())
            .output()
            .map_err(|error| Error::new(format!("error: can't run cargo: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Error::new(format!(
            "error: cargo can't add the lab to Cargo.lock: {}\n\
             help: `cargo update --workspace` does it with the network",
            said.trim_end()
        )))
    }
}

/// Returns the name of a lab's crate in code: `lab_1_implicit`.
fn identifier(name: &str) -> String {
    format!("lab_{}", name.replace('-', "_"))
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    replace_file(path, text.as_bytes())
        .map_err(|error| Error::new(format!("error: can't write {}: {error}", path.visible())))
}

fn cannot_make(path: &Path, error: &io::Error) -> Error {
    Error::new(format!("error: can't make {}: {error}", path.visible()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// Returns a workspace with the crates of this one and with two of its labs.
    fn workspace() -> (tempfile::TempDir, Workspace) {
        let real = Workspace::find().unwrap();
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("labs")).unwrap();
        for name in ["crates", "labs/0-sbrk", "labs/1-implicit", "rust-toolchain.toml"] {
            symlink(real.root().join(name), root.path().join(name)).unwrap();
        }
        let manifest = "[profile.dev.package]\nlab-0-sbrk = { opt-level = 0 }\n\n[other]\n";
        fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
        let workspace = Workspace::at(root.path());
        (root, workspace)
    }

    #[test]
    fn a_new_lab_is_one_like_the_others() {
        let (root, workspace) = workspace();
        let from = workspace.lab("1-implicit").unwrap();
        let files = workspace.new_lab("12-my-lab", &from).unwrap();
        assert_eq!(files.len(), 6, "{files:?}");
        let lab = workspace.lab("12").unwrap();
        assert_eq!(lab.lab.name, "12-my-lab");
        assert_eq!((&lab.lab.stages, &lab.lab.grade), (&from.lab.stages, &from.lab.grade));
        let read = |file: &str| fs::read_to_string(root.path().join(file)).unwrap();
        assert!(read("labs/12-my-lab/Cargo.toml").contains("name = \"lab-12-my-lab\""));
        let main = read("labs/12-my-lab/src/main.rs");
        assert!(main.contains("student::<lab_12_my_lab::Policy>(\"12-my-lab\")"), "{main}");
        for file in ["lab.toml", "Cargo.toml", "README.md", "src/main.rs", "src/lib.rs"] {
            let text = read(&format!("labs/12-my-lab/{file}"));
            assert!(!text.contains("1-implicit") && !text.contains("1_implicit"), "{file}");
        }
        assert_eq!(
            read("Cargo.toml"),
            "[profile.dev.package]\nlab-0-sbrk = { opt-level = 0 }\n\
             lab-12-my-lab = { opt-level = 0 }\n\n[other]\n"
        );
        let other: Vec<_> = workspace.other_starters().unwrap();
        assert!(other.iter().all(|(path, _)| !path.to_string_lossy().contains("12")), "{other:?}");
    }

    #[test]
    fn a_name_that_is_taken_or_no_name_is_refused() {
        let (root, workspace) = workspace();
        let from = workspace.lab("0-sbrk").unwrap();
        let error = |name: &str| workspace.new_lab(name, &from).unwrap_err().to_string();
        for bad in [
            "",
            "mine",
            "2",
            "2-",
            "2-Mine",
            "02-mine",
            "2-mine/../x",
            "2-a b",
            "-mine",
            "2-1",
            "é-a",
        ] {
            let error = error(bad);
            assert!(
                error.contains("can't be called") && error.contains("such as 2-mine"),
                "{error}"
            );
        }
        for taken in ["1-mine", "3-implicit", "0-sbrk"] {
            assert!(error(taken).contains("next free number is 2"), "{taken}");
        }
        assert_eq!(fs::read_dir(root.path().join("labs")).unwrap().count(), 2);
    }
}
