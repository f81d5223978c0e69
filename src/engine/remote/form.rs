//! A form with a file, as browsers upload it: `multipart/form-data` of RFC 7578. Pure.

/// A form with one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultipartForm {
    boundary: String,
    bytes: Vec<u8>,
}

impl MultipartForm {
    /// A form with `fields` and a WAV file of these bytes.
    pub fn new(fields: &[(&str, String)], wav: &[u8]) -> Self {
        let clashes = |boundary: &str| {
            let mark = boundary.as_bytes();
            let inside = |bytes: &[u8]| bytes.windows(mark.len()).any(|bytes| bytes == mark);
            inside(wav) || fields.iter().any(|(_, value)| inside(value.as_bytes()))
        };
        let boundary = (0..u32::MAX).map(|number| format!("golem-form-{number:016x}")).find(|mark| !clashes(mark));
        let boundary = boundary.unwrap_or_default();
        let mut bytes = Vec::with_capacity(wav.len() + 1024);
        for (name, value) in fields {
            let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            bytes.extend(head.bytes().chain(value.bytes()).chain(*b"\r\n"));
        }
        let file =
            "Content-Disposition: form-data; name=\"file\"; filename=\"utterance.wav\"\r\nContent-Type: audio/wav";
        bytes.extend(format!("--{boundary}\r\n{file}\r\n\r\n").bytes());
        bytes.extend_from_slice(wav);
        bytes.extend(format!("\r\n--{boundary}--\r\n").bytes());
        Self { boundary, bytes }
    }

    /// Its content type.
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_holds_its_fields_and_its_file() {
        let form = MultipartForm::new(&[("language", "ru".into()), ("prompt", "a\r\nb".into())], b"RIFF");
        let text = String::from_utf8(form.bytes().to_vec()).unwrap();
        let mark = form.content_type().split_once("boundary=").unwrap().1.to_owned();
        assert_eq!(text.matches(&mark).count(), 4);
        assert!(text.contains("name=\"prompt\"\r\n\r\na\r\nb\r\n--"), "{text}");
        assert!(text.ends_with(&format!("audio/wav\r\n\r\nRIFF\r\n--{mark}--\r\n")), "{text}");
    }

    #[test]
    fn no_content_ends_the_form_early() {
        let plain = MultipartForm::new(&[], b"x");
        let clashing = MultipartForm::new(&[("prompt", plain.boundary.clone())], b"x");
        assert_ne!(plain.boundary, clashing.boundary);
        assert_ne!(MultipartForm::new(&[], plain.bytes()).boundary, plain.boundary);
    }
}
