//! Tests of the recipes in docs/recipes, unchanged: a class in four parts, on any system
//! that distributes command lines. Merged, the parts equal what one machine makes.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use heaplab_grading_tests::class::{CLASS, Folder, records};
use heaplab_grading_tests::{heaplab, workspace};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_heaplab-to-grade");

/// Returns a command in the workspace, with `heaplab` on its path.
fn command(program: &str, folder: &Folder) -> Command {
    let bin = folder.path("bin");
    if fs::create_dir(&bin).is_ok() {
        symlink(PROGRAM, Path::new(&bin).join("heaplab")).unwrap();
    }
    let path = env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command.current_dir(workspace()).env("PATH", format!("{bin}:{path}:/usr/sbin:/sbin"));
    command
}

#[track_caller]
fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// Returns whether all of these programs are installed. A
/// test that lacks one says so, and does nothing.
fn are_here(folder: &Folder, programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| {
        let look = format!("command -v {program}");
        let seen = command("sh", folder).args(["-c", &look]).stdout(Stdio::null()).status();
        !seen.unwrap().success()
    });
    if let Some(program) = missing {
        eprintln!("not tried: there is no {program} here");
    }
    missing.is_none()
}

/// Merges four parts, and checks the result.
fn merges(folder: &Folder) {
    let parts = ["1", "2", "3", "4"].map(|part| folder.path(&format!("parts/{part}")));
    let counts = parts.each_ref().map(|part| records(part).len());
    assert_eq!(counts.iter().sum::<usize>(), 7, "{counts:?}");
    let merged = folder.path("merged");
    let parts = parts.each_ref().map(String::as_str);
    let seen = heaplab(PROGRAM, &[&["merge"], parts.as_slice(), &["--out", &merged]].concat());
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert_eq!(records(&merged), *CLASS.records(PROGRAM));
}

#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn the_slurm_recipe_grades_the_class() {
    let folder = Folder::new();
    if !are_here(&folder, &["munged", "slurmctld", "slurmd", "sbatch"]) {
        return;
    }
    let (log, parts) = (folder.path("task-%a.txt"), folder.path("parts"));
    succeeds(
        command("tests/grading/slurm/cluster.sh", &folder)
            .arg(folder.path("cluster"))
            .args(["sbatch", "--wait", "--output", &log])
            .args(["docs/recipes/slurm.sh", CLASS.handed_in(PROGRAM), "0-sbrk", &parts]),
    );
    merges(&folder);
}

#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn the_gnu_parallel_recipe_grades_the_class() {
    let folder = Folder::new();
    if !are_here(&folder, &["parallel"]) {
        return;
    }
    let (handed_in, parts) = (CLASS.handed_in(PROGRAM), folder.path("parts"));
    succeeds(command("docs/recipes/parallel.sh", &folder).args([handed_in, "0-sbrk", &parts]));
    merges(&folder);
}

/// The parts of a workflow that are used here.
#[derive(Deserialize)]
struct Workflow {
    env: BTreeMap<String, String>,
    jobs: BTreeMap<String, Job>,
}

#[derive(Deserialize)]
struct Job {
    #[serde(default)]
    needs: Option<String>,
    #[serde(default)]
    strategy: Option<Strategy>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Strategy {
    matrix: BTreeMap<String, Vec<u32>>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    run: Option<String>,
}

/// Runs a workflow as the service does: every job of the matrix in its own
/// folder, then the job that needs them, in a folder with their results.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn the_matrix_recipe_grades_the_class() {
    let folder = Folder::new();
    let text = fs::read_to_string(workspace().join("docs/recipes/matrix.yml")).unwrap();
    let workflow: Workflow = serde_saphyr::from_str(&text).unwrap();
    assert_eq!(workflow.env["HEAPLAB"], "cargo run --quiet --release --locked --");
    let run = |job: &Job, shard: Option<u32>| {
        let runs = job.steps.iter().filter_map(|step| step.run.as_deref());
        for line in runs {
            let line = match shard {
                Some(shard) => line.replace("${{ matrix.shard }}", &shard.to_string()),
                None => line.to_owned(),
            };
            assert!(!line.contains("${{"), "{line}");
            let handed_in = CLASS.handed_in(PROGRAM);
            let line = line
                .replace(" handed-in ", &format!(" {handed_in} "))
                .replace(" parts/", &format!(" {}/", folder.path("parts")))
                .replace(" grades", &format!(" {}", folder.path("merged")));
            let mut shell = command("bash", &folder);
            shell.args(["-e", "-c", &line]).env("LAB", "0-sbrk");
            succeeds(shell.env("HEAPLAB", PROGRAM));
        }
    };
    let part = &workflow.jobs["part"];
    let shards = &part.strategy.as_ref().unwrap().matrix["shard"];
    assert_eq!(shards, &[1, 2, 3, 4]);
    for shard in shards {
        run(part, Some(*shard));
    }
    let merge = &workflow.jobs["merge"];
    assert_eq!(merge.needs.as_deref(), Some("part"));
    run(merge, None);
    assert_eq!(records(&folder.path("merged")), *CLASS.records(PROGRAM));
}
