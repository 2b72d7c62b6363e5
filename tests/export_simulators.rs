//! The packages for grading platforms, run as the platforms run them: unpacked in
//! the same folders, with the platform's files beside, by the scripts that the
//! platform calls. The tools are already installed, and a network is not needed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use heaplab_tests::command::{Seen, package, run_in};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::{Cursor, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{env, str};

#[path = "../crates/classroom/grade/src/schemas.rs"]
#[allow(dead_code, missing_docs)]
mod schemas;

const LAB: &str = "0-sbrk";

fn heaplab(arguments: &[&str]) -> Seen {
    run_in(env!("CARGO_BIN_EXE_heaplab-under-test"), &package().join(".."), arguments)
}

/// Returns a folder that is kept between runs of the tests,
/// so that programs need not be built again.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Returns the same folder, empty.
fn empty_folder(name: &str) -> PathBuf {
    fs::remove_dir_all(folder(name)).unwrap();
    folder(name)
}

/// Returns a folder with a trace and a check that students do not have. Their sizes and names occur
/// nowhere else.
fn hidden() -> PathBuf {
    let path = folder("hidden").join("kept-back.rep");
    fs::write(&path, "1\n2\n4\n1\na 0 7321\na 1 7321\nf 0\nf 1\n").unwrap();
    let check = "title = \"kept-back check\"\ntrace = \"a 0 7321, f 0\"\n";
    let stage = format!("[[stage]]\nname = \"kept-back\"\n[[stage.check]]\n{check}");
    fs::write(path.with_file_name("hidden.toml"), stage).unwrap();
    path.parent().unwrap().to_owned()
}

/// Packs the lab for a platform.
fn pack(platform: &str, file: &str, with_hidden: bool) -> PathBuf {
    pack_lab(platform, LAB, file, with_hidden)
}

fn pack_lab(platform: &str, lab: &str, file: &str, with_hidden: bool) -> PathBuf {
    let path = folder("packages").join(file);
    let hidden = hidden();
    let mut arguments = vec!["export", platform, lab, "-o", path.to_str().unwrap()];
    if with_hidden {
        arguments.extend(["--traces", hidden.to_str().unwrap()]);
    }
    let seen = heaplab(&arguments);
    assert_eq!(seen.code, Some(0), "{}", seen.all());
    assert!(seen.stderr.contains("its README.md says how to upload it"), "{}", seen.stderr);
    path
}

/// Unpacks a zip. Files with equal content are not written, so that they
/// are not built again; files that are not in the archive are removed.
fn unzip(archive: &Path, folder: &Path) {
    let mut archive = zip::ZipArchive::new(Cursor::new(fs::read(archive).unwrap())).unwrap();
    let mut packed = BTreeSet::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let path = folder.join(entry.enclosed_name().unwrap());
        if entry.is_dir() {
            fs::create_dir_all(&path).unwrap();
        } else {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if fs::read(&path).ok().as_ref() != Some(&bytes) {
                fs::write(&path, bytes).unwrap();
            }
        }
        fs::set_permissions(&path, Permissions::from_mode(entry.unix_mode().unwrap() & 0o777))
            .unwrap();
        packed.insert(path);
    }
    remove_others(folder, &packed);
}

fn remove_others(folder: &Path, packed: &BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            remove_others(&path, packed);
        } else if !packed.contains(&path) {
            fs::remove_file(&path).unwrap();
        }
    }
}

fn untar(archive: &Path, folder: &Path) {
    let archive = archive.to_str().unwrap();
    succeeds(Command::new("tar").args(["xf", archive]).current_dir(folder));
}

/// Returns a command in the environment of a platform: without anything of this build, or
/// downloaded, and with one target folder for all packages, because they build the same.
fn on_the_platform(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.env_clear();
    for name in ["PATH", "HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "TMPDIR"] {
        if let Some(value) = env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("CARGO_HOME", folder("no-downloads")).env("CARGO_TARGET_DIR", folder("target"));
    command
}

fn seen(command: &mut Command) -> Seen {
    let output = command.output().unwrap();
    Seen {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[track_caller]
fn succeeds(command: &mut Command) -> Seen {
    let seen = seen(command);
    assert_eq!(seen.code, Some(0), "{command:?}: {}", seen.all());
    seen
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Returns a source of the package's own samples.
fn sample(name: &str) -> String {
    fs::read_to_string(GRADESCOPE.join("source/samples").join(name).join("lib.rs")).unwrap()
}

// ---------------------------------------------------------------- Gradescope

/// Gradescope's folder, with the package in it and built. The
/// other platforms wait for it, because they build the same.
static GRADESCOPE: LazyLock<PathBuf> = LazyLock::new(|| {
    let root = folder("gradescope");
    let source = root.join("source");
    fs::create_dir_all(&source).unwrap();
    unzip(&pack("gradescope", "gradescope.zip", true), &source);
    let seen = succeeds(
        on_the_platform("bash").arg(source.join("setup.sh")).env("AUTOGRADER_ROOT", &root),
    );
    assert!(seen.stdout.ends_with("ready: lab 0-sbrk\n"), "{}", seen.all());
    fs::copy(source.join("run_autograder"), root.join("run_autograder")).unwrap();
    root
});

/// Hands files in and returns what Gradescope reads afterwards, and what was printed.
fn gradescope(files: &[(&str, &str)], prepare: impl FnOnce(&mut Command)) -> (Value, String) {
    gradescope_in(&GRADESCOPE, files, prepare)
}

fn gradescope_in(
    root: &Path,
    files: &[(&str, &str)],
    prepare: impl FnOnce(&mut Command),
) -> (Value, String) {
    for (path, source) in files {
        fs::write(root.join("submission").join(path), source).unwrap();
    }
    let results = root.join("results/results.json");
    let mut command = on_the_platform(root.join("run_autograder"));
    command.env("AUTOGRADER_ROOT", root).current_dir(root);
    prepare(&mut command);
    let seen = succeeds(&mut command);
    let text = fs::read_to_string(&results).unwrap();
    assert!(!text.contains("7321") && !seen.all().contains("7321"), "{text}{}", seen.all());
    assert!(!text.contains("kept-back"), "{text}");
    assert_eq!(fs::read_dir(root.join("results")).unwrap().count(), 1);
    let results = serde_json::from_str(&text).unwrap();
    schemas::is_valid(&schemas::GRADESCOPE, &results);
    (results, seen.stdout)
}

fn start_over() {
    for name in ["submission", "results"] {
        empty_folder(&format!("gradescope/{name}"));
    }
}

#[test]
#[ignore = "builds all of a package: many minutes; .ci/platforms runs it"]
fn gradescope_grades_every_kind_of_submission() {
    let hand_in = |name: &str| {
        start_over();
        gradescope(&[("lib.rs", &sample(name))], |_| ()).0
    };
    let score = |results: &Value| results["score"].as_f64().unwrap();
    let output = |results: &Value| results["output"].as_str().unwrap().to_owned();

    let passing = hand_in("passing");
    assert_eq!(score(&passing), 100.0, "{passing:#}");
    let hashes = &passing["extra_data"];
    let manifest = json(&GRADESCOPE.join("source/manifest.json"));
    assert_eq!(hashes["lab_sha256"], manifest["lab"]["sha256"]);
    assert_eq!(hashes["harness_sha256"], manifest["harness"]["sha256"]);
    let tests = passing["tests"].as_array().unwrap().iter();
    let names: BTreeSet<&str> = tests.map(|test| test["name"].as_str().unwrap()).collect();
    for name in ["hidden trace 1", "Hidden checks 1"] {
        assert!(names.contains(name), "{passing:#}");
    }

    let half_done = hand_in("half-done");
    assert!(score(&half_done) > 0.0 && score(&half_done) < 60.0, "{half_done:#}");
    assert!(half_done.to_string().contains("not yet implemented"), "{half_done:#}");
    // Grading it again gives the same record, byte for byte.
    assert_eq!(hand_in("half-done"), half_done);

    let looping = hand_in("looping");
    assert!(score(&looping) < 10.0, "{looping:#}");
    assert!(looping.to_string().contains("earlier runs did not end"), "{looping:#}");

    let not_compiling = hand_in("not-compiling");
    assert_eq!(score(&not_compiling), 0.0);
    assert!(output(&not_compiling).contains("error[E0308]: mismatched types"), "{not_compiling:#}");

    let cheating = hand_in("cheating");
    assert_eq!(score(&cheating), 0.0);
    let said = output(&cheating);
    assert!(
        said.starts_with("refused") && said.contains("static:") && said.contains("extern:"),
        "{said}"
    );

    there_are_always_results();
}

/// Tests that there are always results; part of the test above: it uses the same folders.
fn there_are_always_results() {
    start_over();
    let (nothing, _) = gradescope(&[], |_| ());
    assert_eq!(nothing["score"], 0);
    let (many, _) = gradescope(&[("a.rs", ""), ("b.rs", "")], |_| ());
    assert!(many["output"].as_str().unwrap().contains("there are 2 .rs files in it"), "{many:#}");

    start_over();
    let (broken, said) = gradescope(&[("lib.rs", "")], |command| {
        command.env("CARGO_TARGET_DIR", folder("nothing-built"));
    });
    assert_eq!(broken["score"], 0);
    assert!(
        broken["output"].as_str().unwrap().starts_with("The grader did not finish."),
        "{broken:#}"
    );
    assert!(said.contains("the grader failed"), "{said}");
}

#[test]
#[ignore = "builds all of a package: many minutes; .ci/platforms runs it"]
fn gradescope_keeps_hidden_traces_and_solutions_to_root() {
    for (path, mode) in [
        ("hidden", 0o700),
        ("hidden/001", 0o700),
        ("hidden/001/kept-back.rep", 0o600),
        ("samples", 0o700),
        ("samples/passing/lib.rs", 0o600),
    ] {
        let metadata = fs::metadata(GRADESCOPE.join("source").join(path)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{path}");
    }
}

// ------------------------------------------------------------------- Autolab

/// Runs a job of Autolab's: puts its files into a folder, runs
/// `make`, and returns the line of scores with the output before it.
fn autolab_job(name: &str, submission: Option<&str>, image: &Path) -> (Value, String) {
    let submission = submission.map(|source| ("lib.rs", source));
    autolab_job_of(&folder("autolab/package"), name, submission, image)
}

fn autolab_job_of(
    package: &Path,
    name: &str,
    submission: Option<(&str, &str)>,
    image: &Path,
) -> (Value, String) {
    let job = empty_folder(&format!("autolab/{name}"));
    fs::copy(package.join("autograde-Makefile"), job.join("Makefile")).unwrap();
    fs::copy(package.join("autograde.tar"), job.join("autograde.tar")).unwrap();
    if let Some((file, source)) = submission {
        fs::write(job.join(file), source).unwrap();
    }
    let seen = succeeds(on_the_platform("make").current_dir(&job).env("HEAPLAB_IMAGE", image));
    assert!(seen.stdout.len() < 1_000_000 && !seen.all().contains("7321"), "{}", seen.all());
    let (before, last) = seen.stdout.trim_end_matches('\n').rsplit_once('\n').unwrap();
    let scores =
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {}", seen.all()));
    schemas::is_valid(&schemas::AUTOLAB, &scores);
    (scores, before.to_owned())
}

fn sum(scores: &Value) -> f64 {
    scores["scores"].as_object().unwrap().values().map(|score| score.as_f64().unwrap()).sum()
}

#[test]
#[ignore = "builds all of a package: many minutes; .ci/platforms runs it"]
fn autolab_reads_scores_on_the_last_line() {
    let _built = &*GRADESCOPE;
    let package = empty_folder("autolab/package");
    untar(&pack("autolab", "autolab.tar", true), &package);
    // The Dockerfile does the same.
    let image = empty_folder("autolab/image");
    untar(&package.join("autograde.tar"), &image);
    let ready = succeeds(on_the_platform("bash").arg(image.join("grader/setup.sh")));
    assert!(ready.stdout.ends_with("ready: lab 0-sbrk\n"), "{}", ready.all());
    for name in ["hidden", "samples"] {
        fs::remove_dir_all(image.join("grader").join(name)).unwrap();
    }

    let (half_done, feedback) = autolab_job("half-done", Some(&sample("half-done")), &image);
    assert!(sum(&half_done) > 0.0 && sum(&half_done) < 60.0, "{half_done}");
    assert!(feedback.contains("not yet implemented"), "{feedback}");
    assert!(!feedback.contains("building first"), "{feedback}");

    let (nothing, feedback) = autolab_job("nothing", None, &image);
    assert_eq!(sum(&nothing), 0.0, "{feedback}");
    let problems =
        |scores: &Value| scores["scores"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(problems(&nothing), problems(&half_done));

    // Without the image it builds what it needs; if it can't build, it still prints a line.
    let no_image = folder("autolab/nothing-there");
    let (refused, feedback) = autolab_job("no-image", Some(&sample("cheating")), &no_image);
    assert_eq!(sum(&refused), 0.0);
    assert!(feedback.contains("building first") && feedback.contains(" static:"), "{feedback}");
    fs::write(image.join("grader/workspace/Cargo.toml"), "no manifest").unwrap();
    let (broken, feedback) = autolab_job("broken", Some(&sample("passing")), &image);
    assert!(feedback.contains("The grader failed"), "{feedback}");
    assert_eq!(problems(&broken), problems(&half_done));
}

// ---------------------------------------------------------- GitHub Classroom

/// Runs the workflow's step in a student's repository.
fn classroom_step(repository: &Path, prepare: impl FnOnce(&mut Command)) -> (Value, String) {
    let workflow = fs::read_to_string(repository.join(".github/workflows/classroom.yml")).unwrap();
    let step = workflow.lines().find_map(|line| line.trim().strip_prefix("run: ")).unwrap();
    assert!(
        workflow.contains("id: grade\n")
            && workflow.contains("GRADE_RESULTS: ${{ steps.grade.outputs.result }}")
    );
    assert!(workflow.contains("runners: grade\n"), "{workflow}");
    let [output, summary] = ["output", "summary"].map(|name| folder("classroom").join(name));
    for file in [&output, &summary] {
        fs::write(file, "").unwrap();
    }
    let mut command = on_the_platform("bash");
    command.args(["-e", "-c", step]).current_dir(repository);
    command.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", &summary);
    prepare(&mut command);
    succeeds(&mut command);
    let line = fs::read_to_string(output).unwrap();
    let coded = line.strip_prefix("result=").unwrap().strip_suffix('\n').unwrap();
    let result = serde_json::from_slice(&BASE64_STANDARD.decode(coded).unwrap()).unwrap();
    schemas::is_valid(&schemas::CLASSROOM, &result);
    (result, fs::read_to_string(summary).unwrap())
}

#[test]
#[ignore = "builds all of a package: many minutes; .ci/platforms runs it"]
fn github_classroom_gives_a_part_of_the_points() {
    let _built = &*GRADESCOPE;
    let repository = folder("classroom/repository");
    unzip(&pack("github-classroom", "classroom.zip", false), &repository);
    let source = repository.join("labs/0-sbrk/src/lib.rs");
    let starter = heaplab(&["starter", LAB]).stdout;
    assert_eq!(fs::read_to_string(&source).unwrap(), starter);
    let earned = |result: &Value| -> f64 {
        result["tests"].as_array().unwrap().iter().map(|test| test["score"].as_f64().unwrap()).sum()
    };

    fs::write(&source, sample("half-done")).unwrap();
    let (half_done, summary) = classroom_step(&repository, |_| ());
    assert_eq!((&half_done["status"], &half_done["max_score"]), (&"fail".into(), &100.into()));
    assert!(earned(&half_done) > 0.0 && earned(&half_done) < 60.0, "{half_done:#}");
    let parts = half_done["tests"].as_array().unwrap();
    assert!(parts.iter().any(|part| part["status"] == "pass"), "{half_done:#}");
    assert!(summary.contains("not yet implemented"), "{summary}");

    fs::write(&source, sample("not-compiling")).unwrap();
    let (not_compiling, _) = classroom_step(&repository, |_| ());
    assert_eq!((&not_compiling["status"], earned(&not_compiling)), (&"error".into(), 0.0));

    // A student who gives every stage more points has none.
    let definition = repository.join("labs/0-sbrk/lab.toml");
    let handed_out = fs::read_to_string(&definition).unwrap();
    fs::write(&source, sample("half-done")).unwrap();
    fs::write(&definition, format!("{handed_out}# more\n")).unwrap();
    let (changed, _) = classroom_step(&repository, |_| ());
    assert_eq!((&changed["status"], earned(&changed)), (&"error".into(), 0.0));
    fs::write(&definition, handed_out).unwrap();

    let (broken, _) = classroom_step(&repository, |command| {
        command
            .env("PATH", "/usr/bin:/bin")
            .env_remove("HOME")
            .env("CARGO_TARGET_DIR", "/dev/null/no");
    });
    assert_eq!((&broken["status"], &broken["max_score"]), (&"error".into(), &100.into()));
    assert!(
        broken["tests"][0]["message"].as_str().unwrap().contains("The grader did not finish"),
        "{broken:#}"
    );
}

// ------------------------------------------------------------------ a lab in C

/// Returns a lab in C that is quick to grade, in a folder outside of the workspace.
fn lab_in_c() -> PathBuf {
    let lab = empty_folder("labs/quick-c");
    let of_classic = package().join("../labs/c/cmu-classic");
    for name in ["README.md", "mm.c", "reference.c"] {
        fs::copy(of_classic.join(name), lab.join(name)).unwrap();
    }
    let definition = fs::read_to_string(of_classic.join("lab.toml")).unwrap();
    let definition = definition
        .replace("name = \"cmu-classic\"", "name = \"quick-c\"")
        .replace("[\"classic\"]", "[\"classic/random2.rep\"]");
    fs::write(lab.join("lab.toml"), definition).unwrap();
    lab
}

#[test]
#[ignore = "builds all of a package: many minutes; .ci/platforms runs it"]
fn a_lab_in_c_is_graded_on_every_platform() {
    let _built = &*GRADESCOPE;
    let lab = lab_in_c();
    let lab = lab.to_str().unwrap();

    let root = folder("gradescope-c");
    let source = root.join("source");
    fs::create_dir_all(&source).unwrap();
    unzip(&pack_lab("gradescope", lab, "c-gradescope.zip", true), &source);
    let ready = succeeds(
        on_the_platform("bash").arg(source.join("setup.sh")).env("AUTOGRADER_ROOT", &root),
    );
    assert!(ready.stdout.ends_with("ready: lab quick-c\n"), "{}", ready.all());
    fs::copy(source.join("run_autograder"), root.join("run_autograder")).unwrap();
    let sample =
        |name: &str| fs::read_to_string(source.join("samples").join(name).join("mm.c")).unwrap();
    let hand_in = |name: &str| {
        for folder in ["submission", "results"] {
            empty_folder(&format!("gradescope-c/{folder}"));
        }
        gradescope_in(&root, &[("mm.c", &sample(name))], |_| ()).0
    };
    let score = |results: &Value| results["score"].as_f64().unwrap();
    let passing = hand_in("passing");
    assert!(score(&passing) > 70.0, "{passing:#}");
    assert_eq!(hand_in("passing"), passing);
    let half_done = hand_in("half-done");
    assert!((20.0..70.0).contains(&score(&half_done)), "{half_done:#}");
    assert!(score(&hand_in("looping")) < 10.0);
    for (name, says) in [("cheating", "mmap"), ("not-compiling", "error: ")] {
        let seen = hand_in(name);
        assert_eq!(score(&seen), 0.0, "{seen:#}");
        assert!(seen["output"].as_str().unwrap().contains(says), "{seen:#}");
    }

    let package = empty_folder("autolab/c-package");
    untar(&pack_lab("autolab", lab, "c-autolab.tar", true), &package);
    let image = empty_folder("autolab/c-image");
    untar(&package.join("autograde.tar"), &image);
    let ready = succeeds(on_the_platform("bash").arg(image.join("grader/setup.sh")));
    assert!(ready.stdout.ends_with("ready: lab quick-c\n"), "{}", ready.all());
    let submission = Some(("mm.c", &*sample("half-done")));
    let (scores, feedback) = autolab_job_of(&package, "c-half-done", submission, &image);
    assert!((20.0..70.0).contains(&sum(&scores)), "{scores} {feedback}");

    let repository = folder("classroom/c-repository");
    unzip(&pack_lab("github-classroom", lab, "c-classroom.zip", false), &repository);
    let file = repository.join("labs/c/quick-c/mm.c");
    assert_eq!(fs::read_to_string(&file).unwrap(), sample("half-done"));
    let earned = |result: &Value| -> f64 {
        result["tests"].as_array().unwrap().iter().map(|test| test["score"].as_f64().unwrap()).sum()
    };
    fs::write(&file, sample("passing")).unwrap();
    let (passing, summary) = classroom_step(&repository, |_| ());
    assert!(earned(&passing) > 70.0, "{passing:#} {summary}");
    // A student who makes the reference worse has nothing of it.
    let reference = repository.join("labs/c/quick-c/reference.c");
    fs::write(&reference, sample("half-done")).unwrap();
    let (changed, _) = classroom_step(&repository, |_| ());
    assert_eq!((&changed["status"], earned(&changed)), (&"error".into(), 0.0));
}

// ----------------------------------------------------------------- all of them

#[test]
#[ignore = "builds all of a package: many minutes; .ci/platforms runs it"]
fn packing_twice_gives_the_same_bytes() {
    let first = fs::read(pack("autolab", "first.tar", true)).unwrap();
    assert!(first == fs::read(pack("autolab", "second.tar", true)).unwrap());
}

#[test]
fn an_impossible_package_is_refused_with_the_reason() {
    let hidden = hidden();
    let output = folder("packages").join("refused");
    let with = |arguments: &[&str]| {
        let output = ["-o", output.to_str().unwrap()];
        let seen = heaplab(&[&["export"], arguments, &output].concat());
        assert_eq!((seen.code, output_exists()), (Some(2), false), "{}", seen.all());
        seen.stderr
    };
    assert!(with(&["moodle", LAB]).contains("gradescope, autolab, github-classroom"));
    assert!(with(&["autolab", "9-nothing"]).contains("there is no lab `9-nothing`"));
    let no_place = with(&["github-classroom", LAB, "--traces", hidden.to_str().unwrap()]);
    assert!(no_place.contains("it can't hold hidden traces"), "{no_place}");
    assert!(
        with(&["gradescope", LAB, "--traces", "/no/such/folder"])
            .contains("can't read /no/such/folder")
    );
}

fn output_exists() -> bool {
    folder("packages").join("refused").exists()
}
