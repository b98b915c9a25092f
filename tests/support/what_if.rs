//! What a scenario recorded, replayed under the policies that it had, is what would have been.

use std::collections::BTreeSet;

use cutover::Subject;
use cutover::what_if::{Recorded, WhatIfError, what_if};

use super::driver::Driver;

pub fn check(driver: &Driver) {
    let log: Vec<_> = driver.log().iter().map(|it| Recorded::of(it).expect("it was recorded")).collect();
    let happenings = log.iter().flat_map(|commit| &commit.events);
    let pipelines: BTreeSet<_> = happenings
        .filter_map(|it| if let Subject::Pipeline(id) = it.subject { Some(id) } else { None })
        .collect();
    for pipeline in pipelines {
        let answer = match what_if(pipeline, &log, &|definition| definition) {
            Ok(answer) => answer,
            // Of which commit the clock was right then, nobody can say.
            Err(WhatIfError::NotReplayable { what }) if what == "a clock that stepped back" => return,
            // What the scenario wrote straight into the store.
            Err(WhatIfError::NotWhole { what }) if what.ends_with("was never made") => return,
            Err(error) => panic!("what-if: {error}"),
        };
        let told = answer.differences.iter().chain(answer.elsewhere.values().flatten());
        let told: Vec<_> = told.map(ToString::to_string).collect();
        assert_eq!(answer.was, answer.would_be, "what-if: {told:#?}, refused: {:?}", answer.refused);
        assert_eq!(told, Vec::<String>::new(), "what-if");
        assert_eq!(answer.assumed, [], "what-if");
        assert_eq!(answer.refused, [], "what-if");
    }
}
