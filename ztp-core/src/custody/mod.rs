//! Who may sign licences: root keys, the certificates they give, and what they revoke (camada 1).
//!
//! * [`Root`]: some keys, of which a threshold must sign whatever the root decides. A verifier pins one. Version N+1
//!   replaces N when a threshold of N's keys *and* a threshold of its own keys signed it, as in The Update Framework
//!   (specification §5.3): whoever holds the old keys vouches for the new ones, and the new ones show that they exist.
//! * [`Certificate`]: lets one key sign licences for a time, for some products, up to some amounts.
//! * [`RevocationList`]: what shall verify nothing any more. Lists are numbered and only grow.
//!
//! * [`Transcript`]: how any of them was made, for an auditor who was not there.
//!
//! Each travels as a [signed document](sign) in one shape, canonical to the byte. Everything here is a pure function:
//! bytes, keys and the time come in, a decision goes out. Roots are verified with the keys of the root before, never with
//! keys that the document itself names alone; only the first root is taken by its own word, on a path that the operator
//! of the bench does not control. The formats are described in `docs/formats/custody.md`.

mod certificate;
mod error;
mod member;
mod revocation;
mod root;
mod root_key;
#[cfg(feature = "signer")]
mod sign;
mod signed;
mod transcript;

pub use certificate::{
    CERTIFICATE_SCHEMA, CLASSES_MAX, Certificate, ClassLimit, Limits, PRODUCTS_MAX, Usage,
    inspect_certificate, verify_certificate,
};
pub use error::{CustodyError, CustodyErrorKind};
pub use member::{certified_key_members, is_identifier};
pub use revocation::{
    REVOCATION_SCHEMA, REVOKED_MAX, RevocationList, follows, read_revocation, verify_revocation,
};
pub use root::{
    ROOT_KEYS_MAX, ROOT_SCHEMA, ROOTS_MAX, Root, anchor_root, read_root, read_signed_root, update_root,
    walk_roots,
};
pub use root_key::RootKey;
#[cfg(feature = "signer")]
pub use sign::{cosign, sign};
pub use signed::{DOCUMENT_BYTES_MAX, SIGNATURES_MAX, SIGNED_SCHEMA, payload_schema, signer_ids};
#[cfg(feature = "signer")]
pub use transcript::Recorder;
pub use transcript::{STEPS_MAX, TRANSCRIPT_SCHEMA, Transcript, TranscriptKey, check_transcript, payload_of};
