//! Every file is imported, or told apart; and every pipeline that is imported can be saved.

use std::collections::BTreeMap;
use std::error::Error;

use cutover_azure::{DocumentKind, ImportError, Imported, Warning, import};

use crate::{File, files};

#[test]
fn every_file_is_imported_or_told_apart() -> Result<(), Box<dyn Error>> {
    let Some(files) = files(&[])? else { return Ok(()) };
    let mut wrong = Vec::new();
    let mut warnings = Tally::default();
    let mut notes = Tally::default();
    let read = files.len();
    for File { name, bytes } in files {
        let answer = import(&bytes);
        if let Ok(imported) = &answer {
            warnings.add(&imported.warnings);
            notes.add(&imported.notes);
            if let Err(problems) = cutover::validate(&imported.definition) {
                wrong.push(format!("{name} is imported and needs correction: {problems}"));
            }
        }
        if !is_expected(&name, &answer) {
            let said = answer.map_or_else(|error| error.to_string(), |_| "imported".to_owned());
            wrong.push(format!("{name}: {said}"));
        }
    }
    eprintln!("{read} files\n\nwarnings:\n{warnings}\nnotes:\n{notes}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// What a file is, by the beginning of its name.
fn is_expected(name: &str, answer: &Result<Imported, ImportError>) -> bool {
    use DocumentKind as Kind;

    let prefix = name.split('-').next().unwrap_or_default();
    match answer {
        Ok(_) => prefix == "def",
        Err(ImportError::NotADefinition(kind)) => match prefix {
            "rel" => *kind == Kind::Release,
            "rels" => matches!(kind, Kind::Release | Kind::ReleaseStage | Kind::ManualIntervention),
            "apr" => *kind == Kind::Approval,
            "dep" => *kind == Kind::Deployment,
            "dli" => *kind == Kind::ListEntry,
            "evt" => *kind == Kind::Event,
            "env" => matches!(kind, Kind::StageTemplate | Kind::Stage),
            _ => false,
        },
        Err(_) => false,
    }
}

/// How often what was said, and in how many files.
#[derive(Default)]
struct Tally(BTreeMap<String, (usize, usize)>);

impl Tally {
    fn add(&mut self, warnings: &[Warning]) {
        for warning in warnings {
            let key = warning.path.rsplit('.').next().unwrap_or_default().split('[').next();
            let said = format!("{}: {}", key.unwrap_or_default(), warning.what);
            let (times, files) = self.0.entry(said).or_default();
            *times += 1 + warning.also.len();
            *files += 1;
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_by_key(|(_, (times, _))| std::cmp::Reverse(*times));
        for (said, (times, groups)) in all {
            writeln!(f, "{times:5} in {groups:3} groups: {said}")?;
        }
        Ok(())
    }
}
