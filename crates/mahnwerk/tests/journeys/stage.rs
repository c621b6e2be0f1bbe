//! Where a journey takes place: in one process on a file, or in many on PostgreSQL and a broker.
//!
//! One body serves both: what a person sees is the same.

use crate::folder::Folder;
use crate::servers::Version;

/// A stage.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    OneProcess,
    Cluster(Version),
}

impl Stage {
    /// A folder that `init` made there.
    pub(crate) fn folder(self) -> Folder {
        match self {
            Self::OneProcess => Folder::new(),
            Self::Cluster(version) => Folder::shared(version),
        }
    }
}

/// Makes two tests of each journey, one for each stage; the broker's version is the cluster's.
macro_rules! on_both_stages {
    ($($journey:ident: $version:ident),+ $(,)?) => {
        mod in_one_process {
            use crate::stage::Stage;
            $(#[test] fn $journey() { super::$journey(Stage::OneProcess); })+
        }
        mod in_a_cluster {
            use crate::{servers::Version, stage::Stage};
            $(#[test] fn $journey() { super::$journey(Stage::Cluster(Version::$version)); })+
        }
    };
}

pub(crate) use on_both_stages;
