//! The opening of the history's file: private to its owner, checked, up to date. A damaged one is moved aside.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OpenFlags};
use rustix::fs::{FlockOperation, flock};

use super::{HistoryError, Store, schema};

/// Longest time that another process may hold the file before golem gives up on a read or write.
const BUSY: Duration = Duration::from_secs(5);

/// An open history.
#[derive(Debug)]
pub struct OpenHistory {
    /// The history.
    pub store: Store,
    /// The new path of a damaged history, if there was one.
    pub damaged: Option<PathBuf>,
}

impl Store {
    /// Opens the history at `path`, or begins it if there is none. A damaged one is moved aside as a whole, under a
    /// name that contains the time, and a new history begins.
    ///
    /// # Errors
    /// When the folder cannot be used, a newer golem wrote the file, or it is held by another process.
    pub fn open(path: &Path) -> Result<OpenHistory, HistoryError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let failed = |error: std::io::Error| folder_error(folder, &error);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        // Lock the folder: of several processes that find the file damaged, one moves it, and the others find the new
        // one.
        let lock = File::open(folder).map_err(failed)?;
        flock(&lock, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
        match checked(path) {
            Ok(store) => Ok(OpenHistory { store, damaged: None }),
            Err(error) if error.damaged() => {
                let aside = move_aside(path)?;
                Ok(OpenHistory { store: checked(path)?, damaged: Some(aside) })
            }
            Err(error) => Err(error),
        }
    }
}

fn folder_error(path: &Path, error: &std::io::Error) -> HistoryError {
    HistoryError::Folder { path: path.into(), reason: error.to_string() }
}

/// Opens the file: private, whole and up to date.
fn checked(path: &Path) -> Result<Store, HistoryError> {
    private(path)?;
    let connection = connect(path).map_err(|error| HistoryError::database(path, error))?;
    let found = schema::version(&connection).map_err(|error| HistoryError::database(path, error))?;
    if found > schema::newest() {
        return Err(HistoryError::Newer { path: path.into(), found, known: schema::newest() });
    }
    prepare(connection)
        .map(|connection| Store::new(path, connection))
        .map_err(|error| HistoryError::database(path, error))
}

/// Makes the file readable for its owner only; SQLite gives its side files the same rights. An existing file is not
/// opened: closing it again would drop the locks of a connection in the same process.
fn private(path: &Path) -> Result<(), HistoryError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(folder_error(path, &error)),
        _ => {}
    }
    for file in parts(path) {
        match std::fs::set_permissions(&file, Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(folder_error(&file, &error)),
            _ => {}
        }
    }
    Ok(())
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Keep private text out of temporary files.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Allows readers and a writer at once, checks the file and brings it up to date. Every commit is on the disk before it
/// counts, power cuts included.
fn prepare(mut connection: Connection) -> rusqlite::Result<Connection> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let verdict: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if verdict != "ok" {
        return Err(corrupt(verdict));
    }
    schema::raise(&mut connection, schema::newest())?;
    // Check the tables as well: wrong ones are damage too, and are found now rather than in the middle of a turn.
    connection.prepare("SELECT id, conversation, turn, role, text, interrupted, at FROM messages").map_err(
        |error| {
            if let rusqlite::Error::SqlInputError { msg, .. } = error { corrupt(msg) } else { error }
        },
    )?;
    Ok(connection)
}

fn corrupt(what: String) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), Some(what))
}

/// The file and SQLite's side files.
fn parts(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| beside(path, suffix))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Moves a damaged history and its side files aside; returns the new name of the history.
fn move_aside(path: &Path) -> Result<PathBuf, HistoryError> {
    let now = jiff::Timestamp::try_from(SystemTime::now()).unwrap_or_default();
    let stem = format!(".damaged-{}", now.strftime("%Y%m%dT%H%M%SZ"));
    let free = |aside: &PathBuf| !aside.exists();
    let names = (1..).map(|n| beside(path, &if n == 1 { stem.clone() } else { format!("{stem}-{n}") }));
    let aside = names.take(1000).find(free).unwrap_or_else(|| beside(path, &stem));
    for suffix in ["-shm", "-wal", ""] {
        match std::fs::rename(beside(path, suffix), beside(&aside, suffix)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(folder_error(path, &error)),
            _ => {}
        }
    }
    Ok(aside)
}
