use crate::{Trust, Verdict};

pub(super) trait TrustExt: Sized {
    fn with_seen(self, root_version: u64, revocation_version: u64) -> Self;
    fn root_version(&self) -> u64;
    fn revocation_version(&self) -> u64;
}

impl TrustExt for Trust {
    fn with_seen(self, _: u64, _: u64) -> Self {
        self
    }
    fn root_version(&self) -> u64 {
        0
    }
    fn revocation_version(&self) -> u64 {
        self.revocation().version
    }
}

pub(super) trait VerdictExt {
    fn trust_update(&self) -> Option<&Trust>;
}

impl VerdictExt for Verdict {
    fn trust_update(&self) -> Option<&Trust> {
        None
    }
}
