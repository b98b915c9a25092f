//! What runs a script, and what it is told.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf, absolute};

use cutover::TaskOrder;

/// The program that runs scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shell {
    /// `sh`, bash, or another one that is given the script's path.
    Posix(OsString),
    /// PowerShell 7 or later.
    PowerShell(OsString),
}

/// The last word of a PowerShell script: how what it ran last ended.
const LAST_EXIT_CODE: &str = "\nif (Test-Path -LiteralPath variable:\\LASTEXITCODE) { exit $LASTEXITCODE }\n";

impl Shell {
    pub(super) const fn program(&self) -> &OsString {
        match self {
            Self::Posix(program) | Self::PowerShell(program) => program,
        }
    }

    /// What it is given before the script's path.
    pub(super) const fn arguments(&self) -> &'static [&'static str] {
        match self {
            Self::Posix(_) => &[],
            Self::PowerShell(_) => {
                &["-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Unrestricted", "-File"]
            }
        }
    }

    /// What the name of a script must end with.
    pub(super) const fn ending(&self) -> &'static str {
        match self {
            Self::Posix(_) => "",
            Self::PowerShell(_) => ".ps1",
        }
    }

    /// The script of a task: its own words, or a call of the file that it names.
    pub(super) fn script(&self, order: &TaskOrder, program: &Path) -> Result<String, String> {
        let text = match source(order)? {
            Source::Inline(text) => text.to_owned(),
            Source::File { path, arguments } => match self {
                // The same shell: what is said of exit codes and signals holds for it, too.
                Self::Posix(_) => {
                    let program = program.to_str().ok_or("the shell's path is not UTF-8")?;
                    format!("exec {} {} {arguments}\n", quoted(program), quoted(path))
                }
                Self::PowerShell(_) => format!("& {} {arguments}", power_quoted(path)),
            },
            Source::Program { path, arguments } => match self {
                Self::Posix(_) => format!("exec {} {arguments}\n", quoted(path)),
                Self::PowerShell(_) => format!("& {} {arguments}", power_quoted(path)),
            },
        };
        match self {
            Self::Posix(_) => Ok(text),
            Self::PowerShell(_) => {
                let preference = preference(order)?;
                let says_code = input(order, &["ignoreLASTEXITCODE"]).is_none_or(|text| !is_true(text));
                let end = if says_code { LAST_EXIT_CODE } else { "\n" };
                Ok(format!("$ErrorActionPreference = '{preference}'\n{text}{end}"))
            }
        }
    }
}

/// Where what is run stands.
enum Source<'o> {
    /// In the task.
    Inline(&'o str),
    /// In a script file.
    File { path: &'o str, arguments: &'o str },
    /// It is a program.
    Program { path: &'o str, arguments: &'o str },
}

/// As the tasks write it that there are: in one, the other's input stands there, too, and means nothing.
fn source(order: &TaskOrder) -> Result<Source<'_>, String> {
    let given = |names: &[&str]| input(order, names).map(str::trim).filter(|text| !text.is_empty());
    let inline = input(order, &["script", "inlineScript"]);
    let arguments = given(&["arguments", "args"]).unwrap_or_default();
    let file = given(&["filePath", "scriptPath", "scriptName"]);
    let says_file =
        given(&["targetType", "scriptType"]).is_some_and(|kind| kind.eq_ignore_ascii_case("filePath"));
    match (inline, file) {
        (_, Some(path)) if says_file => Ok(Source::File { path, arguments }),
        (_, None) if says_file => Err("its input \"filePath\" is missing".to_owned()),
        (Some(text), _) => Ok(Source::Inline(text)),
        (None, Some(path)) => Ok(Source::File { path, arguments }),
        (None, None) => match given(&["filename"]) {
            Some(path) => Ok(Source::Program { path, arguments }),
            None => Err("its input \"script\" is missing".to_owned()),
        },
    }
}

fn preference(order: &TaskOrder) -> Result<&'static str, String> {
    let known = ["Stop", "Continue", "SilentlyContinue"];
    let Some(text) = input(order, &["errorActionPreference"]).map(str::trim).filter(|text| !text.is_empty())
    else {
        return Ok("Stop");
    };
    let found = known.into_iter().find(|name| name.eq_ignore_ascii_case(text));
    found.ok_or_else(|| format!("its input \"errorActionPreference\" is none of {}", known.join(", ")))
}

/// The first of the inputs that the task has; names are compared without case.
pub(super) fn input<'a>(order: &'a TaskOrder, names: &[&str]) -> Option<&'a str> {
    let find = |wanted: &&str| order.inputs.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    names.iter().find_map(find).map(|(_, text)| text.as_str())
}

pub(super) fn is_true(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("true")
}

/// As one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// As one word of PowerShell, to which the typographic quotes are quotes, too.
fn power_quoted(text: &str) -> String {
    let is_quote = |character: char| matches!(character, '\'' | '\u{2018}'..='\u{201b}');
    let doubled = |character: char| std::iter::repeat_n(character, if is_quote(character) { 2 } else { 1 });
    format!("'{}'", text.chars().flat_map(doubled).collect::<String>())
}

/// Where a program is. Looked for before anything runs, so that a missing shell is not taken for a script that failed.
pub(super) fn find_program(program: &OsString) -> Result<PathBuf, String> {
    let is_program = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    let name = Path::new(program);
    let candidates: Vec<PathBuf> = if name.components().count() > 1 {
        absolute(name).into_iter().collect()
    } else {
        let path = env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
        env::split_paths(&path).map(|folder| folder.join(name)).collect()
    };
    let found = candidates.into_iter().find(is_program);
    found.ok_or_else(|| format!("the shell {} is not an executable program here", name.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_one_word() {
        assert_eq!(quoted("a b'c $(d)"), "'a b'\\''c $(d)'");
        assert_eq!(power_quoted("a b'c\u{2019} $(d)"), "'a b''c\u{2019}\u{2019} $(d)'");
    }
}
