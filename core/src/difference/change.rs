use std::fmt;

use crate::StageId;
use crate::store::Json;

/// Everything that is not the same on two sides, by the names of the fields. Empty: they are equal.
#[derive(Debug, Clone, Default)]
pub struct Difference(pub(super) Vec<Change>);

/// One thing that is not the same on two sides: a value, or a whole part that only one of them has.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where it is, from the outside to the inside. Never empty.
    pub place: Vec<Part>,
    /// What it was; `None`: it was not there.
    pub was: Option<Json>,
    /// What it is now; `None`: it is not there any more.
    pub is: Option<Json>,
}

/// A step on the way to a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A field, by its name in the JSON of a definition.
    Field(String),
    /// A stage, which goes by its id.
    Stage {
        /// Its id.
        id: StageId,
        /// Its name, the newer one if it changed.
        name: String,
    },
    /// Something that goes by its name.
    Named {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
        /// The how many-th of this name it is there, from 1.
        occurrence: usize,
    },
    /// A place in a list, from 0.
    Item(usize),
    /// The order of a list whose parts go by their names.
    Order,
}

/// What a named part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A source of artifacts, by its alias.
    Artifact,
    /// A variable.
    Variable,
    /// A job of a stage.
    Job,
    /// A task of a job.
    Task,
}

/// What a change is about, for those who show only a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Which versions are deployed.
    Versions,
    /// Values of variables, wherever they are given.
    Variables,
    /// Anything else of a stage: what starts it, who is asked, its jobs and tasks.
    Stage(StageId),
    /// Anything else of the pipeline.
    Pipeline,
}

impl Difference {
    /// Whether both sides are equal.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All changes.
    pub fn changes(&self) -> &[Change] {
        &self.0
    }

    /// The changes that are about this.
    pub fn of(&self, area: Area) -> impl Iterator<Item = &Change> {
        self.0.iter().filter(move |change| change.area() == area)
    }
}

impl Change {
    /// What it is about.
    pub fn area(&self) -> Area {
        let is_variable = |part: &Part| matches!(part, Part::Named { kind: Kind::Variable, .. });
        if self.place.iter().any(is_variable) {
            return Area::Variables;
        }
        match &self.place[..] {
            [Part::Field(field), ..] if field == "versions" => Area::Versions,
            [Part::Field(_), Part::Stage { id, .. }, ..] => Area::Stage(*id),
            _ => Area::Pipeline,
        }
    }

    /// Where it is, such as `stages[QA].jobs[Agent job].tasks[deploy].inputs.script`.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for part in &self.place {
            let text = match part {
                Part::Field(name) if path.is_empty() => name.clone(),
                Part::Field(name) => format!(".{name}"),
                Part::Stage { name, .. } | Part::Named { name, occurrence: 1, .. } => format!("[{name}]"),
                Part::Named { name, occurrence, .. } => format!("[{name}#{occurrence}]"),
                Part::Item(place) => format!("[{place}]"),
                Part::Order => " (order)".to_owned(),
            };
            path.push_str(&text);
        }
        path
    }
}

impl fmt::Display for Difference {
    /// One line for each change.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, change) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{change}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    /// `PATH: WAS became IS`, `PATH: IS is new` or `PATH: WAS is gone`; long values are cut.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        match (&self.was, &self.is) {
            (Some(was), Some(is)) => write!(f, "{path}: {} became {}", shortened(was), shortened(is)),
            (None, Some(is)) => write!(f, "{path}: {} is new", shortened(is)),
            (Some(was), None) => write!(f, "{path}: {} is gone", shortened(was)),
            (None, None) => f.write_str(&path),
        }
    }
}

/// As much of it as a person reads in a line.
fn shortened(value: &Json) -> String {
    const MOST: usize = 120;
    let text = value.as_str();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
