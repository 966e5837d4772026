//! Which form of a preflight a caller wants.

use axum::http::{HeaderMap, header};

use crate::report::Format;
use crate::serve::problem::{Kind, Problem};

/// A form in which a preflight is given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// The resource of the API.
    Resource,
    /// The report alone, as the command line writes it.
    Report(Format),
}

impl Form {
    /// The form that `?format=` names, or else the one that `Accept` likes best.
    pub(super) fn wanted(format: Option<&str>, headers: &HeaderMap) -> Result<Self, Problem> {
        match format {
            Some(word) => {
                word.parse().map(Self::Report).map_err(|error: crate::report::UnknownFormat| {
                    Problem::new(Kind::BadRequest, format!("format: {error}."))
                })
            }
            None => Self::accepted(headers),
        }
    }

    fn accepted(headers: &HeaderMap) -> Result<Self, Problem> {
        let accept: Vec<&str> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        if accept.is_empty() {
            return Ok(Self::Resource);
        }
        let ranges: Vec<Range> = accept.into_iter().filter_map(Range::parse).collect();
        let reports = Format::ALL.into_iter().filter(|format| *format != Format::Json);
        let forms = std::iter::once(Self::Resource).chain(reports.map(Self::Report));
        // Of two that are liked as much, the first one: the resource is the usual form.
        let best = forms.fold(None, |best: Option<(Self, f32)>, form| {
            let liking = liking(&ranges, form.media_type());
            let is_better = liking > best.map_or(0.0, |(_, best)| best);
            if is_better { Some((form, liking)) } else { best }
        });
        best.map(|(form, _)| form).ok_or_else(|| {
            let detail = "Accept application/json, or one of the report's media types.";
            Problem::new(Kind::NotAcceptable, detail)
        })
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Resource => "application/json",
            Self::Report(format) => essence(format.media_type()),
        }
    }
}

/// One range of an `Accept` header.
struct Range {
    media: String,
    quality: f32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next().filter(|media| media.contains('/'))?.to_ascii_lowercase();
        let quality = parts.find_map(|part| part.strip_prefix("q="));
        let quality = quality.map_or(Some(1.0), |q| q.parse().ok())?;
        Some(Self { media, quality })
    }

    /// How exactly it names a media type; `None` where it does not.
    fn exactness(&self, media_type: &str) -> Option<u8> {
        let kind = media_type.split('/').next().unwrap_or_default();
        match self.media.as_str() {
            "*/*" => Some(0),
            media if media.strip_suffix("/*") == Some(kind) => Some(1),
            media if media == media_type => Some(2),
            _ => None,
        }
    }
}

/// The quality of the range that names the media type most exactly; 0 where none does.
fn liking(ranges: &[Range], media_type: &str) -> f32 {
    let fitting = ranges.iter().filter_map(|range| Some((range.exactness(media_type)?, range)));
    fitting.max_by_key(|(exactness, _)| *exactness).map_or(0.0, |(_, range)| range.quality)
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(accept: &str) -> Result<Form, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().expect("a header"));
        Form::wanted(None, &headers)
    }

    #[test]
    fn accept_is_read_as_http_says() {
        let human = Form::Report(Format::Human);
        for (accept, form) in [
            ("*/*", Form::Resource),
            ("application/json", Form::Resource),
            ("application/*", Form::Resource),
            ("text/plain", human),
            ("text/plain, application/json;q=0.5", human),
            ("application/json;q=0.5, text/plain;q=0.9", human),
            ("text/plain;q=0, */*", Form::Resource),
        ] {
            assert_eq!(wanted(accept).ok(), Some(form), "{accept}");
        }
        assert!(wanted("image/png").is_err());
        assert!(wanted("application/json;q=0").is_err());
        assert_eq!(Form::wanted(None, &HeaderMap::new()).ok(), Some(Form::Resource));
    }

    #[test]
    fn a_format_that_is_named_beats_accept() {
        let form = Form::wanted(Some("short"), &HeaderMap::new());
        assert_eq!(form.ok(), Some(Form::Report(Format::Short)));
        let problem = Form::wanted(Some("jsn"), &HeaderMap::new()).expect_err("no format");
        assert!(problem.detail().contains("did you mean json?"), "{}", problem.detail());
    }
}
