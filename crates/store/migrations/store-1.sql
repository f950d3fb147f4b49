-- Markets by number; `floor` is the highest seq that retention has dropped.
create table market (
    no bigint primary key,
    name text not null unique,
    floor bigint not null
);

-- The log of events. pos = market * 2^40 + seq: one integer key, so an append lands at the end of
-- its market and nothing else is indexed here.
create table log (
    pos {rowid},
    id text not null,
    source text not null,
    type text not null,
    time bigint not null,
    received_at bigint not null,
    subject text,
    actor text,
    data text not null,
    personal text,
    signals text,
    entities text not null,
    digest {blob} not null,
    verdict text not null,
    score double precision not null
);

-- The full decision where a rule hit, and its rules for paging by rule.
create table decision (
    pos {rowid},
    verdict text not null,
    body text not null
);
create index decision_verdict on decision (verdict, pos);
create table decision_hit (
    rule text not null,
    pos bigint not null,
    mode text not null,
    primary key (rule, pos)
) {clustered};

-- Effects on their way out.
create table outbox (
    market bigint not null,
    seq bigint not null,
    idx bigint not null,
    key text not null unique,
    kind text not null,
    target text not null,
    entity text not null,
    body text not null,
    state text not null,
    attempts bigint not null,
    next_at bigint not null,
    last_error text,
    created_at bigint not null,
    delivered_at bigint,
    primary key (market, seq, idx)
);
create index outbox_lane on outbox (market, target, entity, seq, idx) where state in ('waiting', 'failed');
create index outbox_due on outbox (next_at) where state in ('waiting', 'failed');
create index outbox_page on outbox (state, created_at, market, seq, idx);

-- Timers.
create table job (
    market bigint not null,
    kind text not null,
    key text not null,
    due_at bigint not null,
    body text not null,
    primary key (market, kind, key)
);
create index job_due on job (market, due_at);

-- Small facts of the installation by name.
create table setting (
    name text primary key,
    value text not null
);
