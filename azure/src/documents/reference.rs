//! What documents name other things by.

use super::record::record;

record! {
    /// A person or a group.
    pub struct Identity {
        /// Its opaque id, a GUID.
        id: String = "id",
        /// What people call it.
        display_name: String = "displayName",
        /// An address, mostly; older documents have no other id.
        unique_name: String = "uniqueName",
        /// Whether it is a group.
        is_container: bool = "isContainer",
    }
}

record! {
    /// A release, a release pipeline or a stage, by its number and name.
    pub struct Reference {
        /// Its number.
        id: Option<i64> = "id",
        /// Its name.
        name: String = "name",
        /// The folder of a release pipeline.
        path: String = "path",
        /// Where it is told of.
        url: String = "url",
    }
}

record! {
    /// A project of the service.
    pub struct Project {
        /// Its id, a GUID.
        id: String = "id",
        /// Its name.
        name: String = "name",
    }
}
