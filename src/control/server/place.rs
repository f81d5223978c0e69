//! The place of the control socket, and the lock that allows one golem on it.

use std::fs::{File, Permissions, TryLockError};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, fchmod};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};

use super::error::SocketError;

/// Clients that may wait to be accepted: many, because a client that does not block is refused when the queue is full.
const BACKLOG: i32 = 1024;
/// Rights of the socket and the lock: only the owner reads and writes.
const OWNER: u32 = 0o600;

/// The path of golem's socket: `$GOLEM_SOCKET`, or `golem.sock` under `$XDG_RUNTIME_DIR`, or in a folder of this
/// person's own among the temporary files. `env` reads the environment.
pub fn path(env: impl Fn(&str) -> Option<String>) -> PathBuf {
    let set = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let runtime = || set("XDG_RUNTIME_DIR").map(|folder| folder.join("golem.sock"));
    let own = || {
        let temporary = set("TMPDIR").unwrap_or_else(|| "/tmp".into());
        temporary.join(format!("golem-{}", rustix::process::geteuid().as_raw())).join("golem.sock")
    };
    set("GOLEM_SOCKET").or_else(runtime).unwrap_or_else(own)
}

/// The socket's place, taken. Dropping it removes the socket and lets others take it.
#[derive(Debug)]
pub struct SocketPlace {
    path: PathBuf,
    /// The lock holds while this file is open, and ends also if the process is killed. The file stays: removing it
    /// would let two golems lock two files of that name.
    _lock: File,
}

impl SocketPlace {
    /// Takes `path` for a socket that only this person can use.
    ///
    /// # Errors
    /// With [`SocketError::Running`] when a golem has it already.
    pub fn take(path: &Path) -> Result<(Self, UnixListener), SocketError> {
        let system = |source| SocketError::System { path: path.into(), source };
        let address = SocketAddrUnix::new(path).map_err(|_| SocketError::Long(path.into()))?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            own_folder(folder)?;
        }
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&lock).map_err(system)?;
        lock.set_permissions(Permissions::from_mode(OWNER)).map_err(system)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(SocketError::Running(path.into())),
            Err(TryLockError::Error(error)) => return Err(system(error)),
            Ok(()) => {}
        }
        clear(path)?;
        let listener = open(&address).map_err(|error| system(error.into()))?;
        Ok((Self { path: path.into(), _lock: lock }, listener))
    }

    /// The path of the socket.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketPlace {
    fn drop(&mut self) {
        // Ignore the error: the next golem recognises a socket that could not be removed.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Makes the folder, for this person alone, unless it exists. A folder that others may write to has to keep people's
/// files apart, as /tmp does.
fn own_folder(folder: &Path) -> Result<(), SocketError> {
    use std::os::unix::fs::DirBuilderExt;
    let system = |source| SocketError::System { path: folder.into(), source };
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(system)?;
    let data = std::fs::metadata(folder).map_err(system)?;
    let own = data.uid() == rustix::process::geteuid().as_raw();
    let (shared, sticky) = (data.mode() & 0o022 != 0, data.mode() & 0o1000 != 0);
    // Require that the folder which golem makes for itself among everybody's files is its own.
    let private = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("golem-"));
    if (private && (!own || data.mode() & 0o077 != 0)) || (shared && !sticky) {
        return Err(SocketError::Open(folder.into()));
    }
    Ok(())
}

/// Removes a socket that no process serves; never removes anything else.
fn clear(path: &Path) -> Result<(), SocketError> {
    let Ok(data) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !data.file_type().is_socket() {
        return Err(SocketError::Taken(path.into()));
    }
    if UnixStream::connect(path).is_ok() {
        return Err(SocketError::Running(path.into()));
    }
    std::fs::remove_file(path).map_err(|source| SocketError::System { path: path.into(), source })
}

/// Opens a listening socket that is its owner's alone from the moment it has a name.
fn open(address: &SocketAddrUnix) -> rustix::io::Result<UnixListener> {
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    fchmod(&socket, Mode::from_raw_mode(OWNER))?;
    bind(&socket, address)?;
    listen(&socket, BACKLOG)?;
    Ok(UnixListener::from(socket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_follows_the_environment() {
        let with = |pairs: &'static [(&str, &str)]| {
            path(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_string()))
        };
        assert_eq!(with(&[("XDG_RUNTIME_DIR", "/run/user/7")]), Path::new("/run/user/7/golem.sock"));
        assert_eq!(with(&[("XDG_RUNTIME_DIR", "/run"), ("GOLEM_SOCKET", "/x")]), Path::new("/x"));
        let own = with(&[("TMPDIR", "/var/tmp"), ("XDG_RUNTIME_DIR", "")]);
        assert!(own.starts_with("/var/tmp") && own.to_string_lossy().contains("golem-"), "{}", own.display());
    }

    #[test]
    fn a_socket_is_its_owners_alone_and_has_one_golem() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/golem.sock");
        let (place, listener) = SocketPlace::take(&path).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert!(matches!(SocketPlace::take(&path), Err(SocketError::Running(_))));
        drop((place, listener));
        assert!(!path.exists());
        assert!(SocketPlace::take(&path).is_ok());
    }

    #[test]
    fn a_stale_socket_is_replaced_and_a_live_one_and_a_file_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("golem.sock");
        let live = UnixListener::bind(&path).unwrap();
        assert!(matches!(SocketPlace::take(&path), Err(SocketError::Running(_))));
        drop(live);
        assert!(path.exists());
        drop(SocketPlace::take(&path).unwrap());
        std::fs::write(&path, "a letter").unwrap();
        assert!(matches!(SocketPlace::take(&path), Err(SocketError::Taken(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a letter");
    }

    #[test]
    fn a_folder_open_to_others_and_a_path_too_long_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let open = folder.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(SocketPlace::take(&open.join("golem.sock")), Err(SocketError::Open(_))));
        assert!(matches!(SocketPlace::take(&folder.path().join("x".repeat(120))), Err(SocketError::Long(_))));
    }
}
