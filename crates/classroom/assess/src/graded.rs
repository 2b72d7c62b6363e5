//! What a heap earns in a lab: the stages, then the traces, then the measures.

use crate::{Assessor, Checked, Verdict};
use heaplab_grade::{
    Check, Counts, Fault, Measure, MeasureRule, Points, Stage, StageRule, TraceResult, What,
};
use heaplab_inputs::Input;
use heaplab_lab::{self as lab, Lab};
use heaplab_replay::Timing;
use heaplab_support::Error;
use heaplab_worker::FaultReport;

/// What a heap earned.
#[derive(Clone, Debug, PartialEq)]
pub struct Graded {
    /// The lab's stages, in order.
    pub stages: Vec<Stage>,
    /// The lab's measures, in order.
    pub measures: Vec<Measure>,
    /// The traces, in the order in which they were given.
    pub traces: Vec<TraceResult>,
    /// Bytes of the heap's value; `None` if no check passed.
    pub struct_bytes: Option<u64>,
    /// Loads that the heap's own `check` made, in the check
    /// where it made most; `None` if no check passed.
    pub check_accesses: Option<u64>,
}

impl Graded {
    /// Returns the points for everything.
    pub fn points(&self) -> Points {
        let stages = self.stages.iter().map(|stage| stage.points);
        let measures = self.measures.iter().map(|measure| measure.points);
        stages.chain(measures).fold(Points::ZERO, |mut sum, points| {
            sum += points;
            sum
        })
    }
}

/// A trace that a heap is graded on.
pub struct GradedTrace {
    /// The trace, and its file.
    pub input: Input,
    /// Whether students do not have it.
    pub hidden: bool,
}

impl GradedTrace {
    /// Returns a trace that students have.
    pub fn known(input: Input) -> GradedTrace {
        GradedTrace { input, hidden: false }
    }
}

/// Returns the speeds of the heap and of the lab's solution on a trace, measured alternately;
/// `None` if one of them failed.
pub type TimeBoth<'t> =
    dyn FnMut(&mut Assessor<'_>, &Input) -> Result<Option<(Timing, Timing)>, Error> + 't;

/// Runs all of a lab on a heap, and compares its speed with the solution's, if that can be timed.
///
/// # Errors
/// If one of the lab's traces is not a trace, or no worker can be started.
pub fn grade_heap(
    lab: &Lab,
    assessor: &mut Assessor<'_>,
    traces: &[GradedTrace],
    time_both: Option<&mut TimeBoth<'_>>,
) -> Result<Graded, Error> {
    let mut graded = Graded {
        stages: Vec::new(),
        measures: Vec::new(),
        traces: Vec::new(),
        struct_bytes: None,
        check_accesses: None,
    };
    for stage in &lab.stages {
        let checked = assessor.stage(stage)?;
        for checked in &checked {
            if let Verdict::Passed(final_heap) = &checked.verdict {
                graded.struct_bytes = Some(final_heap.struct_bytes);
                graded.check_accesses = graded.check_accesses.max(Some(final_heap.check_accesses));
            }
        }
        let checks = checked.iter().enumerate();
        let checks = checks.map(|(index, checked)| check_of(lab, stage, index, checked));
        graded.stages.push(Stage::grade(&stage_rule(stage), checks.collect()));
    }
    for trace in traces {
        let facts = assessor.trace(&trace.input, &lab.grade.words, lab.grade.align)?;
        graded.traces.push(trace_result(lab, trace, facts));
    }
    let rules = measure_rules(lab);
    let speed = match time_both {
        Some(time_both) if graded.traces.iter().all(|trace| trace.valid) => {
            let counted = traces.iter().zip(&graded.traces);
            let counted = counted.filter(|(_, result)| result.counts_for_work());
            speed(assessor, counted.map(|(trace, _)| &trace.input), time_both)?
        }
        _ => None,
    };
    graded.measures = rules.iter().map(|rule| rule.grade(&graded.traces, speed)).collect();
    Ok(graded)
}

/// Returns the heap's operations a second divided by the
/// solution's, over all of these traces; `None` if a heap failed.
fn speed<'t>(
    assessor: &mut Assessor<'_>,
    traces: impl Iterator<Item = &'t Input>,
    time_both: &mut TimeBoth<'_>,
) -> Result<Option<f64>, Error> {
    let (mut own_ns, mut rivals_ns) = (0.0, 0.0);
    for trace in traces {
        let Some((own, rivals)) = time_both(assessor, trace)? else {
            return Ok(None);
        };
        let ops = trace.trace.ops().len() as f64;
        own_ns += own.ns_per_op * ops;
        rivals_ns += rivals.ns_per_op * ops;
    }
    Ok((own_ns > 0.0).then(|| rivals_ns / own_ns))
}

/// Returns what there is to earn, for a submission that was not run.
pub fn not_run(lab: &Lab) -> Graded {
    Graded {
        stages: lab.stages.iter().map(|stage| Stage::not_run(&stage_rule(stage))).collect(),
        measures: measure_rules(lab).iter().map(MeasureRule::not_run).collect(),
        traces: Vec::new(),
        struct_bytes: None,
        check_accesses: None,
    }
}

fn stage_rule(stage: &lab::Stage) -> StageRule {
    StageRule {
        name: stage.name.clone(),
        title: stage.title.clone(),
        points: Points::whole(stage.points),
        partial: stage.partial,
        hidden: stage.hidden,
    }
}

fn measure_rules(lab: &Lab) -> Vec<MeasureRule> {
    let rule = |measure: &lab::Measure| MeasureRule {
        name: measure.name.clone(),
        what: match measure.what {
            lab::What::Utilization => What::Utilization,
            lab::What::TouchesPerOp => What::TouchesPerOp,
            lab::What::Throughput => What::Throughput,
        },
        points: Points::whole(measure.points),
        none: measure.none,
        full: measure.full,
    };
    lab.grade.measures.iter().map(rule).collect()
}

fn check_of(lab: &Lab, stage: &lab::Stage, index: usize, checked: &Checked<'_>) -> Check {
    let title = checked.check.title.clone();
    let again = (!stage.hidden).then(|| match &lab.c {
        Some(c) => format!("heaplab grade {} --lab {}", c.file, lab.name),
        None => format!("cargo run -p lab-{} -- stage {} {}", lab.name, stage.name, index + 1),
    });
    let check = match &checked.verdict {
        Verdict::Passed(_) => Check::passed(title),
        Verdict::Another(mismatch) => {
            let fault = Fault {
                code: "another-heap".to_owned(),
                message: mismatch.to_string(),
                line: None,
                operation: None,
                again,
            };
            Check::failed(title, fault)
        }
        Verdict::Faulty(diagnosis) => {
            let mut fault = fault(&diagnosis.fault, again);
            // In Rust the line may be one of the lab's own file.
            if let (Some(_), Some(source)) = (&lab.c, &diagnosis.source) {
                let file = source.file.trim_start_matches("./");
                let function = diagnosis.calls.first().map(|call| call.function.as_str());
                let function = function.map_or(String::new(), |name| format!(" in `{name}`"));
                fault.message += &format!(", at {file}:{}{function}", source.line);
            }
            Check::failed(title, fault)
        }
    };
    if stage.hidden { check.hidden(operations(checked)) } else { check }
}

/// Returns the operations of a check, or the name of its trace file.
fn operations(checked: &Checked<'_>) -> String {
    match &checked.check.trace {
        Some(operations) => operations.clone(),
        None => checked.input.trace.name().to_owned(),
    }
}

fn trace_result(
    lab: &Lab,
    trace: &GradedTrace,
    facts: Result<heaplab_replay::Facts, FaultReport>,
) -> TraceResult {
    let name = trace.input.trace.name().to_owned();
    let counts = Counts::from(trace.input.trace.weight());
    match facts {
        Ok(facts) => TraceResult::sound(name, trace.hidden, counts, facts),
        Err(report) => {
            let again = (!trace.hidden).then(|| {
                let until = report.line.map_or(String::new(), |line| format!(" --until {line}"));
                let place = shown_trace(lab, &trace.input);
                let heap = match &lab.c {
                    Some(c) => format!("heaplab check ./{} --align {}", c.file, lab.grade.align),
                    None => format!("cargo run -p lab-{} -- check mine", lab.name),
                };
                format!("{heap} --trace {place}{until}")
            });
            TraceResult::at_fault(name, trace.hidden, counts, fault(&report, again))
        }
    }
}

/// Returns a trace's path from the workspace's folder; a trace of a lab that is elsewhere has one
/// from the folder around the lab.
fn shown_trace(lab: &Lab, input: &Input) -> String {
    let path = input.path.to_string_lossy();
    let own = format!("{}/traces/", lab.name);
    if let Some((_, below)) = path.rsplit_once("labs/traces/") {
        format!("labs/traces/{below}")
    } else if let Some((_, below)) = path.rsplit_once(&format!("labs/c/{own}")) {
        format!("labs/c/{own}{below}")
    } else if let Some((_, below)) = path.rsplit_once(&own) {
        format!("{own}{below}")
    } else {
        format!("labs/traces/{path}")
    }
}

/// Length limit of a heap's panic message, which may be long.
const MESSAGE_CHARS: usize = 600;

fn fault(report: &FaultReport, again: Option<String>) -> Fault {
    let message: String = report.message.chars().take(MESSAGE_CHARS).collect();
    Fault {
        code: report.code.clone(),
        message,
        line: report.line,
        operation: report.operation.clone(),
        again,
    }
}
