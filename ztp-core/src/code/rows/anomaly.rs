//! Codes about the detectors.

use super::rows;

rows! {
    // The fold and its snapshots, 700 to 709.
    700 anomaly_sequence Anomaly: "a record does not follow the one before it",
        "give every record of the log, in order";
    701 anomaly_snapshot_malformed Anomaly: "a snapshot is not a state of the detectors",
        "replay the log from an earlier snapshot or from its start";
    702 anomaly_snapshot_other_chain Anomaly: "a snapshot was taken over another log",
        "find out where it comes from; replay this log from its start";

    // What a replay finds, 710 to 719.
    710 anomaly_alert_missing Anomaly: "the records call for an alert that the log does not have",
        "find out why the detectors did not run, or who held the alert back";
    711 anomaly_alert_extra Anomaly: "the log has an alert that the records do not call for",
        "find out who wrote it";
    712 anomaly_alert_altered Anomaly: "an alert in the log says other numbers than the records do",
        "compare the two; the records are the truth";
    713 anomaly_state_differs Anomaly: "a snapshot in the log is not the state that the records lead to",
        "do not restore from it; replay the log from its start";
    714 anomaly_alert_out_of_order Anomaly: "an alert stands in the log before the records that call for it, or before an earlier one",
        "find out who wrote it";

    // Changes of settings that were refused, 720 to 729.
    720 anomaly_settings_old_hash Anomaly: "a change of settings does not start from those in force",
        "make the change again from the settings that the report names";
    721 anomaly_settings_new_hash Anomaly: "the settings in a change do not have the hash that it names",
        "make the change again with the command";
    722 anomaly_settings_payload Anomaly: "a change of settings could not be read",
        "make the change again with the command";
    723 anomaly_settings_approval Anomaly: "an approval of a change is not a signature by an approver",
        "have two approvers sign the change, or wait for 24 hours";

    // Reports over a log, 730 to 739.
    730 anomaly_fired Anomaly: "a detector fired within the window of the report",
        "look at each alert; ztp anomaly explain shows the numbers behind it";
    731 anomaly_log_not_intact Anomaly: "the log that the detectors were run over does not verify",
        "see the log's own verdict; alerts over a log that does not hold prove nothing";
    732 anomaly_incomplete Anomaly: "records came too late, or could not be read, to be judged at the time they happened",
        "see how many and of when; try them on their own with ztp anomaly try, and find out why they came late";
}
