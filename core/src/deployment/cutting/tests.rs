use std::num::NonZeroU32;

use super::*;
use crate::SecretRef;
use crate::variable::{Scope, Scopes};

fn at_most(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).expect("not zero")
}

fn multiplied_by(names: &[&str], variables: &[(&str, &str)]) -> Result<Vec<Slice>, CannotCut> {
    let mut job = Job::agent("test");
    let multipliers = names.iter().map(|&name| name.to_owned()).collect();
    job.parallelism =
        Parallelism::MultiConfiguration { multipliers, at_most: at_most(4), continue_on_error: false };
    let mut scopes = Scopes::new().with_plain(Scope::Stage, variables.iter().copied());
    scopes.set(Scope::Stage, "password", VariableValue::Secret(SecretRef::newest("vault/1")));
    cut(&job, &|| scopes.resolve())
}

fn names(slices: &[Slice]) -> Vec<&str> {
    slices.iter().map(|slice| &*slice.name).collect()
}

#[test]
fn every_combination_is_a_slice_in_the_order_of_the_variables() {
    let slices = multiplied_by(&["Location", "Browser"], &[("Browser", "A,B,C"), ("location", "US, EU ")]);
    let slices = slices.expect("it can be cut");
    assert_eq!(names(&slices), ["US, A", "US, B", "US, C", "EU, A", "EU, B", "EU, C"]);
    let pairs = [("Location", "EU"), ("Browser", "A")];
    assert_eq!(slices[3].variables, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[test]
fn nothing_between_commas_is_no_value_and_a_value_that_comes_twice_counts_once() {
    let slices = multiplied_by(&["a"], &[("a", ",x,, y ,x,X,")]).expect("it can be cut");
    assert_eq!(names(&slices), ["x", "y", "X"]);
}

#[test]
fn values_may_speak_of_other_variables() {
    let slices = multiplied_by(&["a"], &[("a", "$(b),z"), ("b", "x,y")]).expect("it can be cut");
    assert_eq!(names(&slices), ["x", "y", "z"]);
}

#[test]
fn without_a_value_it_can_not_be_cut() {
    let why = |names: &[&str], variables: &[(&str, &str)]| {
        multiplied_by(names, variables).expect_err("it can't be cut").to_string()
    };
    let by = |name: &str| format!("the variable {name:?}, which it is multiplied by");
    assert_eq!(why(&["a"], &[]), by("a") + ", is not known");
    assert_eq!(why(&["a"], &[("a", " , ")]), by("a") + ", has no value");
    assert_eq!(why(&["password"], &[]), by("password") + ", is a secret");
    assert_eq!(why(&["a"], &[("a", "x,$(password)")]), by("a") + ", is a secret");
    let circle = by("a") + ": variables refer to each other in a circle: a -> a";
    assert_eq!(why(&["a"], &[("a", "$(a)")]), circle);
}

#[test]
fn a_job_has_at_most_a_thousand_slices() {
    let ten = "0,1,2,3,4,5,6,7,8,9";
    let variables = [("a", ten), ("b", ten), ("c", ten), ("d", "0,1")];
    assert_eq!(multiplied_by(&["a", "b", "c"], &variables).map(|slices| slices.len()), Ok(1_000));
    assert_eq!(multiplied_by(&["a", "b", "c", "d"], &variables), Err(CannotCut::TooMany));
}

#[test]
fn what_sets_slices_apart_is_bounded() {
    let thousand: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
    let thousand = thousand.join(",");
    let of = |length: usize| multiplied_by(&["a", "b"], &[("a", &thousand), ("b", &"x".repeat(length))]);
    assert!(of(400).is_ok());
    assert_eq!(of(600), Err(CannotCut::TooLong));
}

#[test]
fn slices_on_many_agents_have_numbers() {
    let mut job = Job::agent("load");
    job.parallelism = Parallelism::MultiAgent { agents: at_most(3), continue_on_error: false };
    let slices = cut(&job, &Resolved::default).expect("it can be cut");
    assert_eq!(names(&slices), ["1", "2", "3"]);
    assert_eq!(cut(&Job::agent("once"), &Resolved::default), Ok(Vec::new()));
}
