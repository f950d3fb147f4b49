//! What browser clients ask for before they send: where to post, and that nothing else is to load.

use serde_json::{Value, json};

/// The answer to `GET /v1/projects/:key/settings`: one destination, this server, under `host/v1`.
///
/// `host` is the authority the client reached us by, such as `events.example.org:8080`; `https`
/// says whether it did so over TLS.
#[must_use]
pub fn segment_settings(write_key: &str, host: &str, https: bool) -> Value {
    json!({
        "integrations": {
            "Segment.io": {
                "apiKey": write_key,
                "apiHost": format!("{host}/v1"),
                "protocol": if https { "https" } else { "http" },
                "unbundledIntegrations": [],
                "addBundledMetadata": true,
                "maybeBundledConfigIds": {},
                "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
                "type": "browser"
            }
        },
        "plan": {
            "track": {"__default": {"enabled": true, "integrations": {}}},
            "identify": {"__default": {"enabled": true}},
            "group": {"__default": {"enabled": true}}
        },
        "edgeFunction": {},
        "analyticsNextEnabled": true,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": false,
        "remotePlugins": [],
        "autoInstrumentationSettings": {"sampleRate": 0}
    })
}

/// The answer to `GET /sourceConfig/`: an enabled source without destinations of its own.
#[must_use]
pub fn rudder_source_config(write_key: &str) -> Value {
    json!({
        "source": {
            "id": write_key,
            "name": "vigie",
            "writeKey": write_key,
            "enabled": true,
            "workspaceId": "vigie",
            "connections": [],
            "destinations": [],
            "dataplanes": {},
            "config": {
                "statsCollection": {"errors": {"enabled": false}, "metrics": {"enabled": false}}
            }
        },
        "consentManagementMetadata": {"providers": []},
        "updatedAt": "1970-01-01T00:00:00.000Z"
    })
}
