//! The five exit statuses every `ztp` command shares.

use std::process::ExitCode;

use ztp_core::code::{self, Area, Entry};

/// What a command's exit status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: what was asked holds, or was done.
    Holds,
    /// 1: a break, a denial or a finding that the command exists to find.
    Finding,
    /// 2: the command line itself is wrong.
    Usage,
    /// 3: the question could not be answered: missing, unreadable, busy, cancelled, I/O.
    Unchecked,
    /// 4: holds, but nothing outside the copy vouches for it, or it rests on less than `--require` asked for.
    BelowRequired,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Holds => 0,
            Exit::Finding => 1,
            Exit::Usage => 2,
            Exit::Unchecked => 3,
            Exit::BelowRequired => 4,
        })
    }
}

/// Codes that end in another status than the rest of their area.
const EXCEPTIONS: &[(&str, Exit)] = &[
    // Arguments in areas whose other codes are about bytes under examination.
    ("vkey_format", Exit::Usage),
    ("vkey_name", Exit::Usage),
    ("vkey_key_type", Exit::Usage),
    ("vkey_key_id_mismatch", Exit::Usage),
    ("origin_invalid", Exit::Usage),
    ("usage_invalid", Exit::Usage),
    ("time_invalid", Exit::Usage),
    ("path_invalid", Exit::Usage),
    ("text_not_utf8", Exit::Usage),
    ("seed_length_invalid", Exit::Usage),
    // What the store finds wrong with a log or an event, as against what keeps it from looking.
    ("log_truncated", Exit::Finding),
    ("log_damaged", Exit::Finding),
    ("state_damaged", Exit::Finding),
    ("state_rolled_back", Exit::Finding),
    ("copy_differs", Exit::Finding),
    ("copy_head", Exit::Finding),
    ("event_refused", Exit::Finding),
    ("record_malformed", Exit::Finding),
    ("record_hash_mismatch", Exit::Finding),
    ("proof_other_record", Exit::Finding),
    // What holds, and rests on too little.
    ("audit_unanchored", Exit::BelowRequired),
    ("anchor_below_required", Exit::BelowRequired),
    ("verify_option_missing", Exit::Usage),
    // Questions that a log cannot answer, whatever its state.
    ("head_unusable", Exit::Unchecked),
    ("head_other_log", Exit::Unchecked),
    ("key_other_log", Exit::Unchecked),
    ("line_ends_converted", Exit::Unchecked),
    ("byte_order_mark", Exit::Unchecked),
    ("event_class_weighed", Exit::Finding),
    // Arguments of a vault's command, and what is brought to hold a vault against.
    ("vault_request_malformed", Exit::Usage),
    ("vault_text", Exit::Usage),
    ("vault_evidence_unusable", Exit::Unchecked),
    ("vault_nothing_held", Exit::Unchecked),
    ("not_sealed", Exit::Unchecked),
    ("out_of_range", Exit::Unchecked),
    // What keeps an ingest from deciding, as against what it decides.
    ("ingest_directory_missing", Exit::Unchecked),
    ("ingest_directory_unsafe", Exit::Unchecked),
    ("ingest_locked", Exit::Unchecked),
    ("vault_not_found", Exit::Unchecked),
    ("ingest_log_broken", Exit::Finding),
    // What the monitor found, and what kept it from looking; its other codes are about its settings.
    ("dlp_blocked", Exit::Finding),
    ("dlp_finding", Exit::Finding),
    ("dlp_scan_incomplete", Exit::Unchecked),
    ("dlp_not_recorded", Exit::Unchecked),
    ("dlp_stream_ended", Exit::Unchecked),
    // A stream that cannot be taken for what it says it is.
    ("correlation_stream_header", Exit::Unchecked),
    ("correlation_stream_unreadable", Exit::Unchecked),
    ("correlation_nothing_compared", Exit::Unchecked),
    // Records that no detector judged at the time they happened.
    ("anomaly_incomplete", Exit::Unchecked),
    // A demonstration that does not show what it must.
    ("demo_unexpected", Exit::Finding),
];

impl Exit {
    /// The exit status of a failure, by the number of its code; the same for every command, so that scripts can rely on it.
    pub(crate) fn of_failure(status: u32) -> Self {
        code::by_number(status).map_or(Self::Unchecked, Self::of_entry)
    }

    fn of_entry(entry: &Entry) -> Self {
        if let Some((_, exit)) = EXCEPTIONS.iter().find(|(name, _)| *name == entry.name) {
            return *exit;
        }
        match entry.area {
            // A key, a setting or an argument that cannot be read.
            Area::Encoding | Area::Config | Area::Dlp => Self::Usage,
            // The disk, the machine, the run, the device.
            Area::Store | Area::Signer | Area::Usage => Self::Unchecked,
            _ => Self::Finding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exception_is_a_registered_code() {
        for (name, _) in EXCEPTIONS {
            assert!(code::by_name(name).is_some(), "{name}");
        }
    }

    #[test]
    fn no_failure_ends_as_if_it_held() {
        for entry in code::REGISTRY {
            assert_ne!(Exit::of_failure(entry.number), Exit::Holds, "{}", entry.name);
        }
        assert_eq!(Exit::of_failure(u32::MAX), Exit::Unchecked);
    }

    #[test]
    fn bytes_under_examination_are_findings_and_the_machine_is_could_not_check() {
        let of = |name| Exit::of_entry(code::by_name(name).unwrap());
        assert_eq!(of("signature_mismatch"), Exit::Finding);
        assert_eq!(of("proof_root_mismatch"), Exit::Finding);
        assert_eq!(of("io_error"), Exit::Unchecked);
        assert_eq!(of("cancelled"), Exit::Unchecked);
        assert_eq!(of("hex_character"), Exit::Usage);
        assert_eq!(of("time_invalid"), Exit::Usage);
        assert_eq!(of("dlp_finding"), Exit::Finding);
        assert_eq!(of("dlp_scan_incomplete"), Exit::Unchecked);
        assert_eq!(of("dlp_rule_name"), Exit::Usage);
    }
}
