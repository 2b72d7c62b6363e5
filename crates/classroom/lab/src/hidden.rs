//! What an instructor keeps from students until a date: a `hidden.toml` with further stages.

use crate::definition::{Check, Lab, Stage};
use crate::lab_error::LabError;
use serde::Deserialize;
use toml::value::Datetime;

/// The content of a `hidden.toml`. It lies in a folder with hidden traces, outside of what students
/// get.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HiddenFile {
    /// When students may see what is hidden; `None` if the file does not say.
    #[serde(default)]
    pub show_after: Option<DateOrText>,
    /// When students on Gradescope see it.
    #[serde(default)]
    pub gradescope: OnGradescope,
    /// The hidden stages.
    #[serde(default, rename = "stage")]
    stages: Vec<HiddenStage>,
}

/// A date of TOML, or a text that should be one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum DateOrText {
    /// A date without quotes.
    Date(Datetime),
    /// A text.
    Text(String),
}

/// When students on Gradescope see what hidden traces and checks hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnGradescope {
    /// As everywhere: whether each is fine at once, and the rest after the date.
    #[default]
    AsElsewhere,
    /// All of it after the due date. Until then, Gradescope hides the total too.
    AfterDueDate,
    /// All of it when the grades are published. Until then, Gradescope hides the total too.
    AfterPublished,
}

/// A hidden stage: a stage without what only students need.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct HiddenStage {
    name: String,
    #[serde(default)]
    title: Option<String>,
    /// Points for it. Without points it is only shown.
    #[serde(default)]
    points: u32,
    #[serde(default = "yes")]
    partial: bool,
    #[serde(default, rename = "check")]
    checks: Vec<Check>,
}

fn yes() -> bool {
    true
}

impl HiddenFile {
    /// Parses the text of a `hidden.toml`.
    ///
    /// # Errors
    /// If the text is not TOML, or has an unknown field or lacks one, with the line.
    pub fn parse(text: &str) -> Result<HiddenFile, LabError> {
        toml::from_str(text).map_err(|error| LabError::new(error.to_string()))
    }

    /// Returns the hidden stages.
    ///
    /// # Errors
    /// If a stage has no check, or the operations of a check are not valid.
    pub fn stages(self) -> Result<Vec<Stage>, LabError> {
        self.stages.into_iter().map(HiddenStage::into_stage).collect()
    }
}

impl HiddenStage {
    fn into_stage(self) -> Result<Stage, LabError> {
        let name = self.name;
        if self.checks.is_empty() {
            return Err(LabError::new(format!(
                "hidden stage `{name}` has no check: give it a [[stage.check]]"
            )));
        }
        for check in &self.checks {
            if let Some(Err(error)) = check.short_trace(&name) {
                let title = &check.title;
                return Err(LabError::new(format!(
                    "hidden stage `{name}`, check `{title}`: {error}"
                )));
            }
        }
        Ok(Stage {
            title: self.title.unwrap_or_else(|| name.clone()),
            name,
            needs: None,
            points: self.points,
            partial: self.partial,
            task: String::new(),
            chapter: String::new(),
            learned: String::new(),
            hints: Vec::new(),
            checks: self.checks,
            hidden: true,
        })
    }
}

impl Lab {
    /// Returns the lab with hidden stages after its own.
    ///
    /// # Errors
    /// If two stages have the same name, or a check is not consistent.
    pub fn with_hidden(mut self, stages: Vec<Stage>) -> Result<Lab, LabError> {
        self.stages.extend(stages);
        self.check()?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIDDEN: &str = r#"
        show_after = 2026-12-01T23:59:00+01:00
        [[stage]]
        name = "extra"
        points = 10
        [[stage.check]]
        title = "a block that is freed and taken again"
        trace = "a 0 24, f 0, a 1 24, f 1"
    "#;

    fn stages(text: &str) -> Result<Vec<Stage>, LabError> {
        HiddenFile::parse(text)?.stages()
    }

    #[test]
    fn a_hidden_stage_needs_a_name_and_checks() {
        let file = HiddenFile::parse(HIDDEN).unwrap();
        assert_eq!(file.gradescope, OnGradescope::AsElsewhere);
        assert!(matches!(file.show_after, Some(DateOrText::Date(_))));
        let stages = file.stages().unwrap();
        let extra = &stages[0];
        assert_eq!((extra.title.as_str(), extra.points, extra.hidden), ("extra", 10, true));
        assert_eq!(stages_of("gradescope = \"after-published\""), Ok(0));
        assert_eq!(stages_of(""), Ok(0));
    }

    fn stages_of(text: &str) -> Result<usize, LabError> {
        stages(text).map(|stages| stages.len())
    }

    #[test]
    fn bad_files_are_refused_with_the_reason() {
        let error = |from: &str, to: &str| {
            assert!(HIDDEN.contains(from));
            stages(&HIDDEN.replace(from, to)).unwrap_err().to_string()
        };
        assert!(error("points = 10", "points = -1").contains("line 5"));
        assert!(error("points = 10", "task = \"t\"").contains("unknown field `task`"));
        assert!(error("f 1\"", "f 7\"").contains("hidden stage `extra`, check `a block"));
        assert!(error("show_after", "show_before").contains("unknown field `show_before`"));
        let none = stages("[[stage]]\nname = \"extra\"\n").unwrap_err().to_string();
        assert!(none.contains("has no check"), "{none}");
    }

    #[test]
    fn a_hidden_stage_can_t_have_the_name_of_another() {
        let lab = "name = \"9-x\"\ntitle = \"X\"\nreference = \"implicit\"\n\
             [[stage]]\nname = \"extra\"\ntitle = \"E\"\npoints = 1\ntask = \"t\"\nchapter = \"c\"\n[grade]\n";
        let lab = Lab::parse(lab).unwrap();
        let twice = lab.clone().with_hidden(stages(HIDDEN).unwrap());
        assert!(twice.unwrap_err().to_string().contains("two stages `extra`"));
        let other = stages(&HIDDEN.replace("\"extra\"", "\"other\"")).unwrap();
        let lab = lab.with_hidden(other).unwrap();
        assert_eq!((lab.stages.len(), lab.max_points()), (2, 11));
        let neither = HIDDEN.replace("trace =", "words = \"\" #");
        let neither = neither.replace("extra", "other");
        let lab = Lab { stages: Vec::new(), ..lab };
        let error = lab.with_hidden(stages(&neither).unwrap()).unwrap_err().to_string();
        assert!(error.contains("give either `trace` or `file`"), "{error}");
    }
}
