use ztp_core::Coded;

/// What can go wrong between a caller in another language and an operation, apart from the operation's own refusals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FacadeError {
    /// A fault inside the library; nothing was decided about the input.
    #[error(
        "the library failed inside and decided nothing; report this with the input's size and the version"
    )]
    Internal,
    /// The handle is in use by another call.
    #[error("the handle is in use by another call; wait for that call, or open one handle per thread")]
    Busy,
    /// The caller cancelled the job.
    #[error("the job was cancelled before it reached a verdict; run it again to get one")]
    Cancelled,
    /// A file that an argument names does not exist.
    #[error("{path} does not exist; check the path")]
    FileMissing {
        /// The file.
        path: String,
    },
    /// A file that an argument names cannot be read.
    #[error("cannot read {path}: {reason}")]
    FileUnreadable {
        /// The file.
        path: String,
        /// What the system said, or what it is instead.
        reason: String,
    },
    /// A pointer that must not be null is null.
    #[error("a pointer is null although its length is not zero, or a handle or result pointer is null")]
    PointerNull,
    /// A length is larger than any object can be.
    #[error("a length is larger than the address space allows; pass the number of bytes at the pointer")]
    LengthOutOfRange,
    /// A directory path cannot name a directory.
    #[error("the path is {what}; pass the path of a directory as UTF-8")]
    PathInvalid {
        /// What is wrong with the path.
        what: &'static str,
        /// Byte at which it is wrong.
        offset: u64,
    },
    /// An argument that is text is not UTF-8.
    #[error("the argument {argument} is not UTF-8 at byte {offset}; pass it as UTF-8 text")]
    TextNotUtf8 {
        /// The argument's name.
        argument: &'static str,
        /// First byte that is not UTF-8.
        offset: u64,
    },
    /// A key seed has the wrong length.
    #[error("the seed has {found} bytes; pass 32, or none to draw one from the operating system")]
    SeedLengthInvalid {
        /// Bytes passed.
        found: usize,
    },
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes, so no key was made; check that getrandom works here")]
    RandomnessUnavailable,
    /// A number among the options is outside its range.
    #[error("the option {name} is not from {min} to {max}")]
    OptionOutOfRange {
        /// The option's name.
        name: &'static str,
        /// Smallest value.
        min: u64,
        /// Largest value.
        max: u64,
    },
    /// A word among the options is not one of its list.
    #[error("the option {name} is not a list of words out of: {list}")]
    OptionWordUnknown {
        /// The option's name.
        name: &'static str,
        /// The words it may have.
        list: String,
    },
    /// The library was built without what the call needs.
    #[error("this build cannot use {what}; use one with the feature {feature}")]
    FeatureMissing {
        /// What is not there.
        what: &'static str,
        /// The feature of the build that has it.
        feature: &'static str,
    },
    /// A fault inside an earlier call left the handle in an unknown state.
    #[error("an earlier call on this handle failed inside; free it and open another")]
    HandlePoisoned,
    /// A scanner's configuration is of another format.
    #[error("the configuration is not of the schema ztp.dlp.config/1; pass a document of that format")]
    DlpConfigSchemaName,
    /// A value in a scanner's configuration, or in a request to be scanned, is not of its form. The value is not repeated.
    #[error("{path}: expected {what}")]
    DlpConfigValue {
        /// Where in the document it is.
        path: String,
        /// What is expected there.
        what: String,
    },
    /// The stream has given its report.
    #[error("the stream has given its report already; begin a stream for each request")]
    DlpStreamEnded,
}

impl Coded for FacadeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Busy => "busy",
            Self::Cancelled => "cancelled",
            Self::FileMissing { .. } => "file_missing",
            Self::FileUnreadable { .. } => "file_unreadable",
            Self::PointerNull => "pointer_null",
            Self::LengthOutOfRange => "length_out_of_range",
            Self::PathInvalid { .. } => "path_invalid",
            Self::TextNotUtf8 { .. } => "text_not_utf8",
            Self::SeedLengthInvalid { .. } => "seed_length_invalid",
            Self::RandomnessUnavailable => "entropy_unavailable",
            Self::OptionOutOfRange { .. } => "option_out_of_range",
            Self::OptionWordUnknown { .. } => "option_word_unknown",
            Self::FeatureMissing { .. } => "feature_missing",
            Self::HandlePoisoned => "handle_poisoned",
            Self::DlpConfigSchemaName => "dlp_config_schema_name",
            Self::DlpConfigValue { .. } => "dlp_config_value",
            Self::DlpStreamEnded => "dlp_stream_ended",
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::PathInvalid { offset, .. } | Self::TextNotUtf8 { offset, .. } => Some(*offset),
            _ => None,
        }
    }
}
