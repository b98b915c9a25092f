//! What was recorded, replayed under the policies that it had, is what would have been.

use cutover::what_if::{WhatIf, WhatIfError, what_if};

use super::Whole;
use super::plan::PIPELINES;

pub fn is_as_it_was(whole: &Whole) -> Result<(), String> {
    for pipeline in PIPELINES {
        let answer = match what_if(pipeline, &whole.world.log, &|definition| definition) {
            Ok(answer) => answer,
            // Of which commit the clock was right then, nobody can say.
            Err(WhatIfError::NotReplayable { what }) if what == "a clock that stepped back" => return Ok(()),
            Err(error) => return Err(format!("what-if: {error}")),
        };
        let WhatIf { was, would_be, differences, elsewhere, assumed, refused, .. } = answer;
        let is_same = was == would_be && differences.is_empty() && elsewhere.is_empty();
        if !is_same || !assumed.is_empty() || !refused.is_empty() {
            let told: Vec<_> = differences.iter().chain(elsewhere.values().flatten()).collect();
            let told: Vec<_> = told.into_iter().map(ToString::to_string).collect();
            return Err(format!("what-if: {told:#?}\nassumed: {assumed:?}\nrefused: {refused:?}"));
        }
    }
    Ok(())
}
