//! Runs the command with the arguments that a person would type.

use heaplab_arena::Refuse;
use heaplab_mutants::{Memory, Specimen};
use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// Why a heap was stopped, and at which operation.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// `load-live`, `check I5`.
    pub code: String,
    /// The operation's index; `None` if no operation had been done.
    pub op_index: Option<usize>,
}

/// Result of fuzzing.
#[derive(Clone, Debug)]
pub struct Found {
    /// The case.
    pub case: u64,
    /// The shrunk trace; `None` if it does not fail again.
    pub shrunk: Option<Shrunk>,
}

/// Sizes of a failing trace, before and after shrinking.
#[derive(Clone, Copy, Debug)]
pub struct Shrunk {
    /// Operations before.
    pub from_ops: u64,
    /// Operations after.
    pub to_ops: u64,
}

impl Shrunk {
    /// Parses the command's output; `None` if it did not shrink anything.
    fn in_words(text: &str) -> Option<Shrunk> {
        let (_, rest) = text.split_once("shrunk from ")?;
        Some(Shrunk { from_ops: number_at(rest)?, to_ops: number_after(rest, " to ")? })
    }
}

/// Returns the bundled traces, by path from the workspace.
pub fn traces() -> Result<Vec<String>, Box<dyn Error>> {
    let mut all = Vec::new();
    for folder in ["classic", "shapes", "recorded"] {
        let folder = format!("labs/traces/{folder}");
        let mut names = Vec::new();
        for entry in fs::read_dir(workspace().join(&folder))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.contains(".rep") {
                names.push(format!("{folder}/{name}"));
            }
        }
        names.sort();
        all.append(&mut names);
    }
    Ok(all)
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs `heaplab check` on one trace.
pub fn check(specimen: &Specimen, trace: &str) -> Result<Option<Verdict>, Box<dyn Error>> {
    let report = json(&run_check(specimen, trace, &["--format", "json"])?)?;
    let diagnosis = &report["heaps"][0]["traces"][0]["diagnosis"];
    Ok(verdict(diagnosis).map(|verdict| match verdict.code.as_str() {
        "check" => Verdict {
            code: format!("check {}", diagnosis["rule"].as_str().unwrap_or_default()),
            ..verdict
        },
        _ => verdict,
    }))
}

/// Runs `heaplab check --shrink` on one trace on which the mutant fails.
pub fn shrink(specimen: &Specimen, trace: &str) -> Result<Option<Shrunk>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let saved = folder.path().join("small.rep").display().to_string();
    let output = run_check(specimen, trace, &["--shrink", "--save", &saved])?;
    Ok(Shrunk::in_words(&String::from_utf8_lossy(&output.stdout)))
}

fn run_check(specimen: &Specimen, trace: &str, more: &[&str]) -> Result<Output, Box<dyn Error>> {
    let spec = specimen.spec();
    let align = specimen.align().to_string();
    let limit = specimen.machine().limit_bytes.to_string();
    let call;
    let mut arguments = vec!["check", &spec, "--trace", trace, "--align", &align];
    arguments.extend(["--heap-limit", &limit, "--op-timeout", "5"]);
    if let Refuse::From(number) = specimen.machine().refuse {
        call = number.to_string();
        arguments.extend(["--refuse-sbrk", &call]);
    }
    if specimen.mutant.memory == Memory::AnyRequest {
        arguments.push("--may-run-out");
    }
    arguments.extend(more);
    run(&arguments)
}

/// Runs `heaplab run` on one trace.
pub fn validate(specimen: &Specimen, trace: &str) -> Result<Option<Verdict>, Box<dyn Error>> {
    let (spec, arguments) = (specimen.spec(), of_a_plain_run(specimen, trace));
    let command = ["run", "--heap", &spec, "--no-timing"];
    let report = json(&run(&with(&command, &arguments))?)?;
    Ok(in_short(&report["results"][0]["facts"]["error"]))
}

/// Runs `heaplab waste` on one trace.
pub fn waste(specimen: &Specimen, trace: &str) -> Result<Option<Verdict>, Box<dyn Error>> {
    let (spec, arguments) = (specimen.spec(), of_a_plain_run(specimen, trace));
    let report = json(&run(&with(&["waste", &spec], &arguments))?)?;
    let result = &report["results"][0];
    match result["valid"].as_bool() {
        Some(true) => Ok(None),
        Some(false) => Ok(in_short(&result["error"])),
        None => Err(format!("no verdict in {result}").into()),
    }
}

/// Returns the arguments that `run` and `waste` share.
fn of_a_plain_run(specimen: &Specimen, trace: &str) -> Vec<String> {
    let align = specimen.align().to_string();
    let limit = specimen.machine().limit_bytes.to_string();
    let words = ["--trace", trace, "--align", &align, "--heap-limit", &limit];
    let more = ["--format", "json", "--op-timeout", "5"];
    words.iter().chain(&more).map(|word| (*word).to_owned()).collect()
}

fn with<'a>(command: &[&'a str], arguments: &'a [String]) -> Vec<&'a str> {
    let arguments = arguments.iter().map(String::as_str);
    command.iter().copied().chain(arguments).collect()
}

/// Returns the verdict in an `error` of a report, if there is one.
fn in_short(error: &Value) -> Option<Verdict> {
    verdict(error).map(|verdict| match verdict.code.as_str() {
        "check" => Verdict {
            code: format!("check {}", invariant(error["message"].as_str().unwrap_or_default())),
            ..verdict
        },
        _ => verdict,
    })
}

/// Returns an invariant such as `I5`, from the message of a check that failed.
fn invariant(message: &str) -> &str {
    let words = message.split([' ', ':']);
    let mut numbers = words.filter(|word| {
        let number = word.strip_prefix('I').unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    numbers.next().unwrap_or_default()
}

fn verdict(report: &Value) -> Option<Verdict> {
    Some(Verdict {
        code: report["code"].as_str()?.to_owned(),
        op_index: report["op_index"].as_u64().map(|index| index as usize),
    })
}

/// Runs `heaplab fuzz` without a corpus.
pub fn fuzz(specimen: &Specimen) -> Result<Option<Found>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let saved = folder.path().join("found.rep").display().to_string();
    let (spec, align) = (specimen.spec(), specimen.align().to_string());
    let output = run(&[
        "fuzz", &spec, "--align", &align, "--seed", "1", "--ops", "1000000", "--save", &saved,
    ])?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let Some(case) = number_after(&text, "in case ") else {
        return Ok(None);
    };
    let shrunk = Shrunk::in_words(&text);
    Ok(Some(Found { case, shrunk }))
}

fn number_after(text: &str, mark: &str) -> Option<u64> {
    number_at(text.split_once(mark)?.1)
}

/// Returns the number that a text begins with.
fn number_at(rest: &str) -> Option<u64> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

fn run(arguments: &[&str]) -> Result<Output, Box<dyn Error>> {
    let output =
        Command::new(env::current_exe()?).args(arguments).current_dir(workspace()).output()?;
    match output.status.code() {
        Some(0 | 1) => Ok(output),
        _ => {
            Err(format!("{}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr))
                .into())
        }
    }
}

fn json(output: &Output) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_slice(&output.stdout)?)
}
