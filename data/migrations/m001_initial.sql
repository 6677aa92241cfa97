-- The first layout: an episode is one row here and its turns, calls, tool calls and scores below it.
CREATE TABLE runs (
    run_id       VARCHAR PRIMARY KEY,
    created_at   TIMESTAMP NOT NULL,
    config       JSON NOT NULL,
    seed         BIGINT NOT NULL,
    git_revision VARCHAR NOT NULL,
    packages     JSON NOT NULL
);

CREATE TABLE episodes (
    episode_id   VARCHAR PRIMARY KEY,
    run_id       VARCHAR NOT NULL,
    key          VARCHAR NOT NULL,
    world        VARCHAR NOT NULL,
    setting      VARCHAR NOT NULL,
    model        VARCHAR NOT NULL,
    user         VARCHAR NOT NULL,
    user_id      VARCHAR NOT NULL,
    split        VARCHAR NOT NULL,
    target_id    VARCHAR,
    target_title VARCHAR,
    seed         BIGINT NOT NULL,
    started_at   VARCHAR NOT NULL,
    latency_ms   DOUBLE NOT NULL,
    outcome      VARCHAR NOT NULL,
    error        VARCHAR NOT NULL,
    n_rounds     INTEGER NOT NULL,
    history      JSON NOT NULL,
    state        JSON NOT NULL
);

CREATE TABLE turns (
    episode_id         VARCHAR NOT NULL,
    number             INTEGER NOT NULL,
    command            VARCHAR,
    reply              VARCHAR NOT NULL,
    feed_shown         JSON NOT NULL,
    feed               JSON NOT NULL,
    preferences_before JSON NOT NULL,
    preferences_after  JSON NOT NULL,
    edit_said          JSON,
    edit_proposed      JSON,
    edit_effective     JSON,
    gold_said          JSON,
    gold_edit          JSON,
    plan               JSON NOT NULL,
    fallbacks          JSON NOT NULL,
    act                VARCHAR NOT NULL,
    wording_ids        JSON NOT NULL,
    latency_ms         DOUBLE NOT NULL,
    state              JSON NOT NULL
);

CREATE TABLE calls (
    episode_id     VARCHAR NOT NULL,
    turn           INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    node           VARCHAR NOT NULL,
    model          VARCHAR NOT NULL,
    reply          VARCHAR NOT NULL,
    messages       JSON NOT NULL,
    n_tokens_in    INTEGER NOT NULL,
    n_tokens_out   INTEGER NOT NULL,
    latency_ms     DOUBLE NOT NULL,
    adapter        VARCHAR NOT NULL,
    prompt_profile VARCHAR NOT NULL,
    prompt_hash    VARCHAR NOT NULL,
    sampling       JSON NOT NULL,
    finish_reason  VARCHAR NOT NULL,
    candidates     JSON NOT NULL,
    error          VARCHAR NOT NULL
);

CREATE TABLE tool_calls (
    episode_id VARCHAR NOT NULL,
    turn       INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    tool       VARCHAR NOT NULL,
    argument   VARCHAR,
    outcome    VARCHAR NOT NULL,
    error      VARCHAR NOT NULL,
    latency_ms DOUBLE NOT NULL
);

CREATE TABLE scores (
    episode_id VARCHAR NOT NULL,
    position   INTEGER NOT NULL,
    name       VARCHAR NOT NULL,
    value      DOUBLE NOT NULL
);
