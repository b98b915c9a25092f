//! Keys that are left out on purpose, each with the reason that the note of it gives.
//!
//! None of them changes what a deployment does. What would is never listed here: a reader takes it, or it is warned about.

/// Keys of one kind of object with the reasons for leaving them out.
pub(crate) type LeftOut = &'static [(&'static str, &'static str)];

const ADDRESS: &str = "an address of the server that it was exported from";
const RECORD: &str = "who changed it there, and when: its history begins anew here";
const DETAILS: &str = "a person's details: they come from the host's identities";
const NUMBER: &str = "a number of the server that it was exported from";

/// Of every object.
const EVERYWHERE: LeftOut = &[("_links", ADDRESS), ("url", ADDRESS)];

/// Of an object without keys of its own kind.
pub(crate) const NONE: LeftOut = &[];

/// Of a release pipeline.
pub(crate) const DEFINITION: LeftOut = &[
    ("source", "through which page or interface it was made there"),
    ("createdBy", RECORD),
    ("createdOn", RECORD),
    ("modifiedBy", RECORD),
    ("modifiedOn", RECORD),
    ("comment", RECORD),
    ("lastRelease", "releases are not imported"),
    ("projectReference", NUMBER),
];

/// Of a stage.
pub(crate) const STAGE: LeftOut = &[("badgeUrl", ADDRESS), ("currentRelease", "releases are not imported")];

/// Of an approval, and of a list of approvals.
pub(crate) const APPROVALS: LeftOut = &[("id", NUMBER)];

/// Of a list of gates.
pub(crate) const GATES: LeftOut = &[("id", NUMBER)];

/// Of the step of an old export that holds the tasks.
pub(crate) const DEPLOY_STEP: LeftOut = &[("id", NUMBER)];

/// Of a person or a group.
pub(crate) const IDENTITY: LeftOut = &[
    ("displayName", DETAILS),
    ("uniqueName", DETAILS),
    ("imageUrl", DETAILS),
    ("descriptor", DETAILS),
    ("isContainer", DETAILS),
    ("isAadIdentity", DETAILS),
    ("inactive", DETAILS),
    ("isDeletedInOrigin", DETAILS),
    ("directoryAlias", DETAILS),
    ("profileUrl", DETAILS),
    ("name", DETAILS),
];

/// Of an artifact source.
pub(crate) const ARTIFACT: LeftOut =
    &[("id", NUMBER), ("sourceId", "joined from parts of its reference, which is taken over")];

/// Of a schedule.
pub(crate) const SCHEDULE: LeftOut = &[("jobId", NUMBER)];

/// Of a condition of a stage.
pub(crate) const CONDITION: LeftOut = &[("result", "a result of the moment, and no part of the pipeline")];

/// Of the parameters of a stage.
pub(crate) const PARAMETERS: LeftOut = &[("dataSourceBindings", FORM)];

/// Of a parameter.
pub(crate) const PARAMETER: LeftOut = &[
    ("aliases", FORM),
    ("groupName", FORM),
    ("helpMarkDown", FORM),
    ("label", FORM),
    ("options", FORM),
    ("properties", FORM),
    ("required", FORM),
    ("type", FORM),
    ("validation", FORM),
    ("visibleRule", FORM),
];

const FORM: &str = "how the server's page asks for the value";

/// Why a key of such an object is left out, if there is a reason.
pub(crate) fn reason(known: LeftOut, key: &str) -> Option<&'static str> {
    let mut all = known.iter().chain(EVERYWHERE);
    all.find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|&(_, reason)| reason)
}
