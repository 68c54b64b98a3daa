//! What each command's help ends with: an example that can be pasted, and its exit statuses. The manual pages say the same.

use clap::Command;

/// Statuses of commands that judge something.
const JUDGES: &str = "0 it holds; 1 it does not; 2 wrong usage; 3 it could not be checked";
/// Statuses of commands that judge a log or vault and what vouches for it.
const WEIGHS: &str = "0 it holds; 1 it does not; 2 wrong usage; 3 it could not be checked; 4 it holds, but nothing outside the copy vouches for it, \
                      or less than --require asked for";
/// Statuses of commands that read what was carried away from a log.
const CARRIED: &str = "0 it holds; 1 it does not; 2 wrong usage; 3 it could not be checked, also where a head, key, proof or record has a byte order \
                       mark or converted line ends: take it again as it was";
/// Statuses of commands that make or show something.
const MAKES: &str = "0 done; 1 what was given is refused; 2 wrong usage; 3 it could not be done";

/// A command, an example, and its exit statuses.
struct Row {
    path: &'static str,
    example: &'static str,
    statuses: &'static str,
}

macro_rules! rows {
    ($($path:literal, $example:literal, $statuses:expr;)+) => {
        &[$(Row { path: $path, example: $example, statuses: $statuses }),+]
    };
}

/// Every command that does something.
const ROWS: &[Row] = rows! {
    "audit init", "ztp audit init log --origin bench-7.example/audit", MAKES;
    "audit append", "ztp audit append log --seal < events.jsonl",
        "0 every line is in the log, synced; 1 a line was refused (what came before it is in the log); 2 wrong usage; 3 it could not be \
         done, or a signal ended the input: the words name the next line. A line is acknowledged when the command has ended, or by \
         the count that it prints when it stops";
    "audit seal", "ztp audit seal log --wait 30s",
        "0 sealed; 1 the log is damaged; 2 wrong usage; 3 it could not be done. A signal while it waits ends it at once, and nothing is written";
    "audit copy", "ztp audit copy /data/audit copy --vkey first.vkey", WEIGHS;
    "audit head", "ztp audit head log --genesis-vkey > first.vkey", MAKES;
    "audit verify", "ztp audit verify copy --vkey first.vkey --head kept.head", WEIGHS;
    "audit prove", "ztp audit prove log --seq 1 > record.tlog-proof", MAKES;
    "audit check-proof", "ztp audit check-proof record.tlog-proof --record record.json --head kept.head", CARRIED;
    "audit check-consistency", "ztp audit check-consistency joined --old kept.head --vkey-old old.vkey --vkey-new new.vkey", CARRIED;
    "audit record-hash", "ztp audit record-hash < record.json", CARRIED;
    "correlate", "ztp correlate log admission.jsonl --vkey first.vkey --plot drift.svg",
        "0 the two accounts agree; 1 they differ; 2 wrong usage; 3 they could not be compared; 4 they agree, but the log rests on less \
         than was asked for";
    "anomaly report", "ztp anomaly report log --since 7d",
        "0 every record was judged, and no rule fired; 1 one did; 2 wrong usage; 3 not everything could be judged; 4 the log rests on \
         less than was asked for";
    "anomaly replay", "ztp anomaly replay log --vkey first.vkey",
        "0 what is sealed is what the records give; 1 it is not; 2 wrong usage; 3 it could not be checked; 4 the log rests on less than \
         was asked for";
    "anomaly explain", "ztp anomaly explain log --seq 1206 --detector denial-flood", MAKES;
    "anomaly try", "ztp anomaly try events.jsonl --settings denial-flood.yaml",
        "0 no rule fires; 1 one does; 2 wrong usage; 3 not everything could be judged";
    "anomaly run", "ztp anomaly run log --follow",
        "0 done, or ended by a signal under --follow; 1 the log does not hold; 2 wrong usage; 3 it could not be done";
    "licence verify", "ztp licence verify envelope.json --trust trust.json --bench bench-7", JUDGES;
    "licence inspect", "ztp licence inspect envelope.json", MAKES;
    "licence ingest", "ztp licence ingest /data/license --trust trust.json --log /data/audit --bench bench-7",
        "0 every file was taken in, taken in before, or waits to be whole; 1 one was refused, or waits for the clock; 2 wrong usage; \
         3 it could not be decided";
    "licence decide", "ztp licence decide envelope.json --trust trust.json --bench bench-7", JUDGES;
    "licence seen", "ztp licence seen /data/audit --trust trust.json --bench bench-7", JUDGES;
    "vault init", "ztp vault init vault --key device.pem --bench bench-7", MAKES;
    "vault status", "ztp vault status vault --warn-days 30", MAKES;
    "vault mint", "ztp vault mint vault --key device.pem --envelope envelope.json --trust trust.json", MAKES;
    "vault spend", "ztp vault spend vault --key device.pem --request-id r-1 --class test-hours --amount 60 --purpose run-17", MAKES;
    "vault simulate", "ztp vault simulate vault --request-id r-1 --class test-hours --amount 60 --purpose run-17",
        "0 it would succeed; 1 it would be refused; 2 wrong usage; 3 it could not be tried";
    "vault history", "ztp vault history vault --json > held.json", MAKES;
    "vault verify", "ztp vault verify vault --device-key device.pub.pem --receipts held.json", WEIGHS;
    "vault verify-fork", "ztp vault verify-fork receipt-1.json receipt-2.json --device-key device.pub.pem --out proof.json",
        "1 a fork is proved, or none is: the words and the code say which; 2 wrong usage; 3 it could not be checked";
    "vault request", "ztp vault request vault --key device.pem --request-id q-1 --out request.json", MAKES;
    "vault reconcile", "ztp vault reconcile request.json --held held.json --device-key device.pub.pem", JUDGES;
    "vault reanchor", "ztp vault reanchor vault --key device.pem --change generation --reason restored", MAKES;
    "dlp scan", "ztp dlp scan build/ --rules customer-rules.yaml --sarif findings.sarif",
        "0 nothing found, or nothing as grave as --fail-on, and everything looked at; 1 something found; 2 wrong usage, such as a rule \
         file that is refused; 3 nothing found, but not everything could be looked at";
    "dlp rules", "ztp dlp rules --rules customer-rules.yaml", MAKES;
    "dlp test", "ztp dlp test customer-rules.yaml",
        "0 the file can be put in force; 1 it is refused, with line and column; 2 wrong usage; 3 it cannot be read";
    "keys generate", "ztp keys generate --out device.pem", MAKES;
    "keys verify", "ztp keys verify certificate.json --root root.json", JUDGES;
    "keys audit", "ztp keys audit transcript.json --document root.json", JUDGES;
    "keys trust", "ztp keys trust --pin isk.pub.pem --product tlsstress --out trust.json", MAKES;
    "canonical encode", "ztp canonical encode < document.json", MAKES;
    "canonical check", "ztp canonical check < document.json", JUDGES;
    "signature verify", "ztp signature verify --public-key 00 --message 00 --signature 00", JUDGES;
    "explain", "ztp explain unanchored", "0 explained; 2 there is no such code or word";
    "completions", "ztp completions bash > /etc/bash_completion.d/ztp", "0 done; 2 wrong usage";
    "man", "ztp man /usr/local/share/man/man1", MAKES;
};

/// Commands that only an issuer's build has.
#[cfg(feature = "signer")]
const SIGNER_ROWS: &[Row] = rows! {
    "licence sign", "ztp licence sign --key isk.pem --in licence.json --out envelope.json", MAKES;
    "keys ceremony", "ztp keys ceremony --holder ana=ana.pem --threshold 1 --not-after 2036-01-01 --out root.json --transcript root.transcript", MAKES;
    "keys rotate", "ztp keys rotate --previous root.json --holder ben=ben.pem --leaving ana=ana.pem --threshold 1 --not-after 2037-01-01 --out root-2.json --transcript root-2.transcript", MAKES;
    "keys certify", "ztp keys certify --holder ana=ana.pem --key isk.pub.pem --name isk-2026-q3 --serial 1 --product tlsstress --not-before 2026-07-01 --not-after 2026-12-31 --out isk.cert.json --transcript isk.transcript", MAKES;
    "keys revoke", "ztp keys revoke --holder ana=ana.pem --serial 1 --out revocation.json --transcript revocation.transcript", MAKES;
    "keys cosign", "ztp keys cosign root.json --key ben.pem --out root.json", MAKES;
    "keys inspect", "ztp keys inspect isk.pem", MAKES;
    "dlp baseline", "ztp dlp baseline found.json --key auditor.pem --ticket SEC-7 --expires 2026-12-31 --out baseline.json", MAKES;
    "demo", "ztp demo --keep day", "0 everything showed what it must; 1 something did not; 2 wrong usage; 3 it could not be run";
};
#[cfg(not(feature = "signer"))]
const SIGNER_ROWS: &[Row] = &[];

/// The command line with its examples and exit statuses.
pub(crate) fn described(command: Command) -> Command {
    let groups: Vec<String> = command
        .get_subcommands()
        .filter(|inside| inside.has_subcommands())
        .map(|inside| inside.get_name().to_owned())
        .collect();
    let command = groups.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |group| group.after_help(super::EXIT_HELP))
    });
    ROWS.iter().chain(SIGNER_ROWS).fold(command, |command, row| {
        let words: Vec<&str> = row.path.split(' ').collect();
        at(command, &words, row)
    })
}

fn at(command: Command, path: &[&str], row: &Row) -> Command {
    match path.split_first() {
        None => command.after_help(format!("Example:\n  {}\n\nExit status: {}.", row.example, row.statuses)),
        Some((name, rest)) => command.mut_subcommand(*name, |inside| at(inside, rest, row)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory as _;

    /// Every command that has no commands below it, with its path.
    fn leaves(command: &Command, path: &str, found: &mut Vec<(String, String)>) {
        for inside in command.get_subcommands().filter(|inside| inside.get_name() != "help") {
            let path = format!("{path} {}", inside.get_name());
            if inside.has_subcommands() {
                leaves(inside, &path, found);
            } else {
                let help = inside.get_after_help().map(ToString::to_string).unwrap_or_default();
                found.push((path.trim().to_owned(), help));
            }
        }
    }

    #[test]
    fn every_command_ends_its_help_with_an_example_and_its_exit_statuses() {
        let mut found = Vec::new();
        leaves(&described(Cli::command()), "", &mut found);
        assert_eq!(found.len(), ROWS.len() + SIGNER_ROWS.len());
        for (path, help) in found {
            assert!(
                help.contains(&format!("Example:\n  ztp {path}")) && help.contains("Exit status: "),
                "{path}: {help}"
            );
        }
    }

    #[test]
    fn every_example_is_a_command_line_that_is_accepted() {
        let refused = ROWS.iter().chain(SIGNER_ROWS).filter_map(|row| {
            let (line, _redirected) = row.example.split_once(['<', '>']).unwrap_or((row.example, ""));
            let parsed = Cli::command().try_get_matches_from(line.split_whitespace());
            parsed.err().map(|error| format!("{}: {error}", row.example))
        });
        assert_eq!(refused.collect::<Vec<_>>(), Vec::<String>::new());
    }
}
