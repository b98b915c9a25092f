//! No value of a fixture is lost in silence. The fixtures have every part that an export can have.

mod common;
#[path = "common/keys.rs"]
mod keys;

use std::error::Error;

use common::fixture;
use keys::{Trials, lost};

#[test]
fn every_value_of_a_definition_is_taken_over_or_told_of() -> Result<(), Box<dyn Error>> {
    for name in ["full-names.json", "full-numbers.json", "old.json", "template.json"] {
        let found = lost(&fixture(name), &mut Trials::all())?;
        assert_eq!(found, [""; 0], "{name}");
    }
    Ok(())
}
