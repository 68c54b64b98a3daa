//! A signed baseline of files.

use ztp_core::canonical::{self, Limits};
use ztp_core::schema::Fields;
use ztp_core::signature::Suite;
use ztp_core::time::Timestamp;
use ztp_dlp::allow::AllowList;
use ztp_dlp::baseline::{self, Terms};

use crate::error::FacadeError;
use crate::options;
use crate::outcome::{Outcome, failed, settle};

/// A scan lists at most 10,000 findings.
const LIMITS: Limits = Limits { bytes_max: 64 << 20, depth_max: 16 };

/// Signs an allow-list (`ztp.dlp.allow-list/1`) of what a scan of files found (`found`, a `ztp.dlp.scan/1`), each for its file: the
/// baseline of later scans.
///
/// `terms` is JSON: `{"expires","issued_at","ticket","version"}`, two timestamps, why, and an integer from 1. `key` is a private key
/// (PKCS#8 PEM) or a `pkcs11:` URI, of the suite Ed25519. The scan must have been under a configuration with `tag_key`.
pub fn dlp_baseline(found: &[u8], terms: &[u8], key: &[u8]) -> Outcome {
    settle(|| {
        let found = canonical::read(found, &LIMITS).map_err(failed)?;
        let given = canonical::read(terms, &Limits::default()).map_err(failed)?;
        let mut fields = Fields::open(&given, "terms").map_err(failed)?;
        let terms = Terms {
            expires: instant(&mut fields, "expires")?,
            issued_at: instant(&mut fields, "issued_at")?,
            ticket: fields.string("ticket").map_err(failed)?.to_owned(),
            version: fields.integer("version").map_err(failed)?,
        };
        fields.finish().map_err(failed)?;
        let signer = crate::signer::open(key)?;
        if signer.public_key().suite() != Suite::Ed25519 {
            let what = "an Ed25519 key, which is what a configuration takes".to_owned();
            return Err(failed(FacadeError::DlpConfigValue { path: "key".to_owned(), what }));
        }
        let payload =
            canonical::write(&baseline::payload(&found, &terms).map_err(failed)?).map_err(failed)?;
        AllowList::sign(&payload, signer.as_ref()).map(Outcome::with_document).map_err(failed)
    })
}

fn instant(fields: &mut Fields<'_>, name: &'static str) -> Result<Timestamp, Outcome> {
    options::parsed(fields, name)?.ok_or_else(|| {
        let what = "a timestamp such as 2026-05-12T08:00:00.000Z".to_owned();
        failed(FacadeError::DlpConfigValue { path: fields.path_of(name), what })
    })
}
