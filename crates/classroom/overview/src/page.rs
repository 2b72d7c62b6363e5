//! The statistics of a class as one page for a browser: one file that needs no other file, in
//! light and in dark.

mod pictures;

use crate::statistics::{FailedCheck, OfMeasure, OfStage, OfTrace, Statistics};
use heaplab_grade::{Record, Verdict};
use heaplab_trace::Visible;
use pictures::Axis;
use std::fmt::Write;

const STYLE: &str = include_str!("page/style.css");

/// Renders the page. `names` are shown for the records, in their order; without them, the page
/// says nothing about single submissions.
pub fn page(records: &[Record], names: Option<&[String]>) -> String {
    let statistics = Statistics::of(records);
    let title = format!("{}: {}", escaped(&statistics.lab), submissions(records.len()));
    let sections = [
        figures(&statistics),
        histogram(&statistics),
        stages(&statistics, names),
        checks(&statistics.failed_checks),
        measures(&statistics.measures),
        traces(&statistics, names),
        names.map(|names| list(records, names)).unwrap_or_default(),
    ];
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{}</body>\n</html>\n",
        sections.concat()
    )
}

fn submissions(count: usize) -> String {
    if count == 1 { "1 submission".to_owned() } else { format!("{count} submissions") }
}

/// The figures at the top: points in five numbers, and verdicts.
fn figures(statistics: &Statistics) -> String {
    let mut items = String::new();
    let mut item = |value: String, what: &str| {
        let _ = writeln!(items, "<li><b>{value}</b>{what}</li>");
    };
    if let Some(five) = &statistics.points {
        let [least, lower, median, upper, most] = five.numbers.map(|number| format!("{number:.2}"));
        item(median, &format!("median, of {}", statistics.max_points));
        item(format!("{:.2}", five.mean), "mean");
        item(format!("{lower} to {upper}"), "the middle half");
        item(format!("{least} to {most}"), "all");
    }
    for (verdict, count) in &statistics.verdicts {
        let what = match verdict {
            Verdict::Graded => "graded",
            Verdict::Refused => "refused",
            Verdict::NotCompiled => "do not compile",
            Verdict::NotASubmission => "without a source",
        };
        item(count.to_string(), what);
    }
    format!("<ul class=\"figures\">\n{items}</ul>\n")
}

fn histogram(statistics: &Statistics) -> String {
    let median = statistics.points.map(|five| five.median());
    format!(
        "<h2>Points</h2>\n<p>How many submissions have how many points.\
         <span class=\"key mark\"></span>median</p>\n{}",
        pictures::histogram(&statistics.histogram, statistics.max_points.as_f64(), median)
    )
}

fn stages(statistics: &Statistics, names: Option<&[String]>) -> String {
    if statistics.stages.is_empty() {
        return String::new();
    }
    let row = |stage: &OfStage| {
        let stopped = match names {
            Some(names) if !stage.stopped.is_empty() => {
                let names: Vec<String> =
                    stage.stopped.iter().map(|&index| escaped(&names[index])).collect();
                format!(
                    "<details><summary>{}</summary>{}</details>",
                    stage.stopped.len(),
                    names.join(", ")
                )
            }
            _ => stage.stopped.len().to_string(),
        };
        let counts = [stage.passed, stage.partly, stage.failed];
        format!(
            "<tr><th scope=\"row\">{}</th><td class=\"picture\">{}</td>\
             <td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
             <td>{stopped}</td></tr>\n",
            escaped(&stage.title),
            pictures::shares(counts),
            stage.passed,
            stage.partly,
            stage.failed
        )
    };
    let rows: String = statistics.stages.iter().map(row).collect();
    format!(
        "<h2>Stages</h2>\n<p>A submission is stopped by the first stage that it does not pass.\
         <span class=\"key good\"></span>all checks<span class=\"key part\"></span>some\
         <span class=\"key bad\"></span>none</p>\n<div class=\"scroll\"><table>\n<thead><tr>\
         <th scope=\"col\">stage</th><th scope=\"col\">submissions</th>\
         <th scope=\"col\" class=\"number\">all</th><th scope=\"col\" class=\"number\">some</th>\
         <th scope=\"col\" class=\"number\">none</th><th scope=\"col\">stopped here</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

fn checks(checks: &[FailedCheck]) -> String {
    if checks.is_empty() {
        return String::new();
    }
    let row = |check: &FailedCheck| {
        format!(
            "<tr><td class=\"code\">{}</td><td>{}</td><td class=\"number\">{} of {}</td><td>{}</td></tr>\n",
            escaped(&check.stage),
            escaped(&check.title),
            check.failed,
            check.run,
            escaped(&check.fault)
        )
    };
    let rows: String = checks.iter().map(row).collect();
    format!(
        "<h2>Checks that failed most often</h2>\n<div class=\"scroll\"><table>\n<thead><tr>\
         <th scope=\"col\">stage</th><th scope=\"col\">check</th>\
         <th scope=\"col\" class=\"number\">failed</th><th scope=\"col\">most often with</th>\
         </tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

fn measures(measures: &[OfMeasure]) -> String {
    if measures.is_empty() {
        return String::new();
    }
    let row = |measure: &OfMeasure| {
        let numbers = match &measure.values {
            Some(five) => five.numbers.map(|number| format!("{number:.3}")),
            None => ["none", "", "", "", ""].map(str::to_owned),
        };
        let numbers = numbers.map(|number| format!("<td class=\"number\">{number}</td>"));
        let count = measure.values.map_or(0, |five| five.count);
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{count}</td>{}\
             <td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
            escaped(&measure.name),
            measure.what,
            numbers.concat(),
            measure.limits.0,
            measure.limits.1
        )
    };
    let rows: String = measures.iter().map(row).collect();
    let heads = ["values", "least", "quartile", "median", "quartile", "largest"];
    let limits = ["earns none", "earns all"];
    let heads = heads.iter().chain(&limits);
    let heads: String =
        heads.map(|head| format!("<th scope=\"col\" class=\"number\">{head}</th>")).collect();
    format!(
        "<h2>Measures</h2>\n<div class=\"scroll\"><table>\n<thead><tr>\
         <th scope=\"col\">measure</th><th scope=\"col\">of</th>{heads}</tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

fn traces(statistics: &Statistics, names: Option<&[String]>) -> String {
    if statistics.traces.is_empty() {
        return String::new();
    }
    let all = statistics.traces.iter().flat_map(|trace| &trace.touches_per_op);
    let most = all.map(|(_, value)| *value).fold(1.0, f64::max);
    let (percent, touches) = (Axis::percent(), Axis::logarithmic(most));
    let row = |trace: &OfTrace| {
        format!(
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{} of {}</td>\
             <td class=\"picture\">{}</td><td class=\"picture\">{}</td></tr>\n",
            escaped(&trace.name),
            trace.valid,
            trace.run,
            pictures::spread(&trace.utilization, &percent, names),
            pictures::spread(&trace.touches_per_op, &touches, names)
        )
    };
    let rows: String = statistics.traces.iter().map(row).collect();
    format!(
        "<h2>Traces</h2>\n<p>A dot is a submission, a box the middle half of them.\
         <span class=\"key mark\"></span>median</p>\n<div class=\"scroll\"><table>\n<thead><tr>\
         <th scope=\"col\">trace</th><th scope=\"col\" class=\"number\">valid</th>\
         <th scope=\"col\">utilization{}</th>\
         <th scope=\"col\">loads and stores an operation{}</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table></div>\n",
        pictures::axis(&percent),
        pictures::axis(&touches)
    )
}

/// Returns a row for each submission, the one with most points first.
fn list(records: &[Record], names: &[String]) -> String {
    let mut order: Vec<(&Record, &String)> = records.iter().zip(names).collect();
    order.sort_by(|(a, name), (b, other)| b.points.cmp(&a.points).then(name.cmp(other)));
    let row = |(record, name): (&Record, &String)| {
        let passed = record.stages.iter().filter(|stage| stage.passed).count();
        let first = record.stages.iter().find(|stage| !stage.passed);
        let stopped = first.map(|stage| escaped(&stage.title)).unwrap_or_default();
        let verdict = match record.verdict {
            Verdict::Graded => stopped,
            verdict => escaped(verdict.words()),
        };
        format!(
            "<tr><th scope=\"row\" class=\"name\">{}</th><td class=\"number\">{}</td>\
             <td class=\"number\">{passed} of {}</td><td>{verdict}</td></tr>\n",
            escaped(name),
            record.points,
            record.stages.len()
        )
    };
    let rows: String = order.into_iter().map(row).collect();
    format!(
        "<h2>Submissions</h2>\n<div class=\"scroll\"><table>\n<thead><tr>\
         <th scope=\"col\">submission</th><th scope=\"col\" class=\"number\">points</th>\
         <th scope=\"col\" class=\"number\">stages</th><th scope=\"col\">stopped by</th>\
         </tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// Returns a text as HTML shows it, with hidden characters made visible.
fn escaped(text: &str) -> String {
    let text = text.visible();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{class, not_compiled};
    use quick_xml::Reader;
    use quick_xml::events::Event;

    fn names(records: &[Record]) -> Vec<String> {
        records.iter().map(|record| record.submission.name.clone()).collect()
    }

    /// Checks that every element is closed, apart from those that HTML never closes.
    fn is_well_formed(page: &str) {
        let page = page.replace("<!DOCTYPE html>\n", "").replace("\">\n<meta", "\"/>\n<meta");
        let page = page.replace("scale=1\">\n<title", "scale=1\"/>\n<title");
        let mut reader = Reader::from_str(&page);
        loop {
            match reader.read_event() {
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(error) => panic!("{error} at {}", reader.error_position()),
            }
        }
    }

    #[test]
    fn the_page_needs_no_other_file_and_is_well_formed() {
        let class = class();
        for page in [page(&class, Some(&names(&class))), page(&class, None), page(&[], None)] {
            is_well_formed(&page);
            for outside in ["http", "src=", "href=", "<script", "NaN", "inf"] {
                assert!(!page.contains(outside), "{outside}");
            }
        }
        is_well_formed(&page(&[not_compiled("bob")], Some(&["bob".to_owned()])));
    }

    #[test]
    fn names_are_escaped_and_can_be_left_out() {
        let class = class();
        let with = page(&class, Some(&names(&class)));
        assert!(with.contains("&lt;b&gt;&amp;&quot;eve\\u{202e}"), "{with}");
        assert!(!with.contains("<b>&"), "{with}");
        let without = page(&class, None);
        assert!(!without.contains("student-1") && !without.contains("eve"), "{without}");
        assert!(without.contains("place &lt;blocks&gt;"));
    }

    #[test]
    fn the_page_says_whom_which_stage_stops() {
        let class = class();
        let page = page(&class, Some(&names(&class)));
        let stopped = "<summary>3</summary>student-0, student-1, bob</details>";
        assert!(page.contains(stopped), "{page}");
        assert!(page.contains("<td class=\"number\">5 of 6</td><td>T21</td>"), "{page}");
    }
}
