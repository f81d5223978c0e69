//! Finds the oneDNN that set-up installed, or compiles one, and says where it is to those that link it.
//!
//! `GOLEM_ONEDNN=source` compiles in any case: for a binary that travels, which links it statically.

use std::{
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// The library's name for the dynamic linker, which is also its file's in the data folder.
const SONAME: &str = "libdnnl.so.3";

fn main() -> Result<(), Box<dyn Error>> {
    // Another data folder is no reason to build anew while the library is still where it was found.
    println!("cargo::rerun-if-env-changed=GOLEM_ONEDNN");
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let forced = env::var("GOLEM_ONEDNN").is_ok_and(|wish| wish == "source");
    match installed().filter(|_| !forced) {
        Some(folder) => prebuilt(&folder, &out)?,
        None => compiled(&out)?,
    }
    Ok(())
}

/// The folder of the prebuilt oneDNN under golem's data folder (the rule of scripts/setup.sh), where it is whole.
fn installed() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("GOLEM_DATA")
        .or_else(|| Some(set("XDG_DATA_HOME")?.join("golem")))
        .or_else(|| Some(set("HOME")?.join(".local/share/golem")))?;
    let folder = data.join("runtime/onednn");
    println!("cargo::rerun-if-changed={}", folder.join(SONAME).display());
    (folder.join(SONAME).is_file() && folder.join("include/dnnl.h").is_file()).then_some(folder)
}

/// Links the library of `folder`. Linkers look for the name without a version, which is made here as a link.
fn prebuilt(folder: &Path, out: &Path) -> io::Result<()> {
    let link = out.join("lib/libdnnl.so");
    fs::create_dir_all(out.join("lib"))?;
    if link.symlink_metadata().is_ok() {
        fs::remove_file(&link)?;
    }
    std::os::unix::fs::symlink(folder.join(SONAME), &link)?;
    announce("dylib", &folder.join("include"), &out.join("lib"));
    println!("cargo::metadata=RUNTIME={}", folder.display());
    Ok(())
}

/// Compiles the source of the crate that this one stands in for. Two crates may not both link `dnnl` in one build, so
/// it has a build of its own.
fn compiled(out: &Path) -> Result<(), Box<dyn Error>> {
    let manifest = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("source/Cargo.toml");
    let target = out.join("source");
    let status = Command::new(env::var("CARGO")?)
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target)
        .status()?;
    if !status.success() {
        return Err(format!("oneDNN could not be compiled ({status})").into());
    }
    let made = fs::read_dir(target.join("release/build"))?
        .filter_map(|entry| Some(entry.ok()?.path().join("out")))
        .find(|folder| folder.join("lib/libdnnl.a").is_file())
        .ok_or("the build of oneDNN left no libdnnl.a")?;
    announce("static", &made.join("include"), &made.join("lib"));
    Ok(())
}

/// Says to cargo what to link, and to CTranslate2's bindings where headers and library are.
fn announce(kind: &str, include: &Path, library: &Path) {
    println!("cargo::rustc-link-search={}", library.display());
    println!("cargo::rustc-link-lib={kind}=dnnl");
    println!("cargo::metadata=INCLUDE_PATH={}", include.display());
    println!("cargo::metadata=LIBRARY_PATH={}", library.display());
}
