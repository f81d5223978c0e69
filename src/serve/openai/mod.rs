//! OpenAI's audio endpoints, as their own clients use them, with the page, health checks and figures of the server.

mod answer;
mod cors;
mod drain;
pub mod error;
mod flac;
mod form;
pub mod guard;
mod models;
mod mp3;
mod opus;
mod prompt;
mod realtime;
mod sound;
mod speech;
mod sse;
pub mod state;
pub mod status;
mod transcription;
mod upload;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Extension, Router};

use self::error::ApiError;
use self::state::{HttpState, Shared};
use self::upload::UploadPlaces;
use super::page::{self, PageFile};

/// All endpoints.
pub fn router(state: Arc<HttpState>) -> Router {
    let uploads = UploadPlaces::new(state.services.config.serve.sessions);
    let page = PageFile::ALL
        .into_iter()
        .fold(Router::new(), |router, file| router.route(file.path(), get(async move || page::answer(file))));
    page.route("/v1/audio/transcriptions", post(transcription::transcribe))
        .route("/v1/audio/translations", post(transcription::translate))
        .route("/v1/audio/speech", post(speech::speak))
        .route("/v1/audio/voices", get(async |State(state): Shared| models::voices(&state)))
        .route("/v1/realtime", get(realtime::connect))
        .route("/v1/models", get(async |State(state): Shared| models::list(&state)))
        .route("/v1/models/{*id}", get(async |State(state): Shared, Path(id): Path<String>| models::one(&state, &id)))
        .merge(status::routes())
        .fallback(async || ApiError::nowhere())
        .method_not_allowed_fallback(async || ApiError::method())
        // Uploads have a limit of their own, which is larger.
        .layer(DefaultBodyLimit::disable())
        .layer(Extension(uploads))
        .layer(from_fn_with_state(Arc::clone(&state), guard::guard))
        .with_state(state)
}
