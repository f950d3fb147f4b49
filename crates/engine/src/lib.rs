//! The one path: pipeline, commands, effects, jobs, replay.
