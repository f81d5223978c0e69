//! Tests of damaged files, full disks, older and newer schemas.

use rusqlite::Connection;

use super::*;
use crate::history::schema;

#[test]
fn an_older_file_is_brought_up_to_date_with_all_that_is_in_it() {
    let (_folder, path) = place();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut old = Connection::open(&path).unwrap();
    schema::raise(&mut old, 1).unwrap();
    old.execute_batch(
        "INSERT INTO conversations VALUES (5, 100);
         INSERT INTO messages VALUES (1, 5, 1, 'user', 'the zebra question', 0, 100);",
    )
    .unwrap();
    drop(old);
    let mut store = open(&path);
    assert_eq!(schema::version(&store.connection).unwrap(), schema::newest());
    assert_eq!(store.search("zebra", 9).unwrap().len(), 1);
    assert_eq!(store.add(Some(5), &[asked("zebra again", 200)]).unwrap(), Some(5));
    assert_eq!(store.search("zebra", 9).unwrap().len(), 2);
    assert_eq!(store.check().unwrap(), None);
}

#[test]
fn a_file_of_a_newer_golem_is_left_alone() {
    let (_folder, path) = place();
    let store = open(&path);
    store.connection.pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, HistoryError::Newer { found: 99, .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_step_that_was_cut_off_is_done_again() {
    let (_folder, path) = place();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    // A crash before the first step leaves an empty file.
    std::fs::write(&path, b"").unwrap();
    assert!(open(&path).list(1).unwrap().is_empty());
}

#[test]
fn a_damaged_file_is_moved_aside_and_a_new_one_begins() {
    let harm: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes.iter_mut().for_each(|byte| *byte = 0xaa),
        |bytes| bytes[0] ^= 1,
        |bytes| bytes.iter_mut().skip(4096).for_each(|byte| *byte ^= 0x55),
        |bytes| bytes.truncate(bytes.len() / 2),
    ];
    for (number, harm) in harm.iter().enumerate() {
        let (_folder, path) = place();
        let mut store = open(&path);
        for n in 0..200 {
            store.add(None, &[asked(&format!("words {n}"), n)]).unwrap();
        }
        drop(store);
        let mut bytes = std::fs::read(&path).unwrap();
        harm(&mut bytes);
        std::fs::write(&path, &bytes).unwrap();
        let mut opened = Store::open(&path).unwrap();
        let aside = opened.damaged.unwrap_or_else(|| panic!("damage {number} was not seen"));
        assert_eq!(std::fs::read(&aside).unwrap(), bytes, "damage {number}: moved as it was");
        assert!(opened.store.list(9).unwrap().is_empty());
        assert_eq!(opened.store.add(None, &[asked("new", 1)]).unwrap(), Some(1));
        drop(opened.store);
        assert_eq!(open(&path).list(9).unwrap().len(), 1);
    }
}

#[test]
fn another_program_s_file_is_moved_aside_too() {
    let (_folder, path) = place();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE messages (id INTEGER); PRAGMA user_version = 2;").unwrap();
    drop(other);
    assert!(Store::open(&path).unwrap().damaged.is_some());
}

#[test]
fn a_full_disk_loses_nothing_that_was_written() {
    let (_folder, path) = place();
    let mut store = open(&path);
    let id = store.add(None, &[asked("first", 1)]).unwrap();
    let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    store.connection.pragma_update(None, "max_page_count", pages + 2).unwrap();
    let error = store.add(id, &[asked("kept?", 2), asked(&"long ".repeat(50_000), 3)]).unwrap_err();
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert_eq!(texts(&store.messages(1).unwrap()), ["first"], "all or none");
    store.connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    store.add(id, &[asked("second", 4)]).unwrap();
    assert_eq!(texts(&open(&path).messages(1).unwrap()), ["first", "second"]);
}

#[test]
fn a_place_that_cannot_be_written_is_told_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, b"").unwrap();
    let error = Store::open(&blocked.join("golem/history.db")).unwrap_err().to_string();
    assert!(error.contains("$XDG_STATE_HOME") && error.contains("file"), "{error}");
    // A folder in the file's place is no database either.
    let path = folder.path().join("golem/history.db");
    std::fs::create_dir_all(&path).unwrap();
    assert!(Store::open(&path).is_err());
}
