//! The grades of a class: what each student earned, and what was added and taken afterwards.
//!
//! ```text
//!   points of the record  -  late days  then  adjustments by hand  =  the grade
//! ```
//!
//! A record is never changed. Each step is a line of the explanation.

use crate::adjust::{Adjusted, Adjustments, Effect};
use crate::finder::{Finder, Who};
use crate::late::{Lateness, Policy, When};
use crate::matching::{Matching, Stranger, match_records};
use crate::roster::{Roster, Student};
use crate::times::Times;
use crate::used::UsedBefore;
use heaplab_grade::{Points, Record};
use heaplab_support::Error;
use heaplab_trace::Visible;
use jiff::Timestamp;

/// What is done with the points of the records.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// What lateness costs; `None` if nothing.
    pub policy: Option<Policy>,
    /// Days of the budget that were used for earlier labs, besides those that the policy says.
    pub used_before: UsedBefore,
    /// When submissions were handed in.
    pub times: Times,
    /// Which of a student's submissions counts; `None` if no student may have several.
    pub attempts: Option<Attempts>,
    /// Adjustments by hand.
    pub adjustments: Adjustments,
}

/// Which of several submissions of a student counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempts {
    /// The one with the most points, after the penalty for lateness.
    Best,
    /// The last one handed in.
    Last,
}

/// The grades of a class.
#[derive(Clone, Debug)]
pub struct Book<'a> {
    /// A row for each student of the roster.
    pub rows: Vec<Row<'a>>,
    /// Submissions of those who are not in the roster.
    pub strangers: Vec<(String, &'a Record)>,
    /// What else the reader should know: a line each.
    pub remarks: Vec<String>,
}

/// A student, and the grade.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// The student.
    pub student: Student,
    /// The grade; `None` if nothing was handed in and nothing was adjusted.
    pub grade: Option<Grade<'a>>,
}

/// A grade.
#[derive(Clone, Debug)]
pub struct Grade<'a> {
    /// The submission that counts; `None` if there are only adjustments.
    pub record: Option<&'a Record>,
    /// How late it was; `None` if that is not known or does not matter.
    pub lateness: Option<Lateness>,
    /// What the policy takes.
    pub penalty: Points,
    /// The points at the end.
    pub points: Points,
    /// How they came about, a line each.
    pub explanation: Vec<String>,
}

/// A record with what its lateness costs.
struct Attempt<'a> {
    record: &'a Record,
    when: Option<When>,
    lateness: Option<Lateness>,
    penalty: Points,
}

impl<'a> Book<'a> {
    /// Makes the gradebook of records that were graded by one lab.
    ///
    /// # Errors
    /// If it is not clear whose a submission is, which of several counts, how late one is, or
    /// whom an adjustment is for; or if none of the submissions is that of a student.
    pub fn new(records: &'a [Record], roster: &Roster, rules: &Rules) -> Result<Book<'a>, Error> {
        let matching = match_records(records, roster)?;
        if !records.is_empty() && matching.records_of.iter().all(Vec::is_empty) {
            return Err(no_match(records, roster));
        }
        let (whens, mut remarks) = rules.times.of_records(records, roster, &matching.records_of)?;
        let adjusted = rules.adjustments.of_students(records, roster, &matching.records_of)?;
        let terms =
            rules.policy.as_ref().map(|policy| Terms::of(policy, records, roster, &matching));
        let mut terms = terms.transpose()?;
        if let Some(terms) = &mut terms {
            remarks.extend(rules.used_before.add_to(&mut terms.used_days, roster)?);
            terms.all_times_are_known(records, &whens, &matching)?;
        }
        let mut rows = Vec::new();
        for (index, student) in roster.students.iter().enumerate() {
            let attempts = matching.records_of[index].iter().map(|&record| {
                Attempt::new(&records[record], whens[record].clone(), index, terms.as_ref())
            });
            let attempt = counting(attempts.collect(), student, rules.attempts)?;
            let grade = Grade::new(attempt, &adjusted[index], terms.as_ref());
            rows.push(Row { student: student.clone(), grade });
        }
        let strangers = matching.strangers.into_iter();
        let strangers =
            strangers.map(|Stranger { record, called }| (called, &records[record])).collect();
        Ok(Book { rows, strangers, remarks })
    }
}

/// A policy, for each student of a roster.
struct Terms<'p> {
    policy: &'p Policy,
    deadlines: Vec<Timestamp>,
    used_days: Vec<u32>,
}

impl<'p> Terms<'p> {
    fn of(
        policy: &'p Policy,
        records: &[Record],
        roster: &Roster,
        matching: &Matching,
    ) -> Result<Terms<'p>, Error> {
        let students = roster.students.len();
        let mut terms = Terms {
            policy,
            deadlines: vec![policy.deadline; students],
            used_days: vec![0; students],
        };
        for extension in &policy.extensions {
            for student in named(&extension.name, records, roster, matching)? {
                terms.deadlines[student] = extension.deadline;
            }
        }
        for used in &policy.used {
            for student in named(&used.name, records, roster, matching)? {
                terms.used_days[student] = used.days;
            }
        }
        Ok(terms)
    }

    fn lateness(&self, when: Option<&When>, student: usize) -> Option<Lateness> {
        let unknown = self.policy.is_on_time_if_unknown.then_some(&When::OnTime);
        let when = when.or(unknown)?;
        self.policy.lateness(when, self.deadlines[student], self.used_days[student])
    }

    /// Checks that lateness is known of each submission that is a student's.
    fn all_times_are_known(
        &self,
        records: &[Record],
        whens: &[Option<When>],
        matching: &Matching,
    ) -> Result<(), Error> {
        let mut without: Vec<usize> = Vec::new();
        for (student, of_student) in matching.records_of.iter().enumerate() {
            let unknown =
                |index: &&usize| self.lateness(whens[**index].as_ref(), student).is_none();
            without.extend(of_student.iter().filter(unknown));
        }
        without.sort_unstable();
        without.dedup();
        if without.is_empty() {
            return Ok(());
        }
        let is_marked = without.iter().all(|&index| whens[index] == Some(When::MarkedLate));
        let names: Vec<String> = without
            .iter()
            .map(|&index| format!("`{}`", records[index].submission.name.visible()))
            .collect();
        let (what, help) = if is_marked {
            (
                "are marked as late, but not by how much",
                "name a table of times, or set `days_if_marked` in the policy",
            )
        } else {
            (
                "have no known time, so the policy can't be applied",
                "name a table of times or the class's folder; with `unknown_time = \"on-time\"` in \
                 the policy, they count as on time",
            )
        };
        Err(Error::new(format!(
            "error: these submissions {what}: {}\nhelp: {help}",
            names.join(", ")
        )))
    }
}

/// Returns the students whom a name in a policy stands for.
fn named(
    name: &str,
    records: &[Record],
    roster: &Roster,
    matching: &Matching,
) -> Result<Vec<usize>, Error> {
    let record = records.iter().position(|record| record.submission.name == name);
    let of_record: Vec<usize> = record.map_or_else(Vec::new, |record| {
        let students = matching.records_of.iter().enumerate();
        students.filter(|(_, of)| of.contains(&record)).map(|(index, _)| index).collect()
    });
    if !of_record.is_empty() {
        return Ok(of_record);
    }
    match Finder::new(roster).find(&Who::called_this(name)).as_slice() {
        [one] => Ok(vec![*one]),
        [] => Err(Error::new(format!(
            "error: `{}` in the policy is neither a student nor a submission",
            name.visible()
        ))),
        [a, b, ..] => Err(Error::new(format!(
            "error: `{}` in the policy could be {} or {}",
            name.visible(),
            roster.students[*a].called_in_full(),
            roster.students[*b].called_in_full()
        ))),
    }
}

impl<'a> Attempt<'a> {
    fn new(
        record: &'a Record,
        when: Option<When>,
        student: usize,
        terms: Option<&Terms<'_>>,
    ) -> Attempt<'a> {
        let lateness = terms.and_then(|terms| terms.lateness(when.as_ref(), student));
        let penalty = terms.zip(lateness);
        let penalty = penalty.map(|(terms, late)| terms.policy.penalty(record.points, late));
        Attempt { record, when, lateness, penalty: penalty.unwrap_or(Points::ZERO) }
    }

    fn points(&self) -> Points {
        Effect::Minus(self.penalty).apply(self.record.points)
    }
}

/// Returns the attempt of a student that counts.
fn counting<'a>(
    mut attempts: Vec<Attempt<'a>>,
    student: &Student,
    rule: Option<Attempts>,
) -> Result<Option<Attempt<'a>>, Error> {
    if attempts.len() < 2 {
        return Ok(attempts.pop());
    }
    let names: Vec<String> = attempts
        .iter()
        .map(|attempt| format!("`{}`", attempt.record.submission.name.visible()))
        .collect();
    let wrong = |why: &str, help: &str| {
        Error::new(format!(
            "error: {} has several submissions, {}{why}\nhelp: {help}",
            student.called_in_full(),
            names.join(" and ")
        ))
    };
    match rule {
        None => Err(wrong("", "say with --attempts whether the best or the last one counts")),
        Some(Attempts::Best) => {
            // The last maximum is taken; of equals, the first should be.
            attempts.reverse();
            Ok(attempts.into_iter().max_by_key(Attempt::points))
        }
        Some(Attempts::Last) => {
            let at = |attempt: &Attempt<'_>| match attempt.when {
                Some(When::At(time)) => Some((Some(time), 0)),
                Some(When::LateBySeconds(seconds)) => Some((None, seconds)),
                _ => None,
            };
            let times: Option<Vec<_>> = attempts.iter().map(at).collect();
            let times = times.filter(|times| {
                times.iter().all(|(time, _)| time.is_some() == times[0].0.is_some())
            });
            let help = "name a table with the time of each";
            let times = times.ok_or_else(|| wrong(", and their times can't be compared", help))?;
            let last = times.iter().max().copied();
            if times.iter().filter(|time| Some(**time) == last).count() > 1 {
                return Err(wrong(", and two were handed in at the same time", help));
            }
            let index = times.iter().position(|time| Some(*time) == last).unwrap_or(0);
            Ok(Some(attempts.swap_remove(index)))
        }
    }
}

impl<'a> Grade<'a> {
    fn new(
        attempt: Option<Attempt<'a>>,
        adjusted: &[Adjusted],
        terms: Option<&Terms<'_>>,
    ) -> Option<Grade<'a>> {
        if attempt.is_none() && adjusted.is_empty() {
            return None;
        }
        let mut points = attempt.as_ref().map_or(Points::ZERO, Attempt::points);
        let mut explanation = vec![match &attempt {
            Some(attempt) => format!("{} of {}", attempt.record.points, attempt.record.max_points),
            None => "nothing was handed in".to_owned(),
        }];
        if let (Some(attempt), Some(terms)) = (&attempt, terms) {
            explanation.extend(late_line(attempt, terms.policy));
        }
        for one in adjusted {
            points = one.effect.apply(points);
            explanation.push(format!("{}: {}", one.effect.words(), one.reason));
        }
        Some(Grade {
            record: attempt.as_ref().map(|attempt| attempt.record),
            lateness: attempt.as_ref().and_then(|attempt| attempt.lateness),
            penalty: attempt.map_or(Points::ZERO, |attempt| attempt.penalty),
            points,
            explanation,
        })
    }
}

/// Explains what lateness costs, if something is late.
fn late_line(attempt: &Attempt<'_>, policy: &Policy) -> Option<String> {
    let late = attempt.lateness.filter(|late| late.days > 0)?;
    let days = |count: u32| if count == 1 { "1 day".to_owned() } else { format!("{count} days") };
    let free = match late.free_days {
        0 => String::new(),
        free => format!(", {free} of the budget"),
    };
    let why = if policy.max_days.is_some_and(|max| late.days > max) {
        format!(", more than {}", days(policy.max_days.unwrap_or(0)))
    } else if late.days > late.free_days {
        format!(", {} at {}", days(late.days - late.free_days), policy.penalty_per_day.words())
    } else {
        String::new()
    };
    Some(format!("-{}: {} late{free}{why}", attempt.penalty, days(late.days)))
}

fn no_match(records: &[Record], roster: &Roster) -> Error {
    let first = records.first().map_or("", |record| &record.submission.name);
    let student =
        roster.students.first().map_or_else(|| "nothing".to_owned(), Student::called_in_full);
    Error::new(format!(
        "error: none of the {} submissions is that of one of the {} students; the first are `{}` and {student}\n\
         help: is it the roster of this class? A column `submission` names the records",
        records.len(),
        roster.students.len(),
        first.visible()
    ))
}

#[cfg(test)]
mod tests;
