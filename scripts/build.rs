//! espeak-ng is linked statically by `espeak-rs-sys`, which leaves out the `sonic` library it was built against.
fn main() {
    println!("cargo:rerun-if-changed=scripts/build.rs");
    println!("cargo:rustc-link-lib=sonic");
}
