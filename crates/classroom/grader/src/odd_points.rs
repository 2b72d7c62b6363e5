//! Points of a lab that are probably a mistake.

use heaplab_lab::{Lab, What};

/// What the points of a lab usually add up to.
const USUAL: u32 = 100;

/// Returns a warning for each oddity in the points of a lab: a sum other than 100, and points
/// that no submission can earn. `measures_speed` says whether throughput is measured.
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
    let speed = lab.grade.measures.iter().filter(|measure| measure.what == What::Throughput);
    for measure in speed.filter(|measure| measure.points > 0 && !measures_speed) {
        odd.push(format!(
            "the {} points of the measure `{}` can't be earned: speed is measured only with --seconds",
            measure.points, measure.name
        ));
    }
    odd
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab(stage: u32, work: u32, what: &str, check: &str) -> Lab {
        let text = format!(
            "name = \"9-x\"\ntitle = \"X\"\nreference = \"implicit\"\n\
             [[stage]]\nname = \"empty\"\ntitle = \"Empty\"\npoints = {stage}\ntask = \"t\"\n\
             chapter = \"c\"\n{check}\n[grade]\ntraces = []\n\
             [[grade.measure]]\nname = \"work\"\nwhat = \"{what}\"\npoints = {work}\nnone = 1\nfull = 2\n"
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
