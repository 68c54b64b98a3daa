//! The rules by name, and whom an alert is about.

use ztp_core::event::anomaly::Severity;

/// Milliseconds of a second.
pub(crate) const SECOND: i64 = 1000;
/// Milliseconds of a minute.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// Milliseconds of an hour.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// Milliseconds of a day of elapsed time; no civil day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// Declares the rules.
macro_rules! rules {
    ($($(#[doc = $about:literal])+ $variant:ident = $name:literal, $severity:ident, $cool:expr;)+) => {
        /// A rule that fires alerts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $about])+ $variant,)+
        }

        impl Rule {
            /// Every rule, in the order of reports.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in events and reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The rule with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            /// How much its alert asks of the reader.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }

            /// Milliseconds after the end of an episode in which another breach belongs to it.
            #[must_use]
            pub const fn cool_down_ms(self) -> i64 {
                match self { $(Self::$variant => $cool,)+ }
            }
        }
    };
}

rules! {
    /// More than 50 denials in each 60 seconds, sustained for 5 minutes.
    DenialFlood = "denial-flood", Critical, HOUR;
    /// Four of any five consecutive sliding minutes above the threshold of the flood: a flood that dips.
    DenialMinutes = "denial-minutes", Warning, HOUR;
    /// More than 250 denials in 300 seconds: a burst too short to be a flood.
    DenialBurst = "denial-burst", Warning, HOUR;
    /// More denials in 24 hours than three times the 95th percentile of 14 days, and than 2000: a flood below the threshold.
    DenialDay = "denial-day", Warning, DAY;
    /// Denials of more than 50 distinct targets in an hour: noise in which one real denial drowns.
    DenialSpread = "denial-spread", Warning, HOUR;
    /// Denials stopped while admissions go on.
    DenialSilence = "denial-silence", Warning, DAY;
    /// More than 3 uses of break-glass in an hour.
    BreakGlassBurst = "break-glass-burst", Critical, HOUR;
    /// More than 8 uses of break-glass in 24 hours: three an hour for ever.
    BreakGlassDay = "break-glass-day", Warning, DAY;
    /// More than 20 uses of break-glass in 7 days.
    BreakGlassWeek = "break-glass-week", Warning, DAY;
    /// One ticket on more than two pods.
    BreakGlassTicket = "break-glass-ticket", Warning, DAY;
    /// The share of tier B is more than two standard deviations above its baseline of 14 days, and further than chance goes.
    TierBRatio = "tier-b-ratio", Warning, DAY;
    /// The share of tier B is above one half while there is no baseline yet.
    TierBAbsolute = "tier-b-absolute", Warning, DAY;
    /// The share of tier B drifted from the frozen reference: the boiling frog.
    TierBDrift = "tier-b-drift", Critical, DAY;
    /// The moving baseline itself left the frozen reference.
    TierBBaselineShift = "tier-b-baseline-shift", Warning, DAY;
    /// The number of tier B admissions rose, whatever their share: dilution by tier A.
    TierBCount = "tier-b-count", Warning, DAY;
    /// The number of all admissions rose to more than double.
    AdmissionVolume = "admission-volume", Warning, DAY;
    /// A person acted outside business hours.
    OffHours = "off-hours", Warning, 0;
    /// A person acted again and again in the last minutes before the close of business.
    EdgeOfDay = "edge-of-day", Warning, DAY;
    /// An automation did what its list does not name.
    AutomationUnlisted = "automation-unlisted", Critical, HOUR;
    /// The log was silent for more than three heartbeats.
    TelemetryGap = "telemetry-gap", Critical, HOUR;
    /// The wall clock and the monotonic clock disagree, or the wall clock went back.
    ClockDiscontinuity = "clock-discontinuity", Critical, HOUR;
    /// Settings were loosened, or a change of settings was refused.
    SettingsLoosened = "settings-loosened", Critical, HOUR;
    /// Records of a class that detectors read could not be read.
    UnreadableRecord = "unreadable-record", Warning, HOUR;
}

impl Rule {
    /// What it is that happens when it fires: rules of one cause tell one story.
    #[must_use]
    pub const fn cause(self) -> &'static str {
        match self {
            Self::DenialFlood
            | Self::DenialMinutes
            | Self::DenialBurst
            | Self::DenialDay
            | Self::DenialSpread => "denials",
            Self::DenialSilence => "no-denials",
            Self::BreakGlassBurst | Self::BreakGlassDay | Self::BreakGlassWeek | Self::BreakGlassTicket => {
                "break-glass"
            }
            Self::TierBRatio
            | Self::TierBAbsolute
            | Self::TierBDrift
            | Self::TierBBaselineShift
            | Self::TierBCount => "tier-b",
            Self::AdmissionVolume => "admissions",
            Self::OffHours | Self::EdgeOfDay => "hours",
            Self::AutomationUnlisted => "automation",
            Self::TelemetryGap | Self::ClockDiscontinuity => "clock-and-log",
            Self::SettingsLoosened => "settings",
            Self::UnreadableRecord => "records",
        }
    }

    /// Whether it happens at a moment and has no duration.
    pub(crate) const fn is_momentary(self) -> bool {
        matches!(
            self,
            Self::TelemetryGap
                | Self::ClockDiscontinuity
                | Self::SettingsLoosened
                | Self::UnreadableRecord
                | Self::AutomationUnlisted
        )
    }

    /// The fact that a breach is measured by, the fact that it is compared with, and the unit of both.
    pub(crate) const fn measure(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::DenialFlood => ("in_minute", "max", "denials in 60 s"),
            Self::DenialMinutes => {
                ("minutes_in_breach", "", "of five minutes above the threshold of a minute")
            }
            Self::DenialBurst => ("count", "max", "denials while more than the threshold came in 5 min"),
            Self::DenialDay => ("count", "max", "denials in 24 h"),
            Self::DenialSpread => ("count", "max", "distinct targets in 1 h"),
            Self::DenialSilence => ("denied_centre", "denied_centre", "denials usual in 24 h"),
            Self::BreakGlassBurst => ("count", "max", "uses in 1 h"),
            Self::BreakGlassDay => ("count", "max", "uses in 24 h"),
            Self::BreakGlassWeek => ("count", "max", "uses in 7 d"),
            Self::BreakGlassTicket => ("pods", "max", "pods on a ticket in 7 d"),
            Self::TierBRatio => ("tier_b", "alert_tier_b", "of tier B in 24 h"),
            Self::TierBAbsolute => ("share_ppm", "limit_ppm", "ppm of tier B in 24 h"),
            Self::TierBDrift => ("drift_milli", "drift_max_milli", "thousandths of a sum of deviations"),
            Self::TierBBaselineShift => ("centre_ppm", "reference_centre_ppm", "ppm of tier B in 14 days"),
            Self::TierBCount => ("tier_b", "tier_b_limit", "of tier B in 24 h"),
            Self::AdmissionVolume => ("admissions", "admissions_limit", "admissions in 24 h"),
            Self::EdgeOfDay => ("count", "max", "actions in 7 d"),
            Self::TelemetryGap => ("silent_ms", "heartbeat_ms", "ms of silence"),
            Self::ClockDiscontinuity => ("step_ms", "", "ms"),
            Self::OffHours | Self::AutomationUnlisted => ("episode_count", "", "actions"),
            Self::SettingsLoosened => ("episode_count", "", "changes"),
            Self::UnreadableRecord => ("episode_count", "", "records"),
        }
    }
}

/// Whom a count is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// Everything.
    Global,
    /// One user.
    Principal,
    /// One namespace.
    Namespace,
    /// One break-glass ticket.
    Ticket,
}

impl Scope {
    /// The name in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Principal => "principal",
            Self::Namespace => "namespace",
            Self::Ticket => "ticket",
        }
    }
}

/// Things that are noticed once, without an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Notice {
    /// A record older than the order tolerance; counted at its arrival.
    Late,
    /// A record dated later than the log can have been; counted at its arrival.
    Future,
    /// The key table is full; what is new is counted under `other`.
    KeyOverflow,
    /// More records in the order tolerance than the buffer holds.
    OrderOverflow,
    /// The host was started anew.
    Reboot,
    /// A principal or namespace used break-glass for the first time.
    FirstBreakGlass,
    /// A principal did something for the first time.
    FirstAction,
    /// The share of tier B is more than two standard deviations above its baseline, which chance gives too.
    AboveBaseline,
    /// The reference that drift is measured against was frozen.
    ReferenceFrozen,
    /// Settings were changed.
    SettingsChanged,
}

impl Notice {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Late => "late-record",
            Self::Future => "future-timestamp",
            Self::KeyOverflow => "key-overflow",
            Self::OrderOverflow => "order-overflow",
            Self::Reboot => "reboot",
            Self::FirstBreakGlass => "first-break-glass",
            Self::FirstAction => "first-action",
            Self::AboveBaseline => "tier-b-above-baseline",
            Self::ReferenceFrozen => "reference-frozen",
            Self::SettingsChanged => "settings-changed",
        }
    }
}
