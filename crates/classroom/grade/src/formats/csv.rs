//! A gradebook: a row for each submission, a column for each stage and measure.

use super::words::{is_hidden, unhidden};
use crate::{Measure, Points, Record, Stage};

/// Returns the gradebook of records that were graded by one lab, in their order.
///
/// Spreadsheets take a field that starts with `=`, `+`, `-` or `@`
/// for a formula, and students choose the names. Such a field gets
/// an apostrophe in front, so that spreadsheets take it for a text.
pub fn gradebook(records: &[Record]) -> String {
    let columns = Columns::of(records);
    let mut writer = csv::Writer::from_writer(Vec::new());
    #[expect(
        clippy::expect_used,
        reason = "memory takes everything, and all rows are equally long"
    )]
    let mut put = |fields: Vec<String>| writer.write_record(fields).expect("a row of text");
    put(columns.header());
    for record in records {
        put(columns.row(record));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Names of all stages and measures, each once.
struct Columns<'a> {
    stages: Vec<&'a str>,
    measures: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(records: &'a [Record]) -> Columns<'a> {
        let stages = records.iter().flat_map(|record| &record.stages);
        let measures = records.iter().flat_map(|record| &record.measures);
        Columns {
            stages: once_each(stages.map(|stage: &Stage| stage.name.as_str())),
            measures: once_each(measures.map(|measure: &Measure| measure.name.as_str())),
        }
    }

    fn header(&self) -> Vec<String> {
        let mut fields =
            ["submission", "verdict", "points", "max_points"].map(str::to_owned).to_vec();
        fields.extend(self.stages.iter().map(|name| format!("stage {name}")));
        for name in &self.measures {
            fields.push(format!("measure {name}"));
            fields.push(format!("value {name}"));
        }
        fields.extend(["valid_traces", "traces", "file", "lab", "key"].map(str::to_owned));
        fields
    }

    fn row(&self, record: &Record) -> Vec<String> {
        let mut fields = vec![
            harmless(&record.submission.name),
            record.verdict.name().to_owned(),
            record.points.to_string(),
            record.max_points.to_string(),
        ];
        for name in &self.stages {
            let stage = record.stages.iter().find(|stage| stage.name == *name);
            fields.push(shown(stage.map(|stage| stage.points)));
        }
        for name in &self.measures {
            let measure = record.measures.iter().find(|measure| measure.name == *name);
            fields.push(shown(measure.map(|measure| measure.points)));
            let value = measure.and_then(|measure| measure.value);
            fields.push(value.map(|value| value.to_string()).unwrap_or_default());
        }
        let valid = record.traces.iter().filter(|trace| trace.valid).count();
        fields.extend([
            valid.to_string(),
            record.traces.len().to_string(),
            harmless(record.submission.file.as_deref().unwrap_or_default()),
            harmless(&record.lab.name),
            record.key.to_string(),
        ]);
        fields
    }
}

fn once_each<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

/// Returns the text of the points, which is empty if a record lacks the part.
fn shown(points: Option<Points>) -> String {
    points.map(|points| points.to_string()).unwrap_or_default()
}

/// Returns a text that no spreadsheet computes, and in which nothing is hidden. Some spreadsheets
/// skip blanks in front, and take the wide forms of the signs for the others. Characters that
/// change the direction of writing or control a terminal are written as `\u{202e}`.
pub fn harmless(text: &str) -> String {
    let starts = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let blank = |c: char| c.is_whitespace() || c.is_control() || is_hidden(c);
    let begins_a_formula =
        text.trim_start_matches(blank).starts_with(starts) || text.starts_with(['\t', '\r']);
    let apostrophe = if begins_a_formula { "'" } else { "" };
    format!("{apostrophe}{}", unhidden(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{any_record, record, refused};
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
        rows.collect()
    }

    #[test]
    fn the_gradebook_has_a_row_per_submission_and_a_column_per_part() {
        let rows = read(&gradebook(&[record(), refused()]));
        let head = "submission,verdict,points,max_points,stage place,stage coalesce,measure utilization,value utilization,\
                    measure work,value work,valid_traces,traces,file,lab,key";
        assert_eq!(rows[0].join(","), head);
        assert_eq!(
            rows[1][..13].join(","),
            "ada,graded,21.00,36.00,6.00,5.00,10.00,0.5,0.00,,2,3,lib.rs"
        );
        assert_eq!(
            rows[2][..13].join(","),
            "eve,refused,0.00,36.00,0.00,0.00,0.00,,0.00,,0,0,lib.rs"
        );
    }

    #[test]
    fn names_cannot_become_formulas() {
        for name in ["=HYPERLINK(\"x\")", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r", "＝1"] {
            let mut record = record();
            record.submission.name = name.into();
            assert_eq!(read(&gradebook(&[record]))[1][0], format!("'{name}"));
        }
        assert_eq!(harmless("\u{202e}=1"), "'\\u{202e}=1");
        assert_eq!(harmless("a\u{202e}b\u{1b}[31m\nc"), "a\\u{202e}b\\u{1b}[31m\nc");
        for name in ["ada", "a=b", "o'neil", ""] {
            assert_eq!(harmless(name), name);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_records_give_a_table(records in prop::collection::vec(any_record(), 1..4)) {
            let rows = read(&gradebook(&records));
            prop_assert_eq!(rows.len(), records.len() + 1);
            for (row, record) in rows[1..].iter().zip(&records) {
                prop_assert_eq!(row.len(), rows[0].len());
                prop_assert_eq!(&row[0], &harmless(&record.submission.name));
            }
        }
    }
}
