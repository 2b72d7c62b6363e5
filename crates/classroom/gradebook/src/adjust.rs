//! Adjustments by hand: points that a person gives or takes, with a reason.
//!
//! They stand in a file beside the records and are keyed by name, so that grading again does not
//! lose them.

use crate::finder::{Finder, Who};
use crate::roster::{Id, Kind, Roster, Student, people};
use crate::table::Table;
use heaplab_grade::{Points, Record};
use heaplab_support::{Error, did_you_mean};
use heaplab_trace::Visible;
use serde::Deserialize;

/// Adjustments of a class.
#[derive(Clone, Debug, Default)]
pub struct Adjustments {
    all: Vec<Adjustment>,
}

/// An adjustment.
#[derive(Clone, Debug)]
struct Adjustment {
    whose: Student,
    effect: Effect,
    reason: String,
}

/// What an adjustment does, for a student.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjusted {
    /// What it does.
    pub effect: Effect,
    /// Why.
    pub reason: String,
}

/// What an adjustment does to points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Adds.
    Plus(Points),
    /// Subtracts; never below zero.
    Minus(Points),
    /// Replaces all points.
    Set(Points),
}

impl Effect {
    /// Reads `+5`, `5`, `-2.5` or `=80`.
    fn parse(text: &str) -> Result<Effect, String> {
        let text = text.trim();
        let (make, number): (fn(Points) -> Effect, &str) = match text.split_at_checked(1) {
            Some(("+", rest)) => (Effect::Plus, rest),
            Some(("-" | "\u{2212}", rest)) => (Effect::Minus, rest),
            Some(("=", rest)) => (Effect::Set, rest),
            _ => (Effect::Plus, text),
        };
        let wrong = || format!("`{}` is not points such as `+5`, `-2.5` or `=80`", text.visible());
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        if number.is_sign_negative() {
            return Err(wrong());
        }
        Points::from_f64(number).map(make).map_err(|error| error.to_string())
    }

    /// Returns the points afterwards.
    pub fn apply(self, points: Points) -> Points {
        match self {
            Effect::Plus(more) => points + more,
            Effect::Minus(less) => {
                Points::from_hundredths(points.hundredths().saturating_sub(less.hundredths()))
            }
            Effect::Set(points) => points,
        }
    }

    /// Returns it as it is written in a file.
    pub fn words(self) -> String {
        match self {
            Effect::Plus(points) => format!("+{points}"),
            Effect::Minus(points) => format!("-{points}"),
            Effect::Set(points) => format!("={points}"),
        }
    }
}

/// An adjustment in TOML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    adjustment: Vec<InFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InFile {
    name: String,
    points: toml::Value,
    reason: String,
}

impl Adjustments {
    /// Reads a table with the columns of a roster, and `points` and `reason`.
    ///
    /// # Errors
    /// If a column is missing, or a row lacks a name, points or a reason.
    pub fn of_table(table: &Table) -> Result<Adjustments, Error> {
        let column = |name: &str| {
            table.column(&[name]).ok_or_else(|| {
                Error::new(format!(
                    "error: {}: there is no column `{name}` in it: {}",
                    table.place.visible(),
                    table.columns()
                ))
            })
        };
        let (points, reason) = (column("points")?, column("reason")?);
        let rows = table.rows.iter().zip(people(table)?);
        let read = rows.map(|(row, person)| {
            let place = format!("{}, line {}", table.place.visible(), row.line);
            let wrong = |why: &str| Error::new(format!("error: {place}: {why}"));
            let whose = person.ok_or_else(|| wrong("it does not say who is meant"))?;
            Adjustment::new(whose, &row.cells[points], &row.cells[reason])
                .map_err(|why| wrong(&why))
        });
        Ok(Adjustments { all: read.collect::<Result<_, Error>>()? })
    }

    /// Reads TOML: a list `[[adjustment]]` of `name`, `points` and `reason`.
    ///
    /// # Errors
    /// If it is not such a list.
    pub fn of_toml(place: &str, text: &str) -> Result<Adjustments, Error> {
        let wrong = |why: &str| Error::new(format!("error: {}: {why}", place.visible()));
        let file: File = toml::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        let read = file.adjustment.into_iter().enumerate().map(|(index, one)| {
            let place = format!("{}, adjustment {}", place.visible(), index + 1);
            let whose = Student { name: Some(one.name), place, ..Student::default() };
            let points = one.points.as_str().map_or_else(|| one.points.to_string(), str::to_owned);
            let called = whose.called_in_full();
            Adjustment::new(whose, &points, &one.reason)
                .map_err(|why| wrong(&format!("{called}: {why}")))
        });
        Ok(Adjustments { all: read.collect::<Result<_, Error>>()? })
    }

    /// Returns the adjustments of each student of the roster, in the order of the file.
    ///
    /// # Errors
    /// If a name is not that of one student or record, or two set the points of one student.
    pub fn of_students(
        &self,
        records: &[Record],
        roster: &Roster,
        records_of: &[Vec<usize>],
    ) -> Result<Vec<Vec<Adjusted>>, Error> {
        let finder = Finder::new(roster);
        let mut adjusted: Vec<Vec<Adjusted>> = vec![Vec::new(); roster.students.len()];
        for one in &self.all {
            for student in one.students(records, roster, &finder, records_of)? {
                let is_set = |effect: Effect| matches!(effect, Effect::Set(_));
                if is_set(one.effect) && adjusted[student].iter().any(|other| is_set(other.effect))
                {
                    return Err(Error::new(format!(
                        "error: {}: the points are set twice",
                        one.whose.called_in_full()
                    )));
                }
                adjusted[student].push(Adjusted { effect: one.effect, reason: one.reason.clone() });
            }
        }
        Ok(adjusted)
    }
}

impl Adjustment {
    fn new(whose: Student, points: &str, reason: &str) -> Result<Adjustment, String> {
        let effect = Effect::parse(points)?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err("an adjustment needs a reason".to_owned());
        }
        Ok(Adjustment { whose, effect, reason: reason.to_owned() })
    }

    /// Returns the students who are meant: one, or the group that handed in a record.
    fn students(
        &self,
        records: &[Record],
        roster: &Roster,
        finder: &Finder,
        records_of: &[Vec<usize>],
    ) -> Result<Vec<usize>, Error> {
        let name = self.whose.submission.as_ref().or(self.whose.name.as_ref());
        let record =
            name.and_then(|name| records.iter().position(|one| one.submission.name == *name));
        if let Some(record) = record {
            let of_record = records_of.iter().enumerate();
            let students = of_record.filter(|(_, records)| records.contains(&record));
            let students: Vec<usize> = students.map(|(index, _)| index).collect();
            if !students.is_empty() {
                return Ok(students);
            }
        }
        let mut who = Who::of_student(&self.whose);
        who.ids.extend(name.map(|name| Id { kind: Kind::Unknown, text: name.clone() }));
        match finder.find(&who).as_slice() {
            [one] => Ok(vec![*one]),
            [] => Err(self.unknown(records, roster)),
            several => {
                let called: Vec<String> =
                    several.iter().map(|&index| roster.students[index].called_in_full()).collect();
                Err(Error::new(format!(
                    "error: the adjustment of {} could be that of {}",
                    self.whose.called_in_full(),
                    called.join(" or ")
                )))
            }
        }
    }

    fn unknown(&self, records: &[Record], roster: &Roster) -> Error {
        let records = records.iter().map(|record| record.submission.name.as_str());
        let students = roster.students.iter().filter_map(|student| student.name.as_deref());
        let known: Vec<&str> = records.chain(students).collect();
        Error::new(format!(
            "error: the adjustment of {} is that of neither a student nor a submission{}",
            self.whose.called_in_full(),
            did_you_mean(&self.whose.called(), &known)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::record;
    use crate::matching::match_records;

    fn of_class(adjustments: &Adjustments) -> Result<Vec<Vec<Adjusted>>, Error> {
        let records = [record("ada"), record("team")];
        let text = "name,id,submission\nAda L,1,ada\nBob,2,team\nEve,3,team\n";
        let roster = Roster::read(&Table::read("roster.csv", text.as_bytes()).unwrap()).unwrap();
        let matching = match_records(&records, &roster).unwrap();
        adjustments.of_students(&records, &roster, &matching.records_of)
    }

    fn csv(text: &str) -> Result<Vec<Vec<Adjusted>>, Error> {
        let table = Table::read("adjustments.csv", text.as_bytes())?;
        of_class(&Adjustments::of_table(&table)?)
    }

    #[test]
    fn students_and_records_are_named_in_both_formats() {
        let text = "name,points,reason\nada,+5,a\nL Ada,-2.5,b\nteam,=80,c\n3,1,d\n";
        let toml = "[[adjustment]]\nname = \"ada\"\npoints = 5\nreason = \"a\"\n\
            [[adjustment]]\nname = \"Ada L\"\npoints = -2.5\nreason = \"b\"\n\
            [[adjustment]]\nname = \"team\"\npoints = \"=80\"\nreason = \"c\"\n\
            [[adjustment]]\nname = \"3\"\npoints = \"1\"\nreason = \"d\"\n";
        let toml = Adjustments::of_toml("adjustments.toml", toml).unwrap();
        for adjusted in [csv(text).unwrap(), of_class(&toml).unwrap()] {
            let effects = |student: usize| {
                let words = adjusted[student].iter().map(|one| one.effect.words() + &one.reason);
                words.collect::<Vec<String>>()
            };
            assert_eq!(effects(0), ["+5.00a", "-2.50b"]);
            assert_eq!(effects(1), ["=80.00c"]);
            assert_eq!(effects(2), ["=80.00c", "+1.00d"]);
        }
    }

    #[test]
    fn points_never_fall_below_zero() {
        assert_eq!(Effect::Minus(Points::whole(9)).apply(Points::whole(5)), Points::ZERO);
        assert_eq!(Effect::Plus(Points::whole(9)).apply(Points::whole(5)), Points::whole(14));
        assert_eq!(Effect::Set(Points::whole(9)).apply(Points::whole(5)), Points::whole(9));
    }

    #[test]
    fn wrong_adjustments_say_where() {
        for (text, why) in [
            (
                "name,points,reason\nadda,1,x\n",
                "adda (adjustments.csv, line 2) is that of neither a student nor a submission; did you mean `ada`?",
            ),
            (
                "name,points,reason\nada,1, \n",
                "adjustments.csv, line 2: an adjustment needs a reason",
            ),
            ("name,points,reason\nada,many,x\n", "`many` is not points"),
            ("name,points,reason\nada,--1,x\n", "`--1` is not points"),
            ("name,points,reason\nada,0.001,x\n", "0.001 can't be points"),
            ("name,points,reason\nada,,x\n", "`` is not points"),
            ("name,points,reason\n,1,x\n", "it does not say who is meant"),
            ("name,points\nada,1\n", "no column `reason`"),
            ("name,points,reason\nada,=1,x\nada,=2,y\n", "the points are set twice"),
        ] {
            let error = csv(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        for text in ["[[adjustment]]\nname = \"a\"\npoints = 1\n", "[[adjustments]]\n", "x"] {
            assert!(Adjustments::of_toml("a.toml", text).is_err(), "{text}");
        }
    }
}
