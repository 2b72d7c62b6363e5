//! A leaderboard as text, Markdown, CSV and JSON.

use super::{Leaderboard, Standing};
use crate::formats::csv::harmless;
use crate::formats::{line, pretty, prose};

const HEADS: [&str; 5] = ["rank", "name", "points", "utilization", "loads and stores/op"];

impl Leaderboard {
    /// Renders a table for a terminal.
    pub fn text(&self) -> String {
        let rows: Vec<[String; 5]> =
            self.standings.iter().map(|standing| cells(standing, line)).collect();
        let rows: Vec<[String; 5]> = [HEADS.map(str::to_owned)].into_iter().chain(rows).collect();
        let width =
            |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 5] = std::array::from_fn(width);
        let shown = |row: &[String; 5]| {
            let padded =
                row.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column {
                    1 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                });
            padded.collect::<Vec<_>>().join("  ") + "\n"
        };
        rows.iter().map(shown).collect()
    }

    /// Renders a table in Markdown.
    pub fn markdown(&self) -> String {
        let heads = format!("| {} |\n|---:|---|---:|---:|---:|\n", HEADS.join(" | "));
        let row = |standing| format!("| {} |\n", cells(standing, prose).join(" | "));
        heads + &self.standings.iter().map(row).collect::<String>()
    }

    /// Renders a table for spreadsheets; none of its names is a formula.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let heads = ["rank", "name", "points", "max_points", "utilization", "touches_per_op"];
        let figure =
            |figure: Option<f64>| figure.map(|figure| figure.to_string()).unwrap_or_default();
        let row = |standing: &Standing| {
            [
                standing.rank.to_string(),
                harmless(&standing.name),
                standing.points.to_string(),
                standing.max_points.to_string(),
                figure(standing.utilization),
                figure(standing.touches_per_op),
            ]
        };
        let rows = [heads.map(str::to_owned)].into_iter().chain(self.standings.iter().map(row));
        for row in rows {
            #[expect(
                clippy::expect_used,
                reason = "memory takes everything, and all rows are equally long"
            )]
            writer.write_record(row).expect("a row of text");
        }
        let bytes = writer.into_inner().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Renders `{"schema": "heaplab.leaderboard.v1", "standings": [..]}`.
    pub fn json(&self) -> String {
        pretty(self)
    }
}

fn cells(standing: &Standing, name: impl Fn(&str) -> String) -> [String; 5] {
    let percent = |value: f64| format!("{:.1}%", value * 100.0);
    [
        standing.rank.to_string(),
        name(&standing.name),
        format!("{}/{}", standing.points, standing.max_points),
        standing.utilization.map(percent).unwrap_or_default(),
        standing.touches_per_op.map(|value| format!("{value:.1}")).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Names;
    use super::*;
    use crate::examples::{record, sound};

    #[test]
    fn the_leaderboard_has_four_formats() {
        let mut odd = record();
        odd.submission.name = "=a|b\n".into();
        let board = Leaderboard::new(&[odd, sound()], &Names::AsHandedIn);
        assert_eq!(
            board.text(),
            "rank  name        points  utilization  loads and stores/op\n   \
                1  grace  36.00/36.00        75.0%                  3.0\n   \
                2  =a|b   21.00/36.00        50.0%                     \n"
        );
        assert!(
            board.markdown().ends_with("| 2 | \\=a\\|b | 21.00/36.00 | 50.0% |  |\n"),
            "{}",
            board.markdown()
        );
        assert!(board.csv().contains("\n2,\"'=a|b\n\",21.00,36.00,0.5,\n"), "{}", board.csv());
        let json: serde_json::Value = serde_json::from_str(&board.json()).unwrap();
        assert_eq!(json["standings"][0]["points"], 36);
        assert_eq!(json["standings"][1]["touches_per_op"], serde_json::Value::Null);
    }
}
