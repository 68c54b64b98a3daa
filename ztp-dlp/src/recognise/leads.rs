//! Which recogniser each anchor leads to.

use super::{
    Anchor, AnchorId, Context, Hits, audit, authority, foreign, issuer, jwk, oid, openssh, own, pem, token,
    x509,
};
use crate::registry::Registry;

/// The recogniser behind an anchor.
#[derive(Debug)]
pub(super) enum Lead {
    /// R1: an algorithm identifier or a version inside a private key.
    Key,
    /// R1: the version of a certificate.
    CertificateVersion,
    /// R1: the validity of a certificate.
    CertificateValidity,
    /// R1: a BEGIN marker.
    Begin,
    /// R1: an END marker.
    End,
    /// R1: OpenSSH's format.
    OpenSsh,
    /// R1: PuTTY's format.
    Putty,
    /// R1: an age identity.
    Age,
    /// R1: a key in the format of one program.
    Foreign(fn(&Context, &[u8], usize, &mut Hits)),
    /// R1: a JWK.
    Jwk,
    /// R2: claims in the clear.
    Claims,
    /// R2: claims inside a compact token.
    Token,
    /// R3: an identity of an authority.
    Authority(authority::Needle),
    /// R4: a member name of a record.
    Record,
    /// R5: a key or fingerprint.
    Isk(issuer::Needle),
    /// Nothing to be judged here: the text is a reason to undo an encoding around it.
    Cue,
}

/// All anchors, and where each leads.
#[derive(Debug, Default)]
pub(super) struct Leads {
    anchors: Vec<Anchor>,
    leads: Vec<Lead>,
}

impl Leads {
    /// The anchors of the five rules with this registry.
    pub(super) fn build(registry: &Registry) -> Self {
        let mut all = Self::default();
        for bytes in oid::ALGORITHM_ANCHORS.iter().chain(oid::VERSION_ANCHORS) {
            all.binary(bytes, Lead::Key);
        }
        all.binary(x509::VERSION_ANCHOR, Lead::CertificateVersion);
        for bytes in x509::VALIDITY_ANCHORS {
            all.binary(bytes, Lead::CertificateValidity);
        }
        for bytes in pem::BEGIN_ANCHORS {
            all.text(bytes, true, Lead::Begin);
        }
        for bytes in pem::END_ANCHORS {
            all.text(bytes, true, Lead::End);
        }
        all.text(openssh::MAGIC, false, Lead::OpenSsh);
        all.text(openssh::PUTTY, false, Lead::Putty);
        all.text(&openssh::AGE.to_ascii_lowercase(), true, Lead::Age);
        all.binary(foreign::SSH2, Lead::Foreign(foreign::ssh2));
        all.binary(foreign::PVK, Lead::Foreign(foreign::pvk));
        all.binary(foreign::BLOB, Lead::Foreign(foreign::blob));
        all.text(foreign::XML, true, Lead::Foreign(foreign::xml));
        for bytes in foreign::WIREGUARD {
            all.text(bytes, true, Lead::Foreign(foreign::wireguard));
        }
        for bytes in foreign::LISTING {
            all.text(bytes, true, Lead::Foreign(foreign::listing));
        }
        for bytes in own::STATE {
            all.text(bytes, true, Lead::Foreign(own::state));
        }
        all.text(own::TAG_KEY, false, Lead::Foreign(own::tag_key));
        for bytes in jwk::ANCHORS {
            all.text(bytes, false, Lead::Jwk);
        }
        for bytes in token::CLAIM_ANCHORS {
            all.text(bytes, false, Lead::Claims);
        }
        for issuer in registry.issuers() {
            all.text(issuer.as_bytes(), false, Lead::Claims);
        }
        let base64 = token::CLAIM_ANCHORS.iter().flat_map(|anchor| token::permutations(anchor));
        let issuers = registry.issuers().iter().flat_map(|issuer| token::permutations(issuer.as_bytes()));
        for bytes in base64.chain(issuers) {
            all.add(&bytes, false, false, Lead::Token);
        }
        for bytes in audit::ANCHORS {
            all.text(bytes, false, Lead::Record);
        }
        for (number, authority) in registry.authorities().iter().enumerate() {
            for needle in authority.needles(number) {
                if needle.part == authority::Part::Text {
                    all.text(&needle.bytes.clone(), true, Lead::Authority(needle));
                } else {
                    all.binary(&needle.bytes.clone(), Lead::Authority(needle));
                }
            }
        }
        for (number, key) in registry.isks().iter().enumerate() {
            for digits in key.digits() {
                all.text(&digits, true, Lead::Cue);
            }
            for needle in key.needles(number) {
                all.binary(&needle.bytes.clone(), Lead::Isk(needle));
            }
        }
        all
    }

    fn binary(&mut self, bytes: &[u8], lead: Lead) {
        self.add(bytes, false, true, lead);
    }

    fn text(&mut self, bytes: &[u8], nocase: bool, lead: Lead) {
        self.add(bytes, nocase, true, lead);
    }

    fn add(&mut self, bytes: &[u8], nocase: bool, text: bool, lead: Lead) {
        // The registry's bounds keep the number far below this.
        let Ok(id) = u16::try_from(self.anchors.len()) else { return };
        self.anchors.push(Anchor { id: AnchorId(id), bytes: bytes.to_vec(), nocase, text });
        self.leads.push(lead);
    }

    pub(super) fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    pub(super) fn get(&self, id: AnchorId) -> Option<&Lead> {
        self.leads.get(usize::from(id.0))
    }
}
