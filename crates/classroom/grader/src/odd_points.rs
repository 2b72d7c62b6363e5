//! Points of a lab that are probably a mistake.

use heaplab_lab::{Lab, Measure, What};

/// What the points of a lab usually add up to.
const USUAL: u32 = 100;

/// Returns a warning for each oddity in the points of a lab: a sum other than 100, stages and
/// measures without points, and points that no submission can earn. `measures_speed` says whether
/// throughput is measured.
pub fn odd_points(lab: &Lab, measures_speed: bool) -> Vec<String> {
    let mut odd = Vec::new();
    let sum = lab.max_points();
    if sum != USUAL {
        let parts = lab.stages.iter().map(|stage| (&stage.name, stage.points));
        let measures = lab.grade.measures.iter().map(|measure| (&measure.name, measure.points));
        let parts: Vec<String> =
            parts.chain(measures).map(|(name, points)| format!("{name} {points}")).collect();
        odd.push(format!(
            "the points of {} add up to {sum}, not to {USUAL}: {}",
            lab.name,
            parts.join(", ")
        ));
    }
    for stage in lab.stages.iter().filter(|stage| stage.points > 0 && stage.checks.is_empty()) {
        odd.push(format!(
            "the {} points of the stage `{}` can't be earned: it has no check",
            stage.points, stage.name
        ));
    }
    // A hidden stage without points is one that is only reported.
    let for_nothing = lab.stages.iter().filter(|stage| stage.points == 0 && !stage.hidden);
    for stage in for_nothing.filter(|stage| !stage.checks.is_empty()) {
        odd.push(format!(
            "the stage `{}` has {} and no points",
            stage.name,
            counted(stage.checks.len(), "check")
        ));
    }
    for stage in &lab.stages {
        // Points have two decimals, and a part of them is rounded down.
        let checks = u32::try_from(stage.checks.len()).unwrap_or(u32::MAX);
        if stage.partial && stage.points > 0 && stage.points.saturating_mul(100) < checks {
            odd.push(format!(
                "a check of the stage `{}` earns less than 0.01 points: {} for {checks} checks",
                stage.name,
                counted(stage.points as usize, "point")
            ));
        }
    }
    for measure in &lab.grade.measures {
        let Measure { name, points, none, full, what, relative } = measure;
        if *points == 0 {
            odd.push(format!("the measure `{name}` has no points"));
            continue;
        }
        let out_of_reach = match what {
            // The reference's value is not known yet.
            _ if *relative => None,
            What::Utilization => (*full > 1.0).then_some("utilization is at most 1"),
            What::TouchesPerOp => (*full < 1.0).then_some("a trace counts at least 1"),
            What::Throughput => None,
        };
        if let Some(why) = out_of_reach {
            odd.push(format!(
                "all {points} points of the measure `{name}` can't be earned: `full` is {full}, \
                 and {why}"
            ));
        }
        let is_upside_down = match what {
            What::Utilization | What::Throughput => none > full,
            What::TouchesPerOp => none < full,
        };
        if is_upside_down {
            odd.push(format!(
                "the measure `{name}` gives more points to worse heaps: `none` is {none}, and \
                 `full` is {full}"
            ));
        }
    }
    let speed = lab.grade.measures.iter().filter(|measure| measure.what == What::Throughput);
    for measure in speed.filter(|measure| measure.points > 0 && !measures_speed) {
        odd.push(format!(
            "the {} points of the measure `{}` can't be earned: speed is measured only with --seconds",
            measure.points, measure.name
        ));
    }
    odd
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab(stage: u32, work: u32, what: &str, check: &str) -> Lab {
        let text = format!(
            "name = \"9-x\"\ntitle = \"X\"\nreference = \"implicit\"\n\
             [[stage]]\nname = \"empty\"\ntitle = \"Empty\"\npoints = {stage}\ntask = \"t\"\n\
             chapter = \"c\"\n{check}\n[grade]\ntraces = []\n\
             [[grade.measure]]\nname = \"work\"\nwhat = \"{what}\"\npoints = {work}\nnone = 0\nfull = 1\n"
        );
        Lab::parse(&text).unwrap()
    }

    const CHECK: &str = "[[stage.check]]\ntitle = \"c\"\ntrace = \"\"";

    #[test]
    fn a_lab_of_a_hundred_points_that_can_be_earned_is_not_odd() {
        assert_eq!(odd_points(&lab(40, 60, "utilization", CHECK), false), [""; 0]);
        assert_eq!(odd_points(&lab(40, 60, "throughput", CHECK), true), [""; 0]);
        assert_eq!(odd_points(&lab(0, 100, "utilization", ""), false), [""; 0]);
    }

    #[test]
    fn stages_and_measures_without_points_are_odd_unless_they_are_hidden() {
        let odd = lab(0, 100, "utilization", CHECK);
        assert_eq!(odd_points(&odd, false), ["the stage `empty` has 1 check and no points"]);
        let mut hidden = odd;
        hidden.stages[0].hidden = true;
        assert_eq!(odd_points(&hidden, false), [""; 0]);
        let odd = lab(100, 0, "utilization", CHECK);
        assert_eq!(odd_points(&odd, false), ["the measure `work` has no points"]);
        let mut many = lab(1, 99, "utilization", CHECK);
        many.stages[0].checks = vec![many.stages[0].checks[0].clone(); 101];
        assert_eq!(
            odd_points(&many, false),
            ["a check of the stage `empty` earns less than 0.01 points: 1 point for 101 checks"]
        );
    }

    #[test]
    fn thresholds_out_of_reach_or_upside_down_are_odd() {
        let with = |what: &str, none: f64, full: f64| {
            let mut lab = lab(40, 60, what, CHECK);
            (lab.grade.measures[0].none, lab.grade.measures[0].full) = (none, full);
            odd_points(&lab, true)
        };
        assert_eq!(
            with("utilization", 40.0, 90.0),
            [
                "all 60 points of the measure `work` can't be earned: `full` is 90, and utilization is at most 1"
            ]
        );
        assert_eq!(
            with("utilization", 0.9, 0.4),
            [
                "the measure `work` gives more points to worse heaps: `none` is 0.9, and `full` is 0.4"
            ]
        );
        assert_eq!(with("touches-per-op", 400.0, 60.0), [""; 0]);
        assert_eq!(with("touches-per-op", 60.0, 400.0).len(), 1);
        assert_eq!(with("touches-per-op", 60.0, 0.5).len(), 1);
        assert_eq!(with("throughput", 0.1, 3.0), [""; 0]);
    }

    #[test]
    fn oddities_are_named_with_the_part() {
        assert_eq!(
            odd_points(&lab(40, 50, "utilization", CHECK), false),
            ["the points of 9-x add up to 90, not to 100: empty 40, work 50"]
        );
        assert_eq!(
            odd_points(&lab(40, 60, "throughput", ""), false),
            [
                "the 40 points of the stage `empty` can't be earned: it has no check",
                "the 60 points of the measure `work` can't be earned: speed is measured only with --seconds"
            ]
        );
    }
}
