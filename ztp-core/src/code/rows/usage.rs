//! Codes about the use of an interface.

use super::rows;

rows! {
    // Use of an interface, 900 and up.
    900 internal Usage: "the library failed inside; nothing was decided about the input",
        "report it with the version and the size of the input";
    901 busy Usage: "the handle is in use by another call, which is not disturbed",
        "wait for the other call, or open one handle per thread";
    902 cancelled Usage: "the caller cancelled before there was a verdict",
        "run it again to get a verdict; what was examined says nothing of the rest";
    903 pointer_null Usage: "a pointer is null although its length is not zero, or a handle or result pointer is null",
        "pass the address of the bytes, the handle or the variable for the result";
    904 length_out_of_range Usage: "a length is larger than any object in memory can be",
        "pass the number of bytes at the pointer";
    905 path_invalid Usage: "a directory path is empty, is not UTF-8 or holds a NUL byte",
        "pass the path of a directory as UTF-8";
    906 text_not_utf8 Usage: "an argument that is text is not UTF-8",
        "pass it as UTF-8";
    907 seed_length_invalid Usage: "a key seed is not 32 bytes long",
        "pass 32 bytes, or none to draw a seed from the operating system";
    908 handle_poisoned Usage: "an earlier call on the handle failed inside and left it in an unknown state",
        "free the handle and open the log again";
    909 option_out_of_range Usage: "a number among the options is outside its range",
        "pass a number in the range that the message names";
    910 option_word_unknown Usage: "a word among the options is not one that the option knows",
        "use the words that the message lists";
    911 feature_missing Usage: "the library was built without what the call needs",
        "use a build with the feature that the message names";
    950 usage_invalid Usage: "the command line is not one the command accepts",
        "run the command with --help";
    951 time_invalid Usage: "a point in time on the command line cannot be read",
        "write 7d, 24h, a date such as 2026-05-01, or a timestamp such as 2026-05-01T08:00:00Z";
    952 file_missing Usage: "a file named on the command line does not exist",
        "check the path";
    953 file_unreadable Usage: "a file named on the command line, or standard input, cannot be read",
        "check its kind and permissions, and the medium it is on";
    954 file_too_large Usage: "a file named on the command line, or standard input, is larger than the command reads",
        "check that it is the right file";
    955 file_exists Usage: "a file that must be new exists already; it was left as it is",
        "choose another name, or move the old file away";
    956 file_unwritable Usage: "a file cannot be written",
        "check directory, permissions and free space";
    957 output_failed Usage: "standard output took no more before the result was written",
        "check free space where the output goes; the exit status stands for the failure to write, not for the verdict";
    958 system_refused Usage: "the operating system refused something that every run needs",
        "look at the message; check limits on processes, threads and memory";
    959 demo_unexpected Usage: "a step of the demonstration did not end as it must",
        "keep the directory and report it; this is a fault of ZTP or of the storage under it";
}
