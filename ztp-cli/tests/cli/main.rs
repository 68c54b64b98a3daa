//! Runs the real `ztp` binary: every command, every exit status, what it prints and what it leaves on disk.

#[cfg(test)]
mod append;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod brought;
#[cfg(test)]
mod canonical;
#[cfg(test)]
mod columns;
mod copy;
#[cfg(test)]
mod custody;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod dlp;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod law;
#[cfg(test)]
mod licence;
#[cfg(test)]
mod proof;
#[cfg(test)]
mod shell;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vault;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod walked;
#[cfg(test)]
mod watch;
