//! Gives the shared library its SONAME, so that a program linked with ABI 0 never loads another one.

fn main() {
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libztp.so.0");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
