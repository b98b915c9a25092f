//! The engine's views, compared with a naive fold over the whole log: after every commit each of them answers what a look at every single state
//! would, through every filter and page. At the end, views that are folded anew from the log answer the same.
//!
//! Two kinds of worlds: those of `whole/`, with everything that waits, and those of `listed.rs`, with everything that lists are filtered by.
//! `naive.rs` folds and answers naively, `asked.rs` asks both, `log.rs` is the log as the engine reads it.

mod asked;
mod listed;
mod log;
mod naive;

use std::sync::Arc;

use cutover_engine::Engine;
use futures::executor::block_on;
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::whole::{Whole, any_steps, any_whole_plan};
use crate::world::World;
use asked::{Asked, any_asked};
use log::Log;
use naive::Naive;

/// The views of an engine that follows a world's log, and the naive fold of it.
struct Followed {
    log: Arc<Log>,
    engine: Engine,
    naive: Naive,
    asked: Asked,
}

impl Followed {
    fn new(asked: Asked) -> Self {
        let log = Arc::new(Log::default());
        let engine = block_on(Engine::builder(Arc::clone(&log)).build()).expect("an empty log can be read");
        Self { log, engine, naive: Naive::default(), asked }
    }

    /// Takes in what was recorded since, commit by commit, and asks everything after each.
    fn follow(&mut self, world: &World) -> Result<(), String> {
        for commit in self.log.further(world) {
            self.naive.fold(&commit)?;
            self.log.append(commit);
            block_on(self.engine.views().latest()).map_err(|error| format!("the views: {error}"))?;
            asked::is_the_same(self.engine.views(), &self.naive, &self.asked)?;
        }
        Ok(())
    }

    /// Each condition is asked for by itself; and views that fold the whole log at once answer the same.
    fn again(&self) -> Result<(), String> {
        asked::is_the_same_in_each(self.engine.views(), &self.naive)?;
        let again = block_on(Engine::builder(Arc::clone(&self.log)).build());
        let again = again.map_err(|error| format!("the views, folded anew: {error}"))?;
        asked::is_the_same(again.views(), &self.naive, &self.asked)
            .and_then(|()| asked::is_the_same_in_each(again.views(), &self.naive))
            .map_err(|what| format!("folded anew: {what}"))
    }
}

/// One in so many of the cases that the others have: each asks a lot.
fn config(of: u32) -> Config {
    let all = crate::config();
    Config { cases: all.cases.div_ceil(of), ..all }
}

proptest! {
    #![proptest_config(config(10))]

    #[test]
    fn whatever_is_waited_for_the_views_tell_of_it_what_a_naive_fold_does(
        (plan, steps, asked) in (any_whole_plan(), any_steps(), any_asked()),
    ) {
        let mut whole = Whole::new(&plan);
        let mut followed = Followed::new(asked);
        for (step, _) in &steps {
            whole.perform(step).unwrap_or_else(|what| whole.fail(&what));
            followed.follow(whole.world()).unwrap_or_else(|what| whole.fail(&what));
        }
        followed.again().unwrap_or_else(|what| whole.fail(&what));
    }

    #[test]
    fn whatever_is_listed_the_views_list_what_a_naive_fold_does(
        (steps, asked) in (listed::any_steps(), any_asked()),
    ) {
        let mut listed = listed::Listed::new();
        let mut followed = Followed::new(asked);
        for step in &steps {
            listed.perform(step).unwrap_or_else(|what| listed.fail(&what));
            followed.follow(&listed.world).unwrap_or_else(|what| listed.fail(&what));
        }
        followed.again().unwrap_or_else(|what| listed.fail(&what));
    }
}
