//! Contents that all packages share, and the replacements in their texts.

use super::package::Package;
use super::pruned;
use super::samples::{Sample, samples};
use super::vendor::with_vendored;
use heaplab_assess::{GradedTrace, LabFolder, not_run};
use heaplab_grade::{self as grade, Digest, Record, Verdict, formats};
use heaplab_grader::{Harness, HiddenParts, hash_of, traces_of};
use heaplab_inputs::is_trace;
use heaplab_support::{Error, Listener};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use toml::Table;

/// What is packed for a lab, on any platform.
pub(crate) struct Contents {
    /// The lab's name.
    pub(super) lab: String,
    /// The name of the file that students hand in.
    handin: String,
    /// The hashes of the lab's own files, as `sha256sum` writes them; `None` for a lab in Rust,
    /// whose hash is the same on every machine.
    files: Option<String>,
    /// Whether there are traces that students do not have.
    pub(super) has_hidden: bool,
    /// The record of a submission that earned nothing.
    pub(super) nothing: Record,
    /// The submissions to try it with.
    pub(super) samples: [Sample; 5],
    /// Hidden traces, at paths that sort in the order in which they were given.
    hidden: Package,
    /// The workspace, without third-party crates.
    workspace: Package,
    /// The compiler's version.
    toolchain: String,
    /// Replacements in texts, by the word that is replaced.
    words: BTreeMap<&'static str, String>,
}

impl Contents {
    /// Collects what is packed for a lab with these hidden traces.
    ///
    /// # Errors
    /// If a file can't be read, or the starter can't be made.
    pub(super) fn of(
        lab: &LabFolder,
        hidden: &[PathBuf],
        listener: &dyn Listener,
    ) -> Result<Contents, Error> {
        let parts = HiddenParts::read(hidden)?;
        let whole = parts.with(lab.clone())?;
        let traces = traces_of(&whole, &parts, listener)?;
        let workspace = pruned::workspace(lab, &traces)?;
        let mut contents = Contents {
            lab: lab.lab.name.clone(),
            handin: lab.lab.c.as_ref().map_or("lib.rs".to_owned(), |c| c.file.clone()),
            files: lab.lab.c.as_ref().map(|_| hashes_of_lab(&workspace)),
            has_hidden: !hidden.is_empty(),
            nothing: nothing(&whole, &parts, &traces, listener)?,
            samples: samples(lab)?,
            hidden: hidden_package(hidden, &parts, &traces)?,
            toolchain: channel(&workspace),
            workspace,
            words: BTreeMap::new(),
        };
        contents.words = contents.words_of(lab);
        Ok(contents)
    }

    /// Returns the workspace with its third-party crates, to be built on these targets.
    ///
    /// # Errors
    /// If cargo can't vendor.
    pub(super) fn workspace(
        &self,
        targets: &[&str],
        listener: &dyn Listener,
    ) -> Result<Package, Error> {
        with_vendored(self.workspace.clone(), targets, listener)
    }

    /// Returns the folder `hidden`, which exists even if it is empty.
    pub(super) fn hidden(&self) -> Package {
        self.hidden.clone()
    }

    /// Returns the samples, each in a folder, as it would be handed in.
    pub(super) fn sample_files(&self) -> Package {
        let mut package = Package::default();
        for sample in &self.samples {
            package.add(format!("{}/{}", sample.name, self.handin), sample.source.as_bytes());
        }
        package
    }

    /// Returns the text that names this lab, harness and compiler.
    pub(super) fn manifest(&self, platform: &str) -> String {
        let manifest = json!({
            "schema": "heaplab.export.v1",
            "platform": platform,
            "lab": self.nothing.lab,
            "harness": self.nothing.harness,
            "toolchain": self.toolchain,
            "hidden_traces": self.hidden_traces(),
        });
        format!("{manifest:#}\n")
    }

    /// Returns the list with the hashes of the lab's files, if the package has one.
    pub(super) fn files_of_lab(&self) -> Option<&str> {
        self.files.as_deref()
    }

    /// Replaces the words between `@` in a text.
    pub(super) fn fill(&self, text: &str) -> String {
        let words = self.words.iter();
        words.fold(text.to_owned(), |text, (word, said)| text.replace(&format!("@{word}@"), said))
    }

    fn hidden_traces(&self) -> usize {
        self.hidden.files().filter(|(path, _)| is_trace(Path::new(path))).count()
    }

    fn words_of(&self, lab: &LabFolder) -> BTreeMap<&'static str, String> {
        let record = &self.nothing;
        let row = |sample: &Sample| format!("| `{}` | {} |\n", sample.name, sample.expected);
        let columns = formats::autolab::SCOREBOARD.map(|(column, _)| format!("\"{column}\""));
        let folder = pruned::folder_of(lab);
        let handout = format!("{folder}/README.md");
        let handout = match self.workspace.get(&handout) {
            Some(_) => format!("The handout is [{handout}]({handout})."),
            None => format!("The tasks are in `{folder}/lab.toml`."),
        };
        let mut words = BTreeMap::from([
            ("LAB", self.lab.clone()),
            ("FOLDER", folder),
            ("TITLE", lab.lab.title.clone()),
            ("VERSION", record.harness.version.clone()),
            ("RUST_VERSION", env!("CARGO_PKG_RUST_VERSION").to_owned()),
            ("TOOLCHAIN", self.toolchain.clone()),
            ("LAB_SHA256", record.lab.sha256.to_string()),
            ("HARNESS_SHA256", record.harness.sha256.to_string()),
            ("MAX_POINTS", record.max_points.to_string()),
            ("HIDDEN", how_many(self.hidden_traces())),
            ("SAMPLES", without_end(self.samples.iter().map(row).collect())),
            ("POINTS", points_table(record)),
            ("PROBLEMS", problems_table(record)),
            ("SCOREBOARD", columns.join(", ")),
            ("HANDIN", self.handin.clone()),
            ("HANDOUT", handout),
            (
                "NO_RESULT",
                without_end(formats::classroom::failing_first(DID_NOT_GRADE, record.max_points)),
            ),
        ]);
        words.extend(of_language(lab, record));
        words
    }
}

/// Returns what texts say differently for labs in Rust and in C.
fn of_language(lab: &LabFolder, record: &Record) -> Vec<(&'static str, String)> {
    let name = &lab.lab.name;
    let harness = record.harness.sha256;
    let texts = match &lab.lab.c {
        None => [
            ("HASHES", format!("{} {harness}", record.lab.sha256)),
            ("SOURCE", format!("labs/{name}/src/lib.rs")),
            ("GRADED", format!("labs/{name}")),
            ("TAKES", "`lib.rs`,\n`src/lib.rs` or the only `.rs` file".to_owned()),
            (
                "REFUSED",
                "words that a lab never needs (`unsafe`, `extern`,\n`static`, `include`, ...)"
                    .to_owned(),
            ),
            ("PROTECTED", RUST_PROTECTED.map(|file| format!("   labs/{name}/{file}")).join("\n")),
            ("SAME", SAME_IN_RUST.to_owned()),
            ("SOLUTION", "`crates/` has the crates of the lab's solution".to_owned()),
            (
                "AT_HOME",
                format!(
                    "`cargo run -p lab-{name}` shows what to do next, what failed and\nwhy. \
                     `cargo run -p lab-{name} -- run` shows the score as it is graded"
                ),
            ),
        ],
        Some(c) => {
            let folder = pruned::folder_of(lab);
            let files = c.headers.iter().chain(&c.reference);
            let files: Vec<String> = ["lab.toml".to_owned()]
                .iter()
                .chain(files)
                .map(|file| format!("   {folder}/{file}"))
                .collect();
            [
                ("HASHES", harness.to_string()),
                ("SOURCE", format!("{folder}/{}", c.file)),
                ("GRADED", format!("{folder}/{}", c.file)),
                ("TAKES", format!("`{}`\nor the only `.c` file", c.file)),
                ("REFUSED", "what hides accesses, runs early or\ncalls the system".to_owned()),
                ("PROTECTED", files.join("\n")),
                ("SAME", SAME_IN_C.to_owned()),
                ("SOLUTION", format!("`{folder}/` has the reference, if there is one")),
                (
                    "AT_HOME",
                    format!(
                        "You need a C compiler too. The command\n\
                         `cargo run -- grade {folder}/{} --lab {name}` shows the score as it is \
                         graded.\n`cargo run -- check ./{folder}/{} --align {} --trace TRACE` stops \
                         where your file\nfirst breaks a rule, and shows the line",
                        c.file, c.file, lab.lab.grade.align
                    ),
                ),
            ]
        }
    };
    texts.into()
}

const RUST_PROTECTED: [&str; 4] = ["lab.toml", "Cargo.toml", "src/given.rs", "src/main.rs"];

const SAME_IN_RUST: &str = "A grade is a function of the submission, the lab and the harness.";
const SAME_IN_C: &str = "A grade is a function of the submission, the lab, the harness, and the \
                         C compiler of the\nimage, whose version is a part of the lab's hash.";

/// Returns the hashes of a lab's files and traces, as `sha256sum` writes them: a line each. The
/// lab's hash has the version of the C compiler in it, so it is not the same on the platform.
fn hashes_of_lab(workspace: &Package) -> String {
    let of_lab = workspace.files().filter(|(path, _)| path.starts_with("labs/"));
    of_lab.map(|(path, bytes)| format!("{}  {path}\n", Digest::of(bytes))).collect()
}

/// The message that stays if grading fails.
pub(super) const DID_NOT_GRADE: &str =
    "The grader did not finish. This is not the submission's fault: tell the staff.\n";

/// Returns the record of a submission that was not run.
fn nothing(
    lab: &LabFolder,
    hidden: &HiddenParts,
    traces: &[GradedTrace],
    listener: &dyn Listener,
) -> Result<Record, Error> {
    let submission = grade::Submission {
        name: "nothing".to_owned(),
        file: None,
        sha256: Digest::of(b""),
        submitters: Vec::new(),
        remarks: Vec::new(),
    };
    let sha256 = hash_of(lab, hidden, traces, false, listener)?;
    let of = grade::Lab { name: lab.lab.name.clone(), sha256 };
    let harness = Harness::identity_in(lab.workspace())?;
    let mut record = Record::new(Verdict::NotASubmission, submission, of, harness);
    let graded = not_run(&lab.lab);
    record.stages = graded.stages;
    record.measures = graded.measures;
    Ok(record.add_up())
}

/// Puts the traces of the first path into `001`, those of the next into `002`:
/// a grader with these folders has the traces in the order of the lab's hash.
fn hidden_package(
    paths: &[PathBuf],
    parts: &HiddenParts,
    traces: &[GradedTrace],
) -> Result<Package, Error> {
    let mut package = Package::default();
    package.add_secret_folder("hidden");
    let whole = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let paths: Vec<PathBuf> = paths.iter().map(|path| whole(path)).collect();
    let traces = traces.iter().filter(|trace| trace.hidden);
    let traces = traces.map(|trace| whole(&trace.input.path)).chain(parts.of_checks());
    let files: Vec<PathBuf> = parts.files.iter().map(|path| whole(path)).collect();
    for path in traces.chain(files.iter().cloned()) {
        if !is_trace(&path) && !files.contains(&path) {
            return Err(Error::new(format!(
                "error: {}: the name of a hidden trace must end in .rep, .rep.gz, .script or \
                 .script.gz",
                path.display()
            )));
        }
        let found = paths
            .iter()
            .enumerate()
            .find_map(|(index, given)| Some((index, path.strip_prefix(given).ok()?)));
        let (index, below) = found.unwrap_or((0, &path));
        let below = if below == Path::new("") {
            Path::new(path.file_name().unwrap_or_default())
        } else {
            below
        };
        let folder = format!("hidden/{:03}", index + 1);
        for part in below.ancestors().skip(1) {
            package.add_secret_folder(
                format!("{folder}/{}", pruned::below(Path::new(""), part)).trim_end_matches('/'),
            );
        }
        let below = pruned::below(Path::new(""), below);
        package.add_secret(format!("{folder}/{below}"), pruned::read(&path)?);
    }
    Ok(package)
}

/// Returns the compiler that the workspace asks for.
fn channel(workspace: &Package) -> String {
    let text = workspace.get("rust-toolchain.toml").unwrap_or_default();
    let table: Option<Table> = String::from_utf8_lossy(text).parse().ok();
    let channel = table.as_ref().and_then(|table| table.get("toolchain")?.get("channel")?.as_str());
    channel.unwrap_or("stable").to_owned()
}

/// Returns a line for each part of the grade.
fn points_table(record: &Record) -> String {
    let stages = record.stages.iter().map(|stage| (&stage.title, stage.max_points));
    let measures = record.measures.iter().map(|measure| (&measure.name, measure.max_points));
    let rows = stages.chain(measures).map(|(title, points)| format!("| {title} | {points} |\n"));
    let rows: String = rows.collect();
    format!("| for | points |\n|---|---|\n{rows}| all | {} |", record.max_points)
}

/// Returns a line for each of Autolab's problems.
fn problems_table(record: &Record) -> String {
    let stages = record.stages.iter().map(|stage| stage.max_points);
    let measures = record.measures.iter().map(|measure| measure.max_points);
    let names = formats::autolab::problems(record).into_iter();
    let rows = names
        .zip(stages.chain(measures))
        .map(|(name, points)| format!("   | {name} | {points} |\n"));
    without_end(format!("   | problem | max score |\n   |---|---|\n{}", rows.collect::<String>()))
}

fn how_many(count: usize) -> String {
    match count {
        0 => "none".to_owned(),
        1 => "one".to_owned(),
        count => count.to_string(),
    }
}

fn without_end(text: String) -> String {
    text.trim_end().to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use heaplab_assess::Workspace;
    use heaplab_support::Quiet;

    /// Returns the contents for the first lab.
    pub(crate) fn any() -> Contents {
        let workspace = Workspace::find().unwrap();
        let name = workspace.lab_names().unwrap().remove(0);
        Contents::of(&workspace.lab(&name).unwrap(), &[], &Quiet).unwrap()
    }

    /// Returns the contents for a lab in C.
    pub(crate) fn in_c() -> Contents {
        let workspace = Workspace::find().unwrap();
        Contents::of(&workspace.lab("cs107").unwrap(), &[], &Quiet).unwrap()
    }

    #[test]
    fn a_lab_in_c_is_packed_with_what_it_names_and_the_hashes_of_that() {
        let contents = in_c();
        let files: Vec<&str> = contents.workspace.files().map(|(path, _)| path).collect();
        let trace = "traces/scripts/small-stack.script";
        for name in ["lab.toml", "README.md", "allocator.c", "reference.c", trace] {
            let path = format!("labs/c/cs107/{name}");
            assert!(files.contains(&&*path), "{files:?}");
            let bytes = contents.workspace.get(&path).unwrap();
            let line = format!("{}  {path}\n", Digest::of(bytes));
            assert!(contents.files_of_lab().unwrap().contains(&line));
        }
        assert_eq!(contents.fill("@SOURCE@ @HANDIN@"), "labs/c/cs107/allocator.c allocator.c");
        let manifest = contents.workspace.get("Cargo.toml").unwrap();
        assert!(!String::from_utf8_lossy(manifest).contains("labs/"));
        let samples: Vec<_> =
            contents.sample_files().files().map(|(path, _)| path.to_owned()).collect();
        assert_eq!(samples[0], "cheating/allocator.c");
    }

    /// # Panics
    /// If a word between `@` is left.
    pub(crate) fn no_placeholder_is_left(package: &Package) {
        for (path, bytes) in package.files() {
            let text = String::from_utf8_lossy(bytes);
            let pieces: Vec<&str> = text.split('@').collect();
            let between = pieces.get(1..pieces.len().saturating_sub(1)).unwrap_or_default();
            let left = between.iter().find(|piece| {
                !piece.is_empty()
                    && piece
                        .chars()
                        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            });
            assert_eq!(left, None, "{path}");
        }
    }

    #[test]
    fn a_package_has_the_hash_of_the_workspace_it_was_made_from() {
        let contents = any();
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in contents.workspace.files() {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let unpacked = Workspace::at(folder.path());
        let harness = Harness::identity_in(&unpacked).unwrap();
        assert_eq!(harness, contents.nothing.harness);
        let lab = unpacked.lab(&contents.lab).unwrap();
        let none = HiddenParts::default();
        let traces = traces_of(&lab, &none, &Quiet).unwrap();
        assert_eq!(
            hash_of(&lab, &none, &traces, false, &Quiet).unwrap(),
            contents.nothing.lab.sha256
        );
    }

    #[test]
    fn hidden_traces_keep_their_order_and_only_their_owner_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("many/deep")).unwrap();
        for path in ["z.rep", "many/b.rep", "many/deep/a.rep"] {
            fs::write(at(path), "1\n1\n2\n1\na 0 8\nf 0\n").unwrap();
        }
        let paths = [at("z.rep"), at("many")];
        let workspace = Workspace::find().unwrap();
        let lab = workspace.lab(&workspace.lab_names().unwrap()[0]).unwrap();
        let hidden = "show_after = 2026-12-01T23:59:00Z\n[[stage]]\nname = \"x\"\n[[stage.check]]\ntitle = \"t\"\nfile = \"deep/a.rep\"\n";
        fs::write(at("many/hidden.toml"), hidden).unwrap();
        let parts = HiddenParts::read(&paths).unwrap();
        let traces = traces_of(&lab, &parts, &Quiet).unwrap();
        let package = hidden_package(&paths, &parts, &traces).unwrap();
        let files: Vec<&str> = package.files().map(|(path, _)| path).collect();
        assert_eq!(
            files,
            [
                "hidden/001/z.rep",
                "hidden/002/b.rep",
                "hidden/002/deep/a.rep",
                "hidden/002/hidden.toml"
            ]
        );
        let tar = package.tar().unwrap();
        for entry in tar::Archive::new(tar.as_slice()).entries().unwrap() {
            let header = entry.unwrap().header().clone();
            let wanted = if header.entry_type().is_dir() { 0o700 } else { 0o600 };
            assert_eq!(header.mode().unwrap(), wanted);
        }
        fs::write(at("odd.txt"), "1\n1\n2\n1\na 0 8\nf 0\n").unwrap();
        let paths = [at("odd.txt")];
        let parts = HiddenParts::read(&paths).unwrap();
        let traces = traces_of(&lab, &parts, &Quiet).unwrap();
        assert!(hidden_package(&paths, &parts, &traces).is_err());
    }
}
