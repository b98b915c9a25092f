//! Variables as a runner gives them to a process.

/// The name under which a process finds a variable in its environment: in upper case, with `_` for dots and spaces.
///
/// ```
/// assert_eq!(cutover::variable::environment_name("Release.Release Name"), "RELEASE_RELEASE_NAME");
/// ```
pub fn environment_name(name: &str) -> String {
    name.replace(['.', ' '], "_").to_uppercase()
}
