//! What an import says, and what is left to say of the import of its export.

use std::collections::BTreeSet;

use cutover_azure::{Imported, Warning};

/// Notes of what an export writes out and the file need not have said, and of a value that the file had and no export has.
const OF_WHAT_IS_WRITTEN_OUT: [&str; 3] = [
    "nobody is told of an approval that is automated",
    "a person's details: they come from the host's identities",
    "the value of a secret is not in the export",
];

/// Says what the second import, that of the first one's export, says and the first did not. **It must be nothing.**
///
/// An export says what the pipeline says, so that whatever is odd about it was odd about the file: each warning of the second import is one of the
/// first, in the same words and about the same kind of place, and so is each note, but for what an export writes out.
///
/// The other way round they are not equal: what was left out of the pipeline or read as something else is not in the export, and nothing is
/// said of it any more.
pub(crate) fn news(first: &Imported, second: &Imported) -> Vec<String> {
    let warnings = &said(&second.warnings) - &said(&first.warnings);
    let mut notes = &said(&second.notes) - &said(&first.notes);
    notes.retain(|note| !OF_WHAT_IS_WRITTEN_OUT.iter().any(|known| note.contains(known)));
    warnings.into_iter().chain(notes).collect()
}

fn said(list: &[Warning]) -> BTreeSet<String> {
    let places = list.iter().flat_map(|warning| {
        let places = std::iter::once(&warning.path).chain(&warning.also);
        places.map(|place| format!("{}: {}", kind_of(place), warning.what))
    });
    places.collect()
}

/// `environments.owner` for `environments[12].owner`: among others a thing may have another place, and one that stands where a list belongs is
/// written as a list of one. What was written in the older shape, without jobs, is written with them.
fn kind_of(place: &str) -> String {
    let mut kind = String::new();
    for (number, part) in place.split('[').enumerate() {
        let rest = part.trim_start_matches(|character: char| character.is_ascii_digit());
        match rest.strip_prefix(']') {
            Some(rest) if number > 0 => kind.push_str(rest),
            Some(_) | None => kind.push_str(part),
        }
    }
    kind.replace("deployStep.tasks", "deployPhases.workflowTasks")
}
