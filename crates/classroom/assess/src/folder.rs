//! A lab's folder: its definition, its reference, its starter.

use super::workspace::{Workspace, cannot_read};
use heaplab_lab::{Lab, Starter, starter};
use heaplab_support::Error;
use heaplab_trace::Visible;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

impl Workspace {
    /// Returns the files of labs that differ from what the references make (a
    /// starter, or the file beside it): the path, and what it should hold.
    ///
    /// # Errors
    /// If a lab can't be read, or its starter can't be made.
    pub fn other_starters(&self) -> Result<Vec<(PathBuf, String)>, Error> {
        let mut others = Vec::new();
        for name in self.lab_names()? {
            let lab = self.lab(&name)?;
            let starter = lab.starter(0)?;
            let files = [(lab.source_path(), starter.lib), (lab.given_path(), starter.given)];
            let is_other = |(path, made): &(PathBuf, String)| {
                !fs::read_to_string(path).is_ok_and(|text| text == *made)
            };
            others.extend(files.into_iter().filter(is_other));
        }
        Ok(others)
    }

    /// Returns the lab that `1-implicit`, `lab-1-implicit`, `1` or `implicit`
    /// names, a lab in C of `labs/c`, or the lab in a folder with a `lab.toml`, which may be
    /// anywhere.
    ///
    /// # Errors
    /// If there is none, or its `lab.toml` is not valid.
    pub fn lab(&self, meant: &str) -> Result<LabFolder, Error> {
        if meant.contains('/') && Path::new(meant).join("lab.toml").is_file() {
            let folder =
                fs::canonicalize(meant).map_err(|error| cannot_read(meant.as_ref(), &error))?;
            return LabFolder::read(self, folder);
        }
        let names = self.lab_names()?;
        let plain = meant.trim_end_matches('/').trim_start_matches("labs/");
        let plain = plain.strip_prefix("lab-").unwrap_or(plain);
        let is_meant = |name: &&String| {
            let parts = name.split_once('-');
            *name == plain || parts.is_some_and(|(number, word)| number == plain || word == plain)
        };
        let in_c = self.root().join("labs/c").join(plain);
        let is_name = !plain.contains(['/', '.']);
        if is_name && in_c.join("lab.toml").is_file() {
            return LabFolder::read(self, in_c);
        }
        match names.iter().find(is_meant) {
            Some(name) => LabFolder::read(self, self.root().join("labs").join(name)),
            None => Err(Error::new(format!(
                "error: there is no lab `{meant}`\nhelp: the labs are {}",
                names.join(", ")
            ))),
        }
    }
}

/// A lab in the workspace.
#[derive(Clone)]
pub struct LabFolder {
    workspace: Workspace,
    folder: PathBuf,
    /// Its definition.
    pub lab: Lab,
    /// The text of its `lab.toml`.
    pub text: String,
}

impl LabFolder {
    /// Reads the lab in a folder; the lab has the folder's name.
    pub(crate) fn read(workspace: &Workspace, folder: PathBuf) -> Result<LabFolder, Error> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let path = folder.join("lab.toml");
        let text = fs::read_to_string(&path).map_err(|error| cannot_read(&path, &error))?;
        let lab = Lab::parse(&text)
            .map_err(|error| Error::new(format!("error: {}: {error}", path.visible())))?;
        if lab.name != name {
            return Err(Error::new(format!(
                "error: {}: the lab's name is `{}`, but its folder is `{name}`",
                path.visible(),
                lab.name
            )));
        }
        Ok(LabFolder { workspace: workspace.clone(), folder, lab, text })
    }

    /// Returns the workspace of the lab.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Returns the lab's folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Returns the paths of the traces that the lab is graded on: those of its own, which are below
    /// `traces` in its folder, and the workspace's.
    pub fn trace_paths(&self) -> Vec<PathBuf> {
        let names = self.lab.grade.traces.iter();
        names.map(|name| self.own_or(name)).collect()
    }

    fn own_or(&self, name: &str) -> PathBuf {
        let own = self.folder.join("traces").join(name);
        if own.exists() { own } else { self.workspace.traces().join(name) }
    }

    /// Returns the path of the file that students write, relative to the workspace's folder.
    pub fn shown_source(&self) -> String {
        if let Some(c) = &self.lab.c {
            return c.file.clone();
        }
        format!("labs/{}/src/lib.rs", self.lab.name)
    }

    /// Returns a folder for what can be made again: saved traces, a student's progress.
    pub fn scratch(&self) -> PathBuf {
        let target = self.workspace.root().join("target/heaplab");
        target.join(&self.lab.name)
    }

    /// Returns the path of the file that students write.
    pub fn source_path(&self) -> PathBuf {
        self.folder.join("src/lib.rs")
    }

    /// Returns the path of the file beside it, which the lab brings.
    pub fn given_path(&self) -> PathBuf {
        self.folder.join("src/given.rs")
    }

    /// Returns the starter with the first `filled` holes filled
    /// in, and what the lab brings beside it, formatted.
    ///
    /// # Errors
    /// If the reference does not have what the lab says, or there is no rustfmt.
    pub fn starter(&self, filled: usize) -> Result<Starter, Error> {
        if let Some(c) = &self.lab.c {
            let lib = fs::read_to_string(self.folder.join(&c.file)).unwrap_or_default();
            let given = self.c_headers()?.into_iter().map(|(_, text)| text).collect();
            return Ok(Starter { lib, given });
        }
        let Starter { lib, given } = self.made_of(&self.lab.reference, &self.lab, filled)?;
        Ok(Starter { lib: format(&lib)?, given })
    }

    /// Returns what the lab brings beside a student's file.
    ///
    /// # Errors
    /// If the reference does not have what the lab says.
    pub fn given(&self) -> Result<String, Error> {
        if self.lab.c.is_some() {
            return Ok(self.starter(0)?.given);
        }
        Ok(self.made_of(&self.lab.reference, &self.lab, 0)?.given)
    }

    /// Returns a source that earns full marks, formatted.
    ///
    /// # Errors
    /// As for [`starter`](LabFolder::starter).
    pub fn solution(&self) -> Result<String, Error> {
        if let Some(c) = &self.lab.c {
            return c.reference.as_deref().map_or(Ok(String::new()), |name| self.read_text(name));
        }
        let Some(name) = &self.lab.solution else {
            return Ok(self.starter(self.lab.holes.len())?.lib);
        };
        let without_holes = Lab { holes: Vec::new(), shown: Vec::new(), ..self.lab.clone() };
        format(&self.made_of(name, &without_holes, 0)?.in_one_file())
    }

    /// Returns the headers of a lab in C: their names and texts.
    ///
    /// # Errors
    /// If one can't be read.
    pub fn c_headers(&self) -> Result<Vec<(String, String)>, Error> {
        let headers = self.lab.c.iter().flat_map(|c| &c.headers);
        headers.map(|name| Ok((name.clone(), self.read_text(name)?))).collect()
    }

    fn read_text(&self, name: &str) -> Result<String, Error> {
        let path = self.folder.join(name);
        fs::read_to_string(&path).map_err(|error| cannot_read(&path, &error))
    }

    fn made_of(&self, reference: &str, lab: &Lab, filled: usize) -> Result<Starter, Error> {
        let reference = self.workspace.reference(reference)?;
        starter(&reference, lab, filled).map_err(|error| self.error(error))
    }

    fn error(&self, error: impl std::fmt::Display) -> Error {
        Error::new(format!("error: lab {}: {error}", self.lab.name))
    }
}

/// Formats a text with rustfmt.
fn format(text: &str) -> Result<String, Error> {
    let help = "help: `rustup component add rustfmt` installs it";
    let cannot = |error| Error::new(format!("error: can't run rustfmt: {error}\n{help}"));
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    // rustfmt reads all of its input before it writes, so no pipe can fill up meanwhile.
    if let Some(mut input) = rustfmt.stdin.take() {
        input.write_all(text.as_bytes()).map_err(cannot)?;
    }
    let output = rustfmt.wait_with_output().map_err(cannot)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::new(format!("error: rustfmt: {}", said.trim_end())));
    }
    String::from_utf8(output.stdout).map_err(Error::new)
}
