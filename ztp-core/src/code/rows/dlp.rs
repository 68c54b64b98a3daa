//! Codes about what leaves the bench.

use super::rows;

rows! {
    // The surfaces of the monitor, 660 to 679.
    660 dlp_not_recorded Dlp: "the sealed log did not take the record of a request",
        "look at the cause; in enforce mode nothing was sent, in observe mode the request went out unrecorded";
    661 dlp_body_too_large Dlp: "a body is larger than what is held for a verdict in enforce mode",
        "nothing was sent: send less, or raise the limit";
    662 dlp_config_schema_name Dlp: "the configuration is of another format or version",
        "check that it is the right file, and that this build is as new as its author's";
    663 dlp_config_value Dlp: "a value in the configuration is not of the form of its member",
        "correct the member that the message names";
    664 dlp_stream_ended Dlp: "the stream has given its report already",
        "begin a stream for each request";
}
