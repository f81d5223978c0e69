//! espeak-ng is linked statically by `espeak-rs-sys`, which leaves out the `sonic` library it was built against. A
//! portable golem finds its libraries beside itself.

/// Where a portable golem looks for shared libraries. Its own come first; what the system has of the sound system and the
/// C++ runtime fits the system's plugins and libraries better than a copy, which serves only where there is none.
const RUNPATH: &str =
    "$ORIGIN/lib:/usr/lib/x86_64-linux-gnu:/usr/lib/aarch64-linux-gnu:/usr/lib64:/usr/lib:$ORIGIN/lib/fallback";

fn main() {
    println!("cargo:rerun-if-changed=scripts/build.rs");
    println!("cargo:rustc-link-lib=sonic");
    // Once more at the end of the line: GNU's linker drops a library that nothing before it has asked for, and in the
    // library's own tests espeak-ng comes later.
    println!("cargo:rustc-link-arg=-lsonic");
    if std::env::var_os("CARGO_FEATURE_PORTABLE").is_some() {
        println!("cargo:rustc-link-arg-bins=-Wl,--enable-new-dtags,-rpath,{RUNPATH}");
    }
    if let Ok(folder) = std::env::var("DEP_DNNL_RUNTIME") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}"); // the prebuilt oneDNN, for golem and its tests
    }
}
